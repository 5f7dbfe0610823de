import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerId } from './answer-id.ts';
import { encodeStreamFailure } from './failure.ts';
import { endingOf, meaningOfBody, meaningOfEvent } from './stream.ts';

const event = (type: string, more: object = {}): string =>
  JSON.stringify({ type, sequence_number: 1, ...more });
const item = (type: string, of: object): string => event(type, { output_index: 0, item: of });
const frame = (data: string): string =>
  `event: ${(JSON.parse(data) as { type: string }).type}\ndata: ${data}\n\n`;
const message = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});
const failed = (code: string) =>
  event('response.failed', { response: { id: 'r', status: 'failed', error: { code, message: 'No.' } } });

describe('what an event means', () => {
  it.each<[string, string, string]>([
    ['a beginning', event('response.created', { response: { instructions: 'x' } }), 'none'],
    ['a beginning, spaced', '{ "type" : "response.in_progress" }', 'none'],
    ['a keep-alive of a vendor', event('keepalive'), 'none'],
    ['the limits of a plan', event('codex.rate_limits', { rate_limits: {} }), 'none'],
    ['a message to come', item('response.output_item.added', { type: 'message', content: [] }), 'none'],
    ['reasoning to come', item('response.output_item.added', { type: 'reasoning', summary: [] }), 'none'],
    ['a call', item('response.output_item.added', { type: 'function_call', name: 'run' }), 'content'],
    [
      'a part to come',
      event('response.content_part.added', { part: { type: 'output_text', text: '' } }),
      'none',
    ],
    ['text', event('response.output_text.delta', { delta: 'a' }), 'content'],
    ['no text', event('response.output_text.delta', { delta: '' }), 'none'],
    ['a summary', event('response.reasoning_summary_text.delta', { delta: 'a' }), 'content'],
    [
      'hidden reasoning',
      item('response.output_item.done', { type: 'reasoning', summary: [], encrypted_content: 'x' }),
      'content',
    ],
    ['an empty message', item('response.output_item.done', message('')), 'none'],
    ['a search of the provider', event('response.web_search_call.searching', { item_id: 'w' }), 'content'],
    ['an end without output', event('response.completed', { response: { output: [] } }), 'empty'],
    [
      'an end with empty output',
      event('response.completed', { response: { output: [message('')] } }),
      'empty',
    ],
    [
      'an end with output alone',
      event('response.completed', { response: { output: [message('a')] } }),
      'content',
    ],
    ['an end for length', event('response.incomplete', { response: { output: [] } }), 'content'],
    ['what is no JSON', '{', 'content'],
  ])('%s', (_, data, kind) => {
    expect(meaningOfEvent(data).kind).toBe(kind);
  });

  const error = (code: string, type: string) => ({ error: { code, message: 'No.', type, param: null } });
  it.each<[string, string, object]>([
    ['a failed response', failed('rate_limit_exceeded'), error('rate_limit_exceeded', 'server_error')],
    ['a request at fault', failed('invalid_prompt'), error('invalid_prompt', 'invalid_request_error')],
    [
      'an error, flat',
      event('error', { code: 'server_error', message: 'No.' }),
      error('server_error', 'server_error'),
    ],
    ['an error, nested', event('error', error('slow_down', 'rate')), error('slow_down', 'rate')],
  ])('%s is an error as a body has it', (_, data, body) => {
    const meaning = meaningOfEvent(data);
    expect(meaning.kind === 'error' && JSON.parse(meaning.body)).toMatchObject(body);
  });
});

describe('what a whole answer means', () => {
  const echo = { instructions: 'x'.repeat(20_000), tools: [{ type: 'function', name: 'error' }] };
  const of = (status: string, output: readonly object[], more: object = {}) => ({
    id: 'resp_1',
    object: 'response',
    status,
    error: null,
    ...echo,
    output,
    ...more,
  });
  it.each<[string, unknown, string]>([
    ['text', of('completed', [message('a')]), 'content'],
    ['a call', of('completed', [{ type: 'function_call', name: 'n' }]), 'content'],
    ['much text', of('completed', [message('a'.repeat(30_000))]), 'content'],
    ['no output', of('completed', []), 'empty'],
    ['an empty message', of('completed', [message('')]), 'empty'],
    ['an end for length', of('incomplete', []), 'content'],
    ['an answer to come', of('queued', []), 'content'],
    ['a failure', of('failed', [], { error: { code: 'server_error', message: 'No.' } }), 'error'],
    ['an error', { error: { message: 'No.' } }, 'error'],
    ['a count', { object: 'response.input_tokens', input_tokens: 5 }, 'content'],
    ['nothing', {}, 'empty'],
    ['a list', [], 'error'],
  ])('%s', (_, body, kind) => {
    expect(meaningOfBody(Buffer.from(JSON.stringify(body))).kind).toBe(kind);
  });

  it('has an id that a later request may name', () => {
    const body = Buffer.from(JSON.stringify(of('completed', [message('a')])));
    expect(answerId.ofBody(body)).toBe('resp_1');
    expect(answerId.ofBody(Buffer.from('{"id":"x","object":"response.compaction"}'))).toBeUndefined();
    const created = { id: 'resp_2', object: 'response', ...echo };
    expect(answerId.ofEvent(event('response.created', { response: created }))).toBe('resp_2');
    expect(answerId.ofEvent(event('response.created', { response: { ...echo, id: 'resp_3' } }))).toBe(
      'resp_3',
    );
    expect(
      answerId.ofEvent(event('response.output_text.delta', { delta: '"response":{"id":"no"' })),
    ).toBeUndefined();
  });
});

