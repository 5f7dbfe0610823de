import { describe, expect, it } from 'vitest';
import { foldAnswer, type ChatAnswer } from './answer.ts';
import { makeDataUrl, parseDataUrl } from './data-url.ts';
import { effortOf, nearestEffort } from './effort.ts';
import { isEnvelope, joinStates, openEnvelope, sealState } from './envelope.ts';
import { settleReason } from './event.ts';
import { eventsOf } from './events-of.ts';
import { makeOneAtATime } from './one-at-a-time.ts';

const answer: ChatAnswer = {
  id: 'a',
  model: 'm',
  parts: [
    { type: 'reasoning', text: 'Hm.', state: { source: 'maker', blocks: [{ sign: 1 }] } },
    { type: 'text', text: 'Yes.' },
    { type: 'refusal', text: 'No.' },
    { type: 'tool-call', id: 'c', name: 'f', namespace: 'n', kind: 'function', input: '{"a":1}' },
    { type: 'tool-call', id: 'd', name: 'g', kind: 'custom', input: '' },
  ],
  usage: { inputTokens: 3 },
  finish: { reason: 'tool-calls', raw: 'tool_calls' },
};

it('an answer is the fold over its events', () => {
  expect(foldAnswer(eventsOf(answer))).toEqual(answer);
  const failed: ChatAnswer = { parts: [], usage: {}, failure: { kind: 'overload', message: 'Busy.' } };
  expect(foldAnswer(eventsOf(failed))).toEqual(failed);
});

it('parts that overlap come one after another, as they began', () => {
  const ordered = makeOneAtATime();
  const start = (index: number) =>
    ({ type: 'tool-call-start', index, id: `${index}`, name: 'f', kind: 'function' }) as const;
  const delta = (index: number, text: string) => ({ type: 'tool-call-delta', index, text }) as const;
  const end = (index: number) => ({ type: 'tool-call-end', index }) as const;
  const events = [
    start(0),
    start(1),
    delta(1, 'b'),
    delta(0, 'a'),
    start(2),
    end(2),
    end(0),
    delta(1, 'c'),
    end(1),
  ];
  expect(events.flatMap((event) => ordered.feed(event))).toEqual([
    start(0),
    delta(0, 'a'),
    end(0),
    start(1),
    delta(1, 'b'),
    delta(1, 'c'),
    end(1),
    start(2),
    end(2),
  ]);
});

describe('an envelope', () => {
  const state = { source: 'messages', blocks: [{ type: 'thinking', signature: 'ü=' }] };

  it('is known by its beginning and gives back what was put in', () => {
    expect(sealState(state)).toMatch(/^eyJ2IjoxLCJzcmMi/);
    expect(openEnvelope(sealState(state))).toEqual(state);
  });

  it.each(['EqQBnative==', 'eyJ2IjoxLCJzcmMi', 'eyJ2IjoxLCJzcmMiOjF9', ''])(
    'is none, or broken: %s',
    (text) => {
      expect(openEnvelope(text)).toBeUndefined();
    },
  );

  it('holds the blocks of one maker together', () => {
    expect(joinStates(state, state)?.blocks).toHaveLength(2);
    expect(joinStates(state, { source: 'other', blocks: [] })).toEqual({ source: 'other', blocks: [] });
    expect(isEnvelope(sealState(state))).toBe(true);
  });
});

describe('a data URL', () => {
  it.each([
    ['data:image/png;base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
    ['data:image/jpg;charset=utf-8;base64,AAAA', { mediaType: 'image/jpeg', data: 'AAAA' }],
    ['data:text/plain,a%20%C3%BC', { mediaType: 'text/plain', data: Buffer.from('a ü').toString('base64') }],
    ['https://example.com/a.png', undefined],
    ['data:nothing', undefined],
  ])('%s', (url, expected) => {
    expect(parseDataUrl(url)).toEqual(expected);
  });

  it('is made as it is read', () => {
    expect(parseDataUrl(makeDataUrl('application/pdf', 'AAAA'))).toEqual({
      mediaType: 'application/pdf',
      data: 'AAAA',
    });
  });
});

describe('effort', () => {
  it.each([
    [{ budgetTokens: 0 }, 'none'],
    [{ budgetTokens: 4096 }, 'low'],
    [{ budgetTokens: 16_384 }, 'medium'],
    [{ budgetTokens: 20_000 }, 'high'],
    [{ budgetTokens: -1 }, undefined],
    [{ effort: 'xhigh' as const, budgetTokens: 1 }, 'xhigh'],
    [{ visible: true }, undefined],
  ])('of %j is %s', (wish, effort) => {
    expect(effortOf(wish)).toBe(effort);
  });

  it('is the nearest that is taken', () => {
    expect(nearestEffort('max', ['low', 'high'])).toBe('high');
    expect(nearestEffort('minimal', ['low', 'high'])).toBe('low');
    expect(nearestEffort('medium', ['low', 'high'])).toBe('low');
    expect(nearestEffort('medium', undefined)).toBe('medium');
  });
});

it('an answer that called tools stopped for them, unless it was cut', () => {
  expect(settleReason('end', true)).toBe('tool-calls');
  expect(settleReason('other', true)).toBe('tool-calls');
  expect(settleReason('length', true)).toBe('length');
  expect(settleReason('end', false)).toBe('end');
});
