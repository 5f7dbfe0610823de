import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryAnswer, choppedEvents } from '../../../test/translation/arbitrary-answer.ts';
import { foldAnswer, type ChatAnswer } from '../../chat/answer.ts';
import type { ChatEvent } from '../../chat/event.ts';
import { eventsOf } from '../../chat/events-of.ts';
import type { ChatRequest } from '../../chat/request.ts';
import { recordOf, recordsOf, type JsonRecord } from '../json-value.ts';
import type { AnswerContext } from '../translator.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';

const request: ChatRequest = {
  turns: [],
  tools: [],
  sampling: {},
  stopSequences: [],
  stream: true,
  extras: [],
};
const context: AnswerContext = { id: 'x', createdAt: 5, model: 'm', request };

function encode(events: readonly ChatEvent[], of: AnswerContext = context): readonly JsonRecord[] {
  const encoder = encodeStream(of);
  const wire = [...events.flatMap((event) => encoder.feed(event)), ...encoder.end()];
  return wire.map(({ event, data }) => {
    const decoded = recordOf(JSON.parse(data));
    expect(decoded.type).toBe(event);
    return decoded;
  });
}

const start: ChatEvent = { type: 'message-start', id: 'up', model: 'up' };
const call = (index: number, text: string): ChatEvent => ({ type: 'tool-call-delta', index, text });
const opened = (index: number): ChatEvent => ({
  type: 'tool-call-start',
  index,
  id: `call_${index}`,
  name: 'ls',
  kind: 'function',
});
const ended = (index: number): ChatEvent => ({ type: 'tool-call-end', index });
const text = (index: number, words: string): readonly ChatEvent[] => [
  { type: 'text-start', index },
  { type: 'text-delta', index, text: words },
  { type: 'text-end', index },
];

