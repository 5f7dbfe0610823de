import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endingOf, endingOfArray, meaningOfBody, meaningOfEvent } from './stream.ts';

const chunk = (parts: readonly object[] | undefined, finishReason?: string): object => ({
  candidates: [
    {
      ...(parts ? { content: { role: 'model', parts } } : {}),
      ...(finishReason ? { finishReason } : {}),
      index: 0,
    },
  ],
  usageMetadata: { promptTokenCount: 1 },
});
const error = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: {} };

describe('what an answer means, as an event and whole', () => {
  it.each<[string, object, string, string]>([
    ['text', chunk([{ text: 'a' }]), 'content', 'content'],
    ['a thought', chunk([{ text: 'a', thought: true }]), 'content', 'content'],
    ['a call', chunk([{ functionCall: { name: 'run', args: {} } }], 'STOP'), 'content', 'content'],
    ['an image', chunk([{ inlineData: { mimeType: 'image/png', data: 'AA' } }]), 'content', 'content'],
    ['a signature alone', chunk([{ text: '', thoughtSignature: 'x' }]), 'content', 'content'],
    ['a part of a new kind', chunk([{ smell: { of: 'roses' } }]), 'content', 'content'],
    ['an empty text', chunk([{ text: '' }]), 'none', 'empty'],
    ['no part', chunk([]), 'none', 'empty'],
    ['no content', chunk(undefined), 'none', 'empty'],
    ['no candidate', { candidates: [], usageMetadata: {} }, 'none', 'empty'],
    ['nothing', {}, 'none', 'empty'],
    ['a good end without a word', chunk([{ text: '' }], 'STOP'), 'empty', 'empty'],
    ['a call that could not be written', chunk(undefined, 'MALFORMED_FUNCTION_CALL'), 'empty', 'empty'],
    ['an end for length', chunk(undefined, 'MAX_TOKENS'), 'content', 'content'],
    ['an end for safety', chunk(undefined, 'SAFETY'), 'content', 'content'],
    ['an end of a new kind', chunk(undefined, 'BAD_MOOD'), 'content', 'content'],
    ['a blocked prompt', blocked, 'content', 'content'],
    ['an error', error, 'error', 'error'],
    ['a count', { totalTokens: 5 }, 'none', 'content'],
    ['an embedding', { embedding: { values: [0.5] } }, 'none', 'content'],
  ])('%s', (_, value, asEvent, whole) => {
    const text = JSON.stringify(value);
    expect(meaningOfEvent(text).kind).toBe(asEvent);
    expect(meaningOfBody(Buffer.from(text)).kind).toBe(whole);
  });

  it('a long answer is not parsed, a cut one is an error', () => {
    const long = JSON.stringify(chunk([{ text: 'a'.repeat(9000) }]));
    expect(meaningOfBody(Buffer.from(long)).kind).toBe('content');
    expect(meaningOfBody(Buffer.from(long.slice(0, -3))).kind).toBe('error');
    expect(meaningOfBody(Buffer.from('[]')).kind).toBe('error');
    expect(meaningOfEvent('{').kind).toBe('content');
  });
});

const frames = (...chunks: readonly object[]): Buffer =>
  Buffer.from(chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join(''));
const tricky = chunk([{ text: 'data: {"candidates":[{"finishReason":"STOP"}]}\n\n' }]);
const trickyCall = chunk([
  { functionCall: { name: 'f', args: { finishReason: 'STOP', error: { code: 1 } } } },
]);

describe('how a stream of events ended', () => {
  it('is proper when a chunk said why', () => {
    expect(endingOf(frames(tricky, trickyCall))).toEqual({ finished: false });
    expect(endingOf(frames(tricky, chunk([], 'STOP')))).toEqual({ finished: true, rest: 'asides' });
    expect(endingOf(frames(chunk([], 'MAX_TOKENS'), { usageMetadata: {} }))).toEqual({
      finished: true,
      rest: 'asides',
    });
    expect(endingOf(frames(blocked))).toEqual({ finished: true, rest: 'asides' });
    expect(endingOf(Buffer.alloc(0))).toEqual({ finished: false });
  });

  it('is an error where an event is one; a bare one was never an event', () => {
    expect(endingOf(frames(tricky, error))).toEqual({
      finished: false,
      error: JSON.stringify(error),
      rest: 'asides',
    });
    expect(endingOf(Buffer.concat([frames(tricky), Buffer.from(JSON.stringify(error))]))).toEqual({
      finished: false,
    });
  });
});

describe('how an array ended', () => {
  const text = (...chunks: readonly object[]): string =>
    chunks.map((one) => `,\r\n${JSON.stringify(one)}`).join('');
  const ending = (tail: string) => endingOfArray(Buffer.from(tail));

  it('is proper when a chunk said why, and it was closed', () => {
    expect(ending(`${text(tricky, chunk([], 'STOP'))}\n]\n`)).toEqual({ finished: true, rest: 'nothing' });
    expect(ending(`[${text(chunk([{ text: 'a' }], 'STOP')).slice(3)}]`)).toEqual({
      finished: true,
      rest: 'nothing',
    });
    expect(ending(text(tricky, chunk([], 'STOP')))).toEqual({ finished: false });
    expect(ending(`${text(tricky, trickyCall)}]`)).toEqual({ finished: false });
    expect(ending(`${text(chunk([], 'STOP'))},\r\n{"cand`)).toEqual({ finished: false });
    expect(ending('[]')).toEqual({ finished: false });
    expect(ending('')).toEqual({ finished: false });
  });

  it('is an error where an element is one', () => {
    expect(ending(`${text(tricky, error)}\n]`)).toEqual({
      finished: false,
      error: JSON.stringify(error),
      rest: 'nothing',
    });
  });
});

describe('recorded streams', () => {
  const folder = new URL('../../../test/fixtures/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /^(?:19|2[0134])-gemini/.test(name));
  it.each(names)('%s', (name) => {
    const { transcripts } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
      transcripts: { gemini: { sse: readonly { data?: object }[] } };
    };
    const chunks = transcripts.gemini.sse.flatMap(({ data }) => data ?? []);
    const isMalformed = name.includes('malformed');
    const kinds = chunks.map((one) => meaningOfEvent(JSON.stringify(one)).kind);
    expect(kinds.includes('content')).toBe(!isMalformed);
    const ended = endingOf(frames(...chunks));
    expect([ended.finished, ended.error === undefined]).toEqual(
      name.includes('error') ? [false, false] : [true, true],
    );
  });
});
