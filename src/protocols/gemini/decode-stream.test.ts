import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAnswer } from '../../chat/answer.ts';
import type { ChatEvent } from '../../chat/event.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';

function decode(...chunks: readonly object[]): readonly ChatEvent[] {
  const decoder = decodeStream();
  return [...chunks.flatMap((chunk) => decoder.feed(JSON.stringify(chunk))), ...decoder.end()];
}

const chunk = (parts: readonly object[], more: object = {}, beside: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, ...more }],
  modelVersion: 'm',
  responseId: 'r1',
  ...beside,
});
const stop = chunk([{ text: '' }], { finishReason: 'STOP' });
const call = (name: string, args?: object) => ({ functionCall: { name, ...(args ? { args } : {}) } });

describe('an answer that is streamed', () => {
  it('joins pieces of one kind, and takes the last count for the true one', () => {
    const usage = (candidatesTokenCount: number) => ({
      usageMetadata: {
        promptTokenCount: 9,
        cachedContentTokenCount: 4,
        candidatesTokenCount,
        thoughtsTokenCount: 5,
      },
    });
    const events = decode(
      {},
      { candidates: [] },
      chunk([{ text: 'Hm', thought: true }], {}, usage(0)),
      chunk([{ text: 'm.', thought: true }, { text: 'Hel' }]),
      chunk([{ text: 'lo' }], { finishReason: 'STOP' }, usage(2)),
      { usageMetadata: { candidatesTokenCount: 3, thoughtsTokenCount: 5 } },
    );
    expect(events).toEqual([
      {
        type: 'message-start',
        id: 'r1',
        model: 'm',
        usage: { inputTokens: 9, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 5 },
      },
      { type: 'reasoning-start', index: 0 },
      { type: 'reasoning-delta', index: 0, text: 'Hm' },
      { type: 'reasoning-delta', index: 0, text: 'm.' },
      { type: 'reasoning-end', index: 0 },
      { type: 'text-start', index: 1 },
      { type: 'text-delta', index: 1, text: 'Hel' },
      { type: 'text-delta', index: 1, text: 'lo' },
      { type: 'text-end', index: 1 },
      { type: 'usage', usage: { inputTokens: 9, cacheReadTokens: 4, outputTokens: 8, reasoningTokens: 5 } },
      { type: 'finish', reason: 'end', raw: 'STOP' },
    ]);
  });

  it('gives calls ids that are told apart, and the same for the same answer', () => {
    const idsOf = (...events: readonly ChatEvent[]) =>
      events.flatMap((event) => (event.type === 'tool-call-start' ? [event.id] : []));
    const twice = chunk([call('ls'), call('ls'), { functionCall: { id: 'own', name: 'ls' } }]);
    const [one, other, own] = idsOf(...decode(twice, stop));
    expect(one).not.toBe(other);
    expect(own).toBe('own');
    expect(idsOf(...decode(twice, stop))).toEqual([one, other, own]);
    const next = { ...twice, responseId: 'r2' };
    expect(idsOf(...decode(next, stop))[0]).not.toBe(one);
  });

  it('keeps the signature of a call as state of the reasoning before it', () => {
    const signed = { ...call('ls', { a: 1 }), thoughtSignature: 'sig' };
    const state = { source: 'gemini', blocks: [{ functionCall: 0, thoughtSignature: 'sig' }] };
    expect(foldAnswer(decode(chunk([{ text: 'Hm', thought: true }, signed]), stop)).parts).toMatchObject([
      { type: 'reasoning', text: 'Hm', state },
      { type: 'tool-call', name: 'ls', input: '{"a":1}' },
    ]);
    const second = foldAnswer(decode(chunk([call('ls'), { ...signed, text: undefined }]), stop)).parts;
    expect(second[1]).toMatchObject({ text: '', state: { blocks: [{ functionCall: 1 }] } });
  });

  it.each([
    ['STOP', 'end'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'filter'],
    ['IMAGE_SAFETY', 'filter'],
    ['OTHER', 'other'],
    ['OF_TOMORROW', 'other'],
  ])('that ends with %s ends with %s', (finishReason, reason) => {
    expect(decode(chunk([{ text: 'A' }], { finishReason })).at(-1)).toMatchObject({ type: 'finish', reason });
  });

  it('that stopped for its tools says STOP as well', () => {
    expect(decode(chunk([call('ls')], { finishReason: 'STOP' })).at(-1)).toMatchObject({
      reason: 'tool-calls',
    });
  });

  it.each([
    [
      'a call that is malformed',
      chunk([], { finishReason: 'MALFORMED_FUNCTION_CALL' }),
      { kind: 'bad-upstream', code: 'malformed_function_call' },
    ],
    [
      'an overload',
      { error: { code: 503, message: 'Busy.', status: 'UNAVAILABLE' } },
      { kind: 'overload', message: 'Busy.' },
    ],
    [
      'a quota of the day',
      {
        error: {
          code: 429,
          message: 'No more.',
          status: 'RESOURCE_EXHAUSTED',
          details: [{ violations: [{ quotaId: 'RequestsPerDay' }] }],
        },
      },
      { kind: 'quota' },
    ],
    [
      'a bad key',
      {
        error: {
          code: 400,
          message: 'Bad key.',
          status: 'INVALID_ARGUMENT',
          details: [{ reason: 'API_KEY_INVALID' }],
        },
      },
      { kind: 'upstream-auth' },
    ],
    ['an error in words', { error: 'Oops.' }, { kind: 'server', message: 'Oops.' }],
  ])('fails with %s', (_, last, failure) => {
    const events = decode(chunk([{ text: 'A' }]), last);
    expect(events.at(-1)).toMatchObject({ type: 'failure', failure });
  });

  it('that stops before its end has failed, and is never a clean stop', () => {
    expect(decode(chunk([{ text: 'A' }])).at(-1)).toMatchObject({
      type: 'failure',
      failure: { kind: 'bad-upstream' },
    });
    expect(decode().at(-1)).toMatchObject({ type: 'failure' });
  });

  it('that was blocked has no part, only the reason in words', () => {
    const blocked = { promptFeedback: { blockReason: 'SAFETY', blockReasonMessage: 'Not this.' } };
    expect(decode(blocked)).toEqual([
      { type: 'message-start' },
      {
        type: 'finish',
        reason: 'filter',
        raw: 'blocked:SAFETY',
        explanation: 'The prompt was blocked by the provider (SAFETY). Not this.',
      },
    ]);
  });
});

