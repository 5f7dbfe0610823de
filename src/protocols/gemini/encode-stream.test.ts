import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryAnswer, choppedEvents } from '../../../test/translation/arbitrary-answer.ts';
import { foldAnswer, type ChatAnswer } from '../../chat/answer.ts';
import { openEnvelope } from '../../chat/envelope.ts';
import type { ChatEvent } from '../../chat/event.ts';
import { eventsOf } from '../../chat/events-of.ts';
import type { AssistantPart } from '../../chat/part.ts';
import { recordOf, recordsOf, type JsonRecord } from '../json-value.ts';
import type { AnswerContext } from '../translator.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';

const context: AnswerContext = {
  id: 'x',
  createdAt: 5,
  model: 'm',
  request: { turns: [], tools: [], sampling: {}, stopSequences: [], stream: true, extras: [] },
};

function encode(events: readonly ChatEvent[]): readonly JsonRecord[] {
  const encoder = encodeStream(context);
  const wire = [...events.flatMap((event) => encoder.feed(event)), ...encoder.end()];
  return wire.map(({ event, data }) => {
    // A name beside an event makes clients lose it.
    expect(event).toBeUndefined();
    return recordOf(JSON.parse(data));
  });
}

function partsOf(chunks: readonly JsonRecord[]): readonly JsonRecord[] {
  return chunks.flatMap(({ candidates }) => recordsOf(recordOf(recordsOf(candidates)[0]?.content).parts));
}

const start: ChatEvent = { type: 'message-start' };
const finish = (reason: 'end' | 'tool-calls' | 'length' | 'filter'): ChatEvent => ({
  type: 'finish',
  reason,
});
const opened = (index: number): ChatEvent => ({
  type: 'tool-call-start',
  index,
  id: `call_${index}`,
  name: 'ls',
  kind: 'function',
});
const call = (index: number, text: string): ChatEvent => ({ type: 'tool-call-delta', index, text });
const ended = (index: number): ChatEvent => ({ type: 'tool-call-end', index });
const thought = (index: number, source: string, block: unknown): readonly ChatEvent[] => [
  { type: 'reasoning-start', index },
  { type: 'reasoning-end', index, state: { source, blocks: [block] } },
];

describe('a stream for a client', () => {
  it('comes back as the same answer, in whatever pieces it came', () => {
    fc.assert(
      fc.property(
        arbitraryAnswer(['text', 'reasoning', 'tool-call'], 'messages'),
        fc.integer({ min: 1, max: 5 }),
        (answer, size) => {
          const decoder = decodeStream();
          const chunks = encode(choppedEvents(answer, size));
          const events = [
            ...chunks.flatMap((chunk) => decoder.feed(JSON.stringify(chunk))),
            ...decoder.end(),
          ];
          const whole = decodeResponse(encodeResponse(eventsOf(answer), context).body);
          const expected = expectedOf(answer);
          expect(expectedOf(foldAnswer(events))).toEqual(expected);
          expect(expectedOf(foldAnswer(whole))).toEqual(expected);
        },
      ),
    );
  });

  it('has one end, in the last event, with the usage', () => {
    fc.assert(
      fc.property(arbitraryAnswer(['text', 'refusal', 'reasoning', 'tool-call'], 'messages'), (answer) => {
        const chunks = encode(eventsOf(answer));
        const ends = chunks.filter((chunk) => recordsOf(chunk.candidates)[0]?.finishReason !== undefined);
        expect(ends).toEqual([chunks.at(-1)]);
        expect(chunks.at(-1)).toHaveProperty('usageMetadata.totalTokenCount');
      }),
    );
  });

  it('gives calls whole, in the order in which they began', () => {
    const chunks = encode([
      start,
      opened(0),
      call(0, '{"a"'),
      opened(1),
      call(1, '{}'),
      ended(1),
      call(0, ':1}'),
      ended(0),
      finish('tool-calls'),
    ]);
    expect(partsOf(chunks)).toEqual([
      { functionCall: { id: 'call_0', name: 'ls', args: { a: 1 } } },
      { functionCall: { id: 'call_1', name: 'ls', args: {} } },
      { text: '' },
    ]);
  });

  it("carries another protocol's state on the next part that is no thought", () => {
    const chunks = encode([
      start,
      ...thought(0, 'messages', 'a'),
      ...thought(1, 'messages', 'b'),
      { type: 'reasoning-start', index: 2 },
      { type: 'reasoning-delta', index: 2, text: 'Hm' },
      { type: 'reasoning-end', index: 2 },
      opened(3),
      ended(3),
      opened(4),
      ended(4),
      finish('tool-calls'),
    ]);
    const [hm, first, second] = partsOf(chunks);
    expect(hm).toEqual({ text: 'Hm', thought: true });
    expect(openEnvelope(String(first?.thoughtSignature))).toEqual({ source: 'messages', blocks: ['a', 'b'] });
    expect(second).not.toHaveProperty('thoughtSignature');
  });

  it('leaves a call out that was cut off, and fails on one that is broken', () => {
    const broken = [start, opened(0), call(0, '{"a'), ended(0)];
    expect(partsOf(encode([...broken, finish('length')]))).toEqual([{ text: '' }]);
    expect(encode([...broken, finish('tool-calls')])).toEqual([
      {
        error: {
          code: 502,
          message: 'The upstream model produced a malformed function call.',
          status: 'UNAVAILABLE',
        },
      },
    ]);
    expect(encodeResponse([...broken, finish('tool-calls')], context).status).toBe(502);
  });

  it('says in a text why the provider stopped it, where nothing else was said', () => {
    const end: ChatEvent = { type: 'finish', reason: 'filter', explanation: 'Blocked.' };
    expect(partsOf(encode([start, end]))).toEqual([{ text: 'Blocked.' }]);
    const said: readonly ChatEvent[] = [
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: 'A' },
      { type: 'text-end', index: 0 },
    ];
    expect(partsOf(encode([start, ...said, end]))).toEqual([{ text: 'A' }, { text: '' }]);
  });

  it('fails in an event of its own, with nothing behind it', () => {
    const failure: ChatEvent = {
      type: 'failure',
      failure: { kind: 'context-length', message: 'Too long: 9 > 8.' },
    };
    expect(encode([start, failure, finish('end')])).toEqual([
      {
        error: {
          code: 400,
          message: expect.stringMatching(/exceeds the maximum number of tokens.*9 > 8/),
          status: 'INVALID_ARGUMENT',
        },
      },
    ]);
  });
});

/** What both sides can say: adjoining texts are one, and another protocol's state comes back as this one's. */
function expectedOf(answer: ChatAnswer): object {
  const parts: AssistantPart[] = [];
  for (const part of answer.parts) {
    const last = parts.at(-1);
    if (part.type === 'text' || part.type === 'reasoning') {
      if (part.text === '') continue;
      const text = last?.type === part.type ? last.text + part.text : part.text;
      if (last?.type === part.type) parts.pop();
      parts.push({ type: part.type, text });
    } else parts.push(part);
  }
  const nothing = { cacheReadTokens: 0, reasoningTokens: 0 };
  return { parts, reason: answer.finish?.reason, usage: { ...nothing, ...answer.usage } };
}