describe('a stream for a client', () => {
  const kinds = ['text', 'refusal', 'reasoning', 'tool-call'] as const;
  // Each run looks at some hundred events.
  const runs = { numRuns: 30 };

  it('follows the grammar of the protocol, whatever the answer', () => {
    fc.assert(
      fc.property(arbitraryAnswer(kinds, 'messages'), fc.integer({ min: 1, max: 5 }), (answer, size) => {
        expectGrammar(encode(choppedEvents(answer, size)));
      }),
      runs,
    );
  });

  it('comes back as the same answer, in whatever pieces it came', () => {
    fc.assert(
      fc.property(
        arbitraryAnswer(kinds, 'responses').filter(hasOneRefusalAtATime),
        fc.integer({ min: 1, max: 5 }),
        (answer, size) => {
          const decoder = decodeStream();
          const wire = encode(choppedEvents(answer, size));
          const events = [...wire.flatMap((event) => decoder.feed(JSON.stringify(event))), ...decoder.end()];
          const whole = decodeResponse(encodeResponse(eventsOf(answer), context).body);
          const expected = expectedOf(foldAnswer(eventsOf(answer)));
          expect(expectedOf(foldAnswer(events))).toEqual(expected);
          expect(expectedOf(foldAnswer(whole))).toEqual(expected);
        },
      ),
      runs,
    );
  });

  it('serialises calls that come at the same time', () => {
    const events = encode([
      start,
      opened(0),
      call(0, '{"a"'),
      opened(1),
      call(1, '{"b":2}'),
      call(0, ':1}'),
      ended(0),
      ended(1),
      { type: 'finish', reason: 'tool-calls' },
    ]);
    expectGrammar(events);
    expect(outputOf(events)).toMatchObject([{ arguments: '{"a":1}' }, { arguments: '{"b":2}' }]);
  });

  it('makes a message of each text that the upstream kept apart', () => {
    const events = encode([start, ...text(0, 'One.'), ...text(1, 'Two.'), { type: 'finish', reason: 'end' }]);
    expect(outputOf(events)).toMatchObject([
      { content: [{ text: 'One.' }] },
      { content: [{ text: 'Two.' }] },
    ]);
  });

  it('says what was cut off, with the arguments as far as they came', () => {
    const events = encode([start, opened(0), call(0, '{"a'), ended(0), { type: 'finish', reason: 'length' }]);
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ status: 'incomplete', arguments: '{"a' }],
      },
    });
  });

  it('has an empty object for a call without arguments', () => {
    const events = encode([start, opened(0), ended(0), { type: 'finish', reason: 'tool-calls' }]);
    expect(outputOf(events)).toMatchObject([{ arguments: '{}' }]);
    expectGrammar(events);
  });

  it.each([
    ['overload', 'server_error'],
    ['rate-limit', 'rate_limit_exceeded'],
    ['context-length', 'context_length_exceeded'],
  ] as const)('fails by %s with the partial answer, and says nothing behind it', (kind, code) => {
    const failure: ChatEvent = { type: 'failure', failure: { kind, message: 'Sorry.' } };
    const [first, second] = text(0, 'Hel');
    const events = encode([start, ...(first && second ? [first, second] : []), failure, ...text(1, 'late')]);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: {
        status: 'failed',
        error: { code, message: 'Sorry.' },
        output: [{ status: 'incomplete', content: [{ text: 'Hel' }] }],
      },
    });
  });

  it("gives the provider's reason for a stop as a refusal", () => {
    const events = encode([start, { type: 'finish', reason: 'filter', explanation: 'Blocked.' }]);
    expectGrammar(events);
    expect(outputOf(events)).toMatchObject([{ content: [{ type: 'refusal', refusal: 'Blocked.' }] }]);
  });

  it('replaces an id that is too long for the client, in the same way every time', () => {
    const long: ChatEvent = {
      type: 'tool-call-start',
      index: 0,
      id: 'x'.repeat(90),
      name: 'ls',
      kind: 'function',
    };
    const ids = [1, 2].map(
      () => outputOf(encode([start, long, ended(0), { type: 'finish', reason: 'tool-calls' }]))[0]?.call_id,
    );
    expect(ids[0]).toMatch(/^call_\w{24}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it('repeats what the client asked, with every member that its types require', () => {
    const asked = decodeRequest(
      JSON.stringify({
        input: 'hi',
        instructions: 'Be brief.',
        tools: [{ type: 'web_search' }],
        tool_choice: 'auto',
      }),
    );
    const [first] = encode([start], { ...context, request: asked });
    expect(recordOf(first?.response)).toMatchObject({
      id: 'resp_x',
      model: 'm',
      created_at: 5,
      instructions: 'Be brief.',
      tools: [{ type: 'web_search' }],
    });
    const required = [
      'id',
      'object',
      'created_at',
      'status',
      'access_programs',
      'error',
      'incomplete_details',
      'instructions',
      'metadata',
      'model',
      'output',
      'parallel_tool_calls',
      'temperature',
      'tool_choice',
      'tools',
      'top_p',
      'usage',
    ];
    expect(Object.keys(recordOf(first?.response))).toEqual(expect.arrayContaining(required));
  });
});

describe('an answer that is not streamed', () => {
  it('is an error with its own status where the upstream failed, whatever came before', () => {
    const failure: ChatEvent = {
      type: 'failure',
      failure: { kind: 'bad-upstream', message: 'Oops.', code: 'malformed_function_call' },
    };
    const { status, body } = encodeResponse([start, ...text(0, 'Hel'), failure], context);
    expect(status).toBe(502);
    expect(JSON.parse(body)).toEqual({
      error: { message: 'Oops.', type: 'server_error', param: null, code: 'malformed_function_call' },
    });
    expect(encodeResponse([start, ...text(0, 'Hel')], context).status).toBe(502);
  });
});

function outputOf(events: readonly JsonRecord[]): readonly JsonRecord[] {
  return recordsOf(recordOf(events.at(-1)?.response).output);
}

/** Refusals that follow each other are one here. */
function hasOneRefusalAtATime({ parts }: ChatAnswer): boolean {
  return parts.every(({ type }, place) => type !== 'refusal' || parts[place + 1]?.type !== 'refusal');
}

/** What both sides can say: usage with every count, and no words of the upstream's own. */
function expectedOf(answer: ChatAnswer): object {
  const parts = answer.parts.map((part) => {
    if (part.type !== 'reasoning') return part;
    return { type: part.type, text: part.text, hasState: part.state !== undefined };
  });
  return { parts, usage: { cacheWriteTokens: 0, ...answer.usage }, reason: answer.finish?.reason };
}

const closers: Readonly<Record<string, string>> = {
  'response.output_text.done': 'text',
  'response.refusal.done': 'refusal',
  'response.function_call_arguments.done': 'arguments',
  'response.reasoning_summary_text.done': 'text',
};

/** Opening and closing events in their order, indexes, sums of deltas, and an end that repeats it all. */
function expectGrammar(events: readonly JsonRecord[]): void {
  expect(events.map(({ sequence_number: place }) => place)).toEqual(events.map((_, place) => place));
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
  const ends = events.filter(({ type }) => /^response\.(?:completed|incomplete|failed)$/.test(String(type)));
  expect(ends).toEqual([events.at(-1)]);
  const items: unknown[] = [];
  let open: JsonRecord | undefined;
  let written = '';
  for (const event of events.slice(2, -1)) {
    const type = String(event.type);
    if (type === 'response.output_item.added') {
      expect(open).toBeUndefined();
      expect(event.output_index).toBe(items.length);
      open = recordOf(event.item);
      continue;
    }
    expect(event.output_index).toBe(items.length);
    if (type === 'response.output_item.done') {
      expect(recordOf(event.item).id).toBe(open?.id);
      items.push(event.item);
      open = undefined;
      continue;
    }
    expect(event.item_id).toBe(open?.id);
    if (type.endsWith('.delta')) written += String(event.delta);
    const member = closers[type];
    if (member === undefined) continue;
    expect(event[member]).toBe(written);
    written = '';
  }
  expect(open).toBeUndefined();
  expect(recordOf(events.at(-1)?.response).output).toEqual(items);
}