describe('an answer that is not streamed', () => {
  it('is one object, or a list of them', () => {
    const chunks = [chunk([{ text: 'A' }]), chunk([{ text: 'B' }], { finishReason: 'STOP' })];
    expect(foldAnswer(decodeResponse(JSON.stringify(chunks))).parts).toEqual([{ type: 'text', text: 'AB' }]);
    expect(foldAnswer(decodeResponse(JSON.stringify(chunks[1]))).parts).toEqual([
      { type: 'text', text: 'B' },
    ]);
  });

  it.each(['', 'x', '[]', '{}', '5', '<html>'])('fails where it is none: %s', (body) => {
    expect(decodeResponse(body).at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'bad-upstream' } });
  });
});

describe('whatever an upstream sends', () => {
  const part = fc.dictionary(
    fc.constantFrom('text', 'thought', 'functionCall', 'thoughtSignature', 'inlineData'),
    fc.oneof(fc.string(), fc.constant(true), fc.jsonValue({ maxDepth: 2 })),
  );
  const anyChunk = fc.oneof(
    fc.array(part, { maxLength: 4 }).map((parts) => chunk(parts)),
    fc.dictionary(
      fc.constantFrom('candidates', 'promptFeedback', 'usageMetadata', 'error', 'responseId'),
      fc.jsonValue({ maxDepth: 3 }),
    ),
    fc.constant(stop),
  );

  it('the events are well formed: one start, parts one after another, one end', () => {
    fc.assert(
      fc.property(fc.array(anyChunk, { maxLength: 12 }), (chunks) => {
        const events = decode(...chunks);
        const names = events.map(({ type }) => type);
        const starts = names.filter((name) => name === 'message-start').length;
        const ends = names.filter((name) => name === 'finish' || name === 'failure').length;
        expect([starts, ends, isNested(events)]).toEqual([1, 1, true]);
      }),
    );
  });

  it('nothing is thrown', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (data) => {
        const decoder = decodeStream();
        for (const text of data) decoder.feed(text);
        decoder.end();
        for (const text of data) decodeResponse(text);
      }),
    );
  });
});

function isNested(events: readonly ChatEvent[]): boolean {
  let open: number | undefined;
  let next = 0;
  for (const event of events) {
    if (!('index' in event)) continue;
    if (event.type.endsWith('-start')) {
      if (open !== undefined || event.index !== next) return false;
      open = event.index;
      next += 1;
    } else if (event.index !== open) return false;
    if (event.type.endsWith('-end')) open = undefined;
  }
  return open === undefined || events.at(-1)?.type === 'failure';
}
