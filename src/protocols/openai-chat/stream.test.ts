import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endingOf, meaningOfBody, meaningOfEvent } from './stream.ts';

const about = '"id":"chatcmpl-09","object":"chat.completion.chunk","created":1795168800,"model":"gpt-5.6"';

/** A chunk as OpenAI writes it. */
function chunk(delta: string, finish = 'null'): string {
  return `{${about},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}],"usage":null}`;
}

const role = chunk('{"role":"assistant","content":"","refusal":null}');
const usage = `{${about},"choices":[],"usage":{"prompt_tokens":21,"completion_tokens":5,"total_tokens":26}}`;
const error =
  '{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}';
const openedCall = chunk(
  '{"tool_calls":[{"index":0,"id":"call_aaa111","type":"function","function":{"name":"grep","arguments":""}}]}',
);

/** What a model may write to be taken for the protocol. */
const lures = [
  'data: [DONE]',
  '\n\ndata: [DONE]\n\n',
  '"finish_reason":"stop"',
  '{"choices":[{"delta":{},"finish_reason":"stop"}]}',
  '"error":{"message":"no"}',
  '\ndata: {"error":{"message":"no"}}\n\n',
  '\\"finish_reason\\":\\"stop\\"',
];
const written = fc
  .array(fc.oneof(fc.constantFrom(...lures), fc.string({ unit: 'binary' })), { maxLength: 4 })
  .map((parts) => parts.join(''));

describe('what an event means', () => {
  it.each<[string, string, string]>([
    ['the first chunk, with the role', role, 'none'],
    ['text', chunk('{"content":"Paris"}'), 'content'],
    ['a space', chunk('{"content":" "}'), 'content'],
    ['a tool call that opens', openedCall, 'content'],
    [
      'a piece of its arguments',
      chunk('{"tool_calls":[{"index":0,"function":{"arguments":"{\\"pat"}}]}'),
      'content',
    ],
    ['reasoning', chunk('{"reasoning_content":"Count"}'), 'content'],
    ['a refusal', chunk('{"refusal":"I am sorry"}'), 'content'],
    ['a member that nobody knows yet', chunk('{"hologram":{"x":1}}'), 'content'],
    [
      'text of the older interface',
      `{${about},"choices":[{"text":"Paris","index":0,"finish_reason":null}]}`,
      'content',
    ],
    [
      'the second of two choices',
      `{${about},"choices":[{"index":0,"delta":{}},{"index":1,"delta":{"content":"x"}}]}`,
      'content',
    ],
    ['nothing in particular', chunk('{}'), 'none'],
    [
      'empty members',
      chunk('{"role":"assistant","content":null,"tool_calls":[],"reasoning_content":""}'),
      'none',
    ],
    ['usage', usage, 'none'],
    ['an empty object', '{}', 'none'],
    ['the end of the stream', '[DONE]', 'none'],
    ['the end, in space', ' [DONE] ', 'none'],
    ['a proper end without content', chunk('{}', '"stop"'), 'empty'],
    ['an end by tool calls without any', chunk('{}', '"tool_calls"'), 'empty'],
    ['a finish reason that is an empty string', chunk('{"role":"assistant"}', '""'), 'none'],
    ['the length was used up: the same would come again', chunk('{}', '"length"'), 'content'],
    ['a filter: the same would come again', chunk('{}', '"content_filter"'), 'content'],
    ['content and the end in one', chunk('{"content":"Paris"}', '"stop"'), 'content'],
    ['an error', error, 'error'],
    ['an error in words', '{"error":"overloaded"}', 'error'],
    ['an error without an envelope', '{"object":"error","message":"no"}', 'error'],
    [
      'an error beside choices',
      `{${about},"error":{"code":502},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}`,
      'error',
    ],
    [
      'an error that is none',
      `{${about},"error":null,"choices":[{"index":0,"delta":{"content":"x"}}]}`,
      'content',
    ],
    ['no JSON', 'good morning', 'content'],
    ['a bare value', '5', 'content'],
    ['null', 'null', 'content'],
  ])('%s', (_, data, kind) => {
    expect(meaningOfEvent(data).kind).toBe(kind);
  });

  it('hands the error on as it came', () => {
    expect(meaningOfEvent(error)).toEqual({ kind: 'error', body: error });
  });

  it('whatever the model writes is content', () => {
    const rule = fc.property(written, (text) => {
      const kind = text === '' ? 'none' : 'content';
      expect(meaningOfEvent(chunk(JSON.stringify({ content: text }))).kind).toBe(kind);
      expect(
        meaningOfEvent(chunk(JSON.stringify({ tool_calls: [{ index: 0, function: { arguments: text } }] })))
          .kind,
      ).toBe('content');
    });
    fc.assert(rule);
  });
});

