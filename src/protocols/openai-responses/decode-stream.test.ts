import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../chat/answer.ts';
import type { ChatEvent } from '../../chat/event.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';

function decode(...events: readonly object[]): readonly ChatEvent[] {
  const decoder = decodeStream();
  return [...events.flatMap((event) => decoder.feed(JSON.stringify(event))), ...decoder.end()];
}

const created = { type: 'response.created', response: { id: 'resp_1', model: 'm', output: [] } };
const added = (output_index: number, item: object) => ({
  type: 'response.output_item.added',
  output_index,
  item,
});
const done = (output_index: number, item: object) => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const completed = (response: object = {}) => ({
  type: 'response.completed',
  response: { status: 'completed', output: [], ...response },
});
const message = { type: 'message', role: 'assistant', content: [] };
const delta = (output_index: number, text: string) => ({
  type: 'response.output_text.delta',
  output_index,
  delta: text,
});

describe('an answer that is streamed', () => {
  it('is told in order, whatever else the server puts between', () => {
    const events = decode(
      created,
      { type: 'response.in_progress', response: {} },
      { type: 'keepalive', sequence_number: 2 },
      { type: 'codex.rate_limits', rate_limits: {} },
      added(0, message),
      delta(0, 'Hel'),
      { type: 'response.of_tomorrow', output_index: 0 },
      delta(0, 'lo'),
      done(0, message),
      completed({
        usage: { input_tokens: 3, output_tokens: 2, output_tokens_details: { reasoning_tokens: 1 } },
      }),
    );
    expect(events).toEqual([
      { type: 'message-start', id: 'resp_1', model: 'm' },
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: 'Hel' },
      { type: 'text-delta', index: 0, text: 'lo' },
      { type: 'text-end', index: 0 },
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 2, reasoningTokens: 1 } },
      { type: 'finish', reason: 'end', raw: 'completed' },
    ]);
  });

  it('keeps the reasoning item as state, as it stood when it was finished', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'final' };
    const part = (type: string, summary_index: number, more: object = {}) => ({
      type: `response.reasoning_summary_${type}`,
      output_index: 0,
      summary_index,
      ...more,
    });
    const answer = foldAnswer(
      decode(
        created,
        added(0, { ...item, encrypted_content: 'interim' }),
        part('part.added', 0),
        part('text.delta', 0, { delta: 'One.' }),
        part('part.added', 1),
        part('text.delta', 1, { delta: 'Two.' }),
        done(0, item),
        completed(),
      ),
    );
    expect(answer.parts).toEqual([
      { type: 'reasoning', text: 'One.\n\nTwo.', state: { source: 'responses', blocks: [item] } },
    ]);
  });

  it.each([
    [
      'deltas',
      (input: object) => [
        added(0, { ...input, arguments: '' }),
        { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a":1}' },
        done(0, input),
      ],
    ],
    ['the finished item alone', (input: object) => [added(0, { ...input, arguments: '' }), done(0, input)]],
    ['a finished item that was never announced', (input: object) => [done(0, input)]],
    ['the end of the stream alone', () => []],
  ])('takes a call from %s', (_, events) => {
    const call = {
      type: 'function_call',
      id: 'fc_1',
      call_id: 'call_1',
      namespace: 'git',
      name: 'log',
      arguments: '{"a":1}',
    };
    const answer = foldAnswer(decode(created, ...events(call), completed({ output: [call] })));
    expect(answer).toMatchObject({
      parts: [
        {
          type: 'tool-call',
          id: 'call_1',
          namespace: 'git',
          name: 'log',
          kind: 'function',
          input: '{"a":1}',
        },
      ],
      finish: { reason: 'tool-calls' },
    });
  });

  it('takes free text of a custom tool as it is, and no arguments as an empty object', () => {
    const answer = foldAnswer(
      decode(
        created,
        added(0, { type: 'custom_tool_call', call_id: 'call_1', name: 'patch', input: '' }),
        { type: 'response.custom_tool_call_input.delta', output_index: 0, delta: '***' },
        done(0, { type: 'custom_tool_call', call_id: 'call_1', name: 'patch', input: '***' }),
        added(1, { type: 'function_call', call_id: 'call_2', name: 'ls', arguments: '' }),
        done(1, { type: 'function_call', call_id: 'call_2', name: 'ls', arguments: '' }),
        completed(),
      ),
    );
    expect(answer.parts).toMatchObject([
      { kind: 'custom', input: '***' },
      { kind: 'function', input: '{}' },
    ]);
  });

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'filter'],
    ['steered', 'length'],
  ])('that is incomplete for %s ends with %s', (reason, expected) => {
    const response = { status: 'incomplete', incomplete_details: { reason }, output: [] };
    const events = decode(created, { type: 'response.incomplete', response });
    expect(events.at(-1)).toEqual({ type: 'finish', reason: expected, raw: `incomplete:${reason}` });
  });

  it.each([
    [
      'a failed response',
      { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message: 'Slow.' } } },
      'rate-limit',
    ],
    [
      'a nested error',
      { type: 'error', error: { type: 'server_error', code: 'server_is_overloaded', message: 'Busy.' } },
      'overload',
    ],
    [
      'a flat error',
      { type: 'error', code: 'context_length_exceeded', message: 'Long.', param: null },
      'context-length',
    ],
    ['a refused prompt', { type: 'error', code: 'invalid_prompt', message: 'No.' }, 'invalid-request'],
    ['an error without words', { type: 'response.failed', response: {} }, 'server'],
  ])('fails with %s', (_, event, kind) => {
    const events = decode(created, delta(0, 'lost'), event, completed());
    expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind } });
    expect(events.filter(({ type }) => type === 'failure' || type === 'finish')).toHaveLength(1);
  });

  it('has parts that do not overlap, also where the server forgets to finish an item', () => {
    const call = { type: 'function_call', call_id: 'call_1', name: 'ls', arguments: '' };
    const forgotten = [added(0, message), delta(0, 'A'), added(1, call), added(2, message), delta(2, 'B')];
    const events = decode(created, ...forgotten, added(3, { type: 'reasoning' }), completed());
    expect(events.map((event) => ('index' in event ? `${event.index} ${event.type}` : event.type))).toEqual([
      'message-start',
      '0 text-start',
      '0 text-delta',
      '0 text-end',
      '1 tool-call-start',
      '1 tool-call-delta',
      '1 tool-call-end',
      '2 text-start',
      '2 text-delta',
      '2 text-end',
      '3 reasoning-start',
      '3 reasoning-end',
      'finish',
    ]);
  });

  it('that stops before its end has failed, and is never a clean stop', () => {
    expect(decode(created, added(0, message), delta(0, 'Hel')).at(-1)).toMatchObject({
      type: 'failure',
      failure: { kind: 'bad-upstream' },
    });
    expect(decode()).toMatchObject([{ type: 'failure' }]);
  });
});

describe('an answer that is not streamed', () => {
  it('is told by the same events', () => {
    const output = [
      {
        type: 'message',
        content: [
          { type: 'output_text', text: 'A' },
          { type: 'refusal', refusal: 'B' },
        ],
      },
      { type: 'web_search_call', id: 'ws_1' },
    ];
    expect(
      foldAnswer(decodeResponse(JSON.stringify({ id: 'resp_1', status: 'completed', output }))),
    ).toMatchObject({
      id: 'resp_1',
      parts: [
        { type: 'text', text: 'A' },
        { type: 'refusal', text: 'B' },
      ],
      finish: { reason: 'refusal' },
    });
  });

  it.each(['', 'x', '[]', '{}', '{"output":5}', '<html>'])('fails where it is none: %s', (body) => {
    expect(decodeResponse(body).at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'bad-upstream' } });
  });

  it('fails where it holds an error', () => {
    const body = JSON.stringify({
      status: 'failed',
      error: { code: 'server_error', message: 'Oops.' },
      output: [],
    });
    expect(decodeResponse(body).at(-1)).toMatchObject({
      type: 'failure',
      failure: { kind: 'server', message: 'Oops.' },
    });
  });
});