describe('how a stream ended', () => {
  const tricky = event('response.output_text.delta', { delta: 'data: {"type":"response.completed"}\n\n' });
  const completed = event('response.completed', { response: { output: [message('x'.repeat(100_000))] } });
  const ending = (...data: readonly string[]) => endingOf(Buffer.from(data.map(frame).join('')));

  it('is proper with a terminal event alone', () => {
    expect(ending(tricky)).toEqual({ finished: false });
    expect(ending(tricky, completed)).toEqual({ finished: true });
    expect(ending(tricky, event('response.incomplete', { response: {} }))).toEqual({ finished: true });
    expect(endingOf(Buffer.from('data: {"sequence_number":9,"type":"response.completed"}\n\n'))).toEqual({
      finished: true,
    });
    expect(endingOf(Buffer.alloc(0))).toEqual({ finished: false });
  });

  it.each([
    ['an end', event('response.completed', { response: { output: [] } })],
    ['a long end', completed],
    ['a failure', failed('server_error')],
    ['an error', event('error', { message: 'No.' })],
  ])('is none with %s that cannot be read', (_, data) => {
    expect(endingOf(Buffer.from(`data: ${data.slice(0, -6)}\n\n`))).toEqual({ finished: false });
  });

  it('is an error where one was sent', () => {
    expect(ending(tricky, failed('rate_limit_exceeded')).error).toContain('rate_limit_exceeded');
    expect(ending(event('error', { code: 'server_error', message: 'No.' })).error).toContain('No.');
    expect(ending(event('response.output_text.delta', { delta: failed('x') }))).toEqual({ finished: false });
  });
});

describe('a failure in a stream that has begun', () => {
  const told = (first: string | undefined, tail: string) => {
    const failure = { kind: 'broken-stream', message: 'It\n\nbroke.' } as const;
    const sofar = { tail: Buffer.from(tail), ...(first === undefined ? {} : { first }) };
    const text = encodeStreamFailure(failure, sofar).toString();
    expect(text).toMatch(/^event: response\.failed\ndata: [^\r\n]*\n\n$/);
    return JSON.parse(text.slice('event: response.failed\ndata: '.length)) as object;
  };

  it('ends the response that has begun, in its numbering', () => {
    const first = event('response.created', {
      response: { id: 'resp_1', status: 'in_progress', model: 'm', output: [] },
    });
    const tail = frame(
      JSON.stringify({
        type: 'response.output_text.delta',
        sequence_number: 41,
        delta: '"sequence_number":7',
      }),
    );
    expect(told(first, tail)).toMatchObject({
      type: 'response.failed',
      sequence_number: 42,
      response: {
        id: 'resp_1',
        status: 'failed',
        model: 'm',
        output: [],
        error: { code: 'server_error', message: 'It\n\nbroke.' },
        incomplete_details: null,
      },
    });
  });

  it('has all that the vendor’s types require, whatever the beginning said', () => {
    const required = [
      'id object created_at status access_programs error incomplete_details instructions metadata model output',
      'parallel_tool_calls temperature tool_choice tools top_p',
    ].flatMap((line) => line.split(' '));
    const first = event('response.created', { response: { id: 'resp_1' } });
    for (const beginning of [first, undefined]) {
      const { response } = told(beginning, '') as { response: object };
      expect(Object.keys(response)).toEqual(expect.arrayContaining(required));
    }
  });

  it('is one also where nothing is known of the beginning', () => {
    expect(told(undefined, '')).toMatchObject({ sequence_number: 0, response: { status: 'failed' } });
    expect(told('{', 'x')).toMatchObject({ response: { object: 'response' } });
  });
});

describe('recorded streams', () => {
  const folder = new URL('../../../test/fixtures/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /^1\d-responses.*stream/.test(name));
  it.each(names)('%s', (name) => {
    const { transcripts, error } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
      transcripts: { responses: { sse: readonly { data?: unknown }[] } };
      error?: object;
    };
    const data = transcripts.responses.sse.flatMap((one) =>
      one.data === undefined ? [] : [JSON.stringify(one.data)],
    );
    const kinds = data.map((one) => meaningOfEvent(one).kind);
    expect(kinds[0]).toBe('none');
    expect(kinds).toContain(error === undefined ? 'content' : 'error');
    const ended = endingOf(Buffer.from(data.map(frame).join('')));
    expect([ended.finished, ended.error !== undefined]).toEqual([error === undefined, error !== undefined]);
  });
});
