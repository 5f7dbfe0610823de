import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutcomeKind } from '../outcome.ts';
import { makeAffinity, moves } from './affinity.ts';
import type { Rest } from './rests.ts';

const HOUR_MS = 3_600_000;

describe('affinity', () => {
  it('keeps a conversation for an hour after its last turn', () => {
    const affinity = makeAffinity();
    affinity.own('talk', 'a', 0);
    expect(affinity.owner('talk', HOUR_MS - 1)).toBe('a');
    affinity.own('talk', 'a', HOUR_MS - 1);
    expect(affinity.owner('talk', 2 * HOUR_MS - 2)).toBe('a');
    expect(affinity.owner('talk', 2 * HOUR_MS - 1)).toBeUndefined();
  });

  it('knows nothing of a conversation that it never saw', () => {
    expect(makeAffinity().owner('talk', 0)).toBeUndefined();
  });

  it('never holds more than 10,000, and forgets the least recently used first', () => {
    const affinity = makeAffinity();
    for (let at = 0; at < 10_000; at += 1) affinity.own(`talk ${at}`, 'a', at);
    affinity.own('talk 0', 'b', 10_000);
    affinity.own('one more', 'a', 10_001);
    expect(affinity.size).toBe(10_000);
    expect(affinity.owner('talk 0', 10_001)).toBe('b');
    expect(affinity.owner('talk 1', 10_001)).toBeUndefined();
    expect(affinity.owner('talk 2', 10_001)).toBe('a');
  });

  it('behaves as a list of the latest uses, cut at its bound', () => {
    const uses = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b')), {
      maxLength: 60,
    });
    const model = fc.property(uses, fc.integer({ min: 1, max: 6 }), (list, most) => {
      const affinity = makeAffinity({ most });
      list.forEach(([talk, account], at) => affinity.own(String(talk), account, at));
      const latest = new Map<number, string>();
      for (const [talk, account] of list.toReversed()) if (!latest.has(talk)) latest.set(talk, account);
      const kept = new Map([...latest].slice(0, most));
      for (let talk = 0; talk <= 9; talk += 1) expect(affinity.owner(String(talk), 60)).toBe(kept.get(talk));
      expect(affinity.size).toBe(kept.size);
    });
    fc.assert(model);
  });
});

describe('whether a conversation moves to the account that answered', () => {
  const rest = (kind: OutcomeKind, ms: number): Rest => ({ kind, since: 1000, until: 1000 + ms });
  const rows: readonly [string, string | undefined, boolean, Rest | undefined, boolean][] = [
    ['nobody owned it', undefined, false, undefined, true],
    ['the owner is gone, disabled or without the model', 'a', false, undefined, true],
    ['the owner only failed this once', 'a', true, undefined, false],
    ['a throttle of a second', 'a', true, rest('throttle', 1000), false],
    ['a throttle of two minutes', 'a', true, rest('throttle', 120_000), false],
    ['a throttle of 20 minutes', 'a', true, rest('throttle', 1_200_000), true],
    ['a broken connection', 'a', true, rest('transport', 5000), false],
    ['a slow answer', 'a', true, rest('slow', 5000), false],
    ['an overload with a hint', 'a', true, rest('overload', 30_000), false],
    ['a window that is spent for hours', 'a', true, rest('window-spent', 3 * HOUR_MS), true],
    ['a window that is spent for a minute', 'a', true, rest('window-spent', 60_000), true],
    ['no credit', 'a', true, rest('billing', HOUR_MS), true],
    ['a refused credential', 'a', true, rest('auth', 1_800_000), true],
    ['a refused account', 'a', true, rest('policy', 1_800_000), true],
    ['a model that the owner lacks', 'a', true, rest('capability', 600_000), true],
  ];
  it.each(rows)('%s', (_, owner, serves, open, expected) => {
    const ownerRest = open && { key: 'a', rest: open };
    expect(moves(owner, { serves, rest: ownerRest, isNearLimit: false })).toBe(expected);
  });
});