describe('what a whole answer means', () => {
  const answer = (message: string, finish = '"stop"') =>
    `{"id":"chatcmpl-12","object":"chat.completion","choices":[{"index":0,"message":${message},"logprobs":null,"finish_reason":${finish}}],"usage":{"prompt_tokens":25}}`;
  const long = 'x'.repeat(5000);
  it.each<[string, string, string]>([
    [
      'a refusal',
      answer('{"role":"assistant","content":null,"refusal":"I cannot help with that."}'),
      'content',
    ],
    ['text', answer('{"role":"assistant","content":"Paris"}'), 'content'],
    [
      'a tool call',
      answer('{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]}', '"tool_calls"'),
      'content',
    ],
    ['nothing at all', answer('{"role":"assistant","content":"","refusal":null,"annotations":[]}'), 'empty'],
    [
      'nothing, for the length was used up',
      answer('{"role":"assistant","content":""}', '"length"'),
      'content',
    ],
    ['no choice', '{"object":"chat.completion","choices":[],"usage":{}}', 'empty'],
    ['an empty object', '{}', 'empty'],
    ['an error', error, 'error'],
    ['a long error', `{"error":{"message":"${long}"}}`, 'error'],
    ['a long error, in lines', `{\n  "error": {"message":"${long}"}}`, 'error'],
    ['a long answer', answer(`{"role":"assistant","content":"${long}"}`), 'content'],
    [
      'a long answer beside an error of null',
      `{"error":null,"choices":[{"message":{"content":"${long}"}}]}`,
      'content',
    ],
    [
      'a long answer that speaks of errors',
      answer(`{"role":"assistant","content":"{\\"error\\":{\\"message\\":1}}${long}"}`),
      'content',
    ],
    ['nothing', '', 'error'],
    ['a page', '<html>sign in</html>', 'error'],
    ['a long page', `<html>${long}</html>`, 'error'],
    ['an answer that is cut', answer('{"role":"assistant","content":"Paris"}').slice(0, -5), 'error'],
  ])('%s', (_, body, kind) => {
    expect(meaningOfBody(Buffer.from(body)).kind).toBe(kind);
  });
});

describe('how a stream ended', () => {
  const text = (...events: string[]) => Buffer.from(events.map((data) => `data: ${data}\n\n`).join(''));
  const paris = chunk('{"content":"Paris"}');
  it.each<[string, Buffer, boolean, string | undefined]>([
    ['as it should', text(paris, chunk('{}', '"stop"'), usage, '[DONE]'), true, undefined],
    ['without the last word', text(paris, chunk('{}', '"stop"')), true, undefined],
    ['without the reason', text(paris, '[DONE]'), true, undefined],
    ['with tool calls', text(openedCall, chunk('{}', '"tool_calls"'), '[DONE]'), true, undefined],
    ['within the length', text(paris, chunk('{}', '"length"'), '[DONE]'), true, undefined],
    ['only the last word', text('[DONE]'), true, undefined],
    ['in CRLF', Buffer.from(`data: ${paris}\r\n\r\ndata:[DONE]\r\n\r\n`), true, undefined],
    ['in CR', Buffer.from(`data: ${paris}\r\rdata: [DONE]\r\r`), true, undefined],
    ['in the middle', text(role, paris), false, undefined],
    [
      'in the middle, with reasons that are empty',
      text(paris, chunk('{"content":"x"}', '""')),
      false,
      undefined,
    ],
    ['in the middle of an event', Buffer.from(`data: ${paris}\n\ndata: {"id":"chatc`), false, undefined],
    ['with nothing', Buffer.alloc(0), false, undefined],
    ['with comments', Buffer.from(': data: [DONE]\n\n'), false, undefined],
    ['with an error', text(role, paris, error), false, error],
    ['with an error and the last word', text(paris, error, '[DONE]'), true, error],
    ['with an error in words', text(paris, '{"error":"overloaded"}'), false, '{"error":"overloaded"}'],
    ['with an error in CRLF', Buffer.from(`data: ${paris}\r\n\r\ndata:${error}\r\n\r\n`), false, error],
    ['with an error of null in each chunk', text(`{"error":null,${paris.slice(1)}`), false, undefined],
    [
      'with the error of a tool inside a chunk',
      text(`{${about},"choices":[{"index":0,"delta":{"content":"x","meta":{"error":{"a":1}}}}]}`),
      false,
      undefined,
    ],
  ])('%s', (_, tail, finished, message) => {
    const ending = endingOf(tail);
    expect([ending.finished, ending.error]).toEqual([finished, message]);
  });

  const ofAnother = '{"choices":[{"index":1,"delta":{"content":"x"}}]}';
  it.each<[string, Buffer, string | undefined]>([
    ['nothing behind the last word', text(paris, chunk('{}', '"stop"'), '[DONE]'), 'nothing'],
    ['asides behind the reason', text(paris, chunk('{}', '"stop"')), 'asides'],
    ['asides behind an error', text(paris, error), 'asides'],
    ['anything before', text(paris), undefined],
    ['anything while another choice may go on', text(ofAnother, paris, chunk('{}', '"stop"')), undefined],
    ['nothing behind the last word of many', text(ofAnother, chunk('{}', '"stop"'), '[DONE]'), 'nothing'],
  ])('awaits %s', (_, tail, rest) => {
    expect(endingOf(tail).rest).toBe(rest);
  });

  it('nothing that a model writes ends a stream or breaks it', () => {
    const rule = fc.property(fc.array(written, { maxLength: 5 }), fc.boolean(), (texts, isCall) => {
      const deltas = texts.map((one) =>
        isCall ? { tool_calls: [{ index: 0, function: { name: one, arguments: one } }] } : { content: one },
      );
      expect(endingOf(text(role, ...deltas.map((delta) => chunk(JSON.stringify(delta)))))).toEqual({
        finished: false,
      });
    });
    fc.assert(rule, { numRuns: 500 });
  });
});
