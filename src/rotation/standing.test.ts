import { describe, expect, it } from 'vitest';
import { candidate } from '../../test/rotation/scripted-world.ts';
import type { OutcomeKind } from '../outcome.ts';
import { admit, enqueue, noLoad, type Load } from './load.ts';
import { noRests, type Health, type Rest } from './rests.ts';
import { standingOf, type Asker } from './standing.ts';
import { noteWindows } from './windows.ts';

const NOW = 1_000_000;
const one = candidate('one');
const newcomer: Asker = { request: 9, owner: undefined, hasFailed: false, leaveAt: 0.98 };
const ofOwner: Asker = { ...newcomer, owner: 'one' };
const fromElsewhere: Asker = { ...newcomer, owner: 'two' };

function rest(kind: OutcomeKind, inMs: number, waitFrom?: string): Rest {
  return { kind, since: NOW - 1000, until: NOW + inMs, ...(waitFrom === undefined ? {} : { waitFrom }) };
}

function resting(...rests: readonly (readonly [string, Rest])[]): Health {
  return { ...noRests, rests: new Map(rests) };
}

function place(request: number, { account = 'one', moved = false, trials = [] as string[] } = {}) {
  return { request, account, moved, trials };
}

function standing(
  asker: Asker,
  { health = noRests, load = noLoad, of = one, isAgain = false, now = NOW } = {},
) {
  return standingOf(of, asker, { health, load, now }, isAgain);
}

describe('an account', () => {
  it('of which nothing is known is free', () => {
    expect(standing(newcomer)).toEqual({ state: 'free', trials: [] });
  });

  it('rests for what is its own, its model’s, its provider’s and the network’s, and tells the longest', () => {
    const keys = ['one', 'one m', 'provider:lab', 'provider:lab m', 'network'];
    for (const key of keys) {
      const health = resting([key, rest('throttle', 50)]);
      expect(standing(newcomer, { health })).toMatchObject({ state: 'resting', key });
    }
    const health = resting(...keys.map((key, at) => [key, rest('throttle', 50 + at)] as const));
    expect(standing(newcomer, { health })).toMatchObject({ state: 'resting', key: 'network' });
  });

  it('does not rest for another account, another model or another provider', () => {
    const health = resting(
      ...['two', 'one n', 'provider:works', 'provider:lab n', 'oneself'].map(
        (key) => [key, rest('throttle', 50)] as const,
      ),
    );
    expect(standing(newcomer, { health })).toEqual({ state: 'free', trials: [] });
  });

  it('that was tried and not at fault may put its own guess to the test, but nothing wider', () => {
    const guess = ['one', rest('transport', 5000)] as const;
    expect(standing(newcomer, { health: resting(guess) })).toMatchObject({ state: 'resting' });
    const again = { isAgain: true };
    expect(standing(newcomer, { ...again, health: resting(guess) })).toEqual({
      state: 'free',
      trials: ['one'],
    });
    const wide = resting(guess, ['provider:lab', rest('throttle', 1000)]);
    expect(standing(newcomer, { ...again, health: wide })).toMatchObject({
      state: 'resting',
      key: 'provider:lab',
    });
    const named = resting(['one', rest('transport', 5000, 'retry-after')]);
    expect(standing(newcomer, { ...again, health: named })).toMatchObject({ state: 'resting' });
  });
});

describe('when a rest has ended', () => {
  const health = resting(['one', rest('throttle', 0)]);
  const load: Load = admit(noLoad, place(1, { trials: ['one'] }), NOW);

  it('the first one is on trial, and the others wait for what comes of it', () => {
    expect(standing(newcomer, { health })).toEqual({ state: 'free', trials: ['one'] });
    expect(standing(newcomer, { health, load })).toMatchObject({ state: 'busy', why: 'on-trial' });
  });

  it('a trial that takes too long keeps nobody any longer', () => {
    const state = standing(newcomer, { health, load });
    const until = state.state === 'busy' ? (state.until ?? 0) : 0;
    expect(until).toBeGreaterThan(NOW);
    expect(standing(newcomer, { health, load, now: until })).toMatchObject({ state: 'free' });
  });
});

describe('an account with places', () => {
  const of = candidate('one', { maxConcurrent: 2 });
  const two = admit(admit(noLoad, place(1), NOW), place(2), NOW);

  it('is full when all are taken', () => {
    expect(standing(newcomer, { of, load: admit(noLoad, place(1), NOW) })).toMatchObject({ state: 'free' });
    expect(standing(newcomer, { of, load: two })).toMatchObject({ state: 'busy', why: 'full' });
    expect(standing(ofOwner, { of, load: two })).toMatchObject({ state: 'busy', why: 'full' });
  });

  it('is kept for whoever came earlier and waits for it', () => {
    const load = enqueue(noLoad, { request: 3, accounts: ['one'], ramped: [] });
    expect(standing(newcomer, { of, load })).toMatchObject({ state: 'busy', why: 'queue' });
    expect(standing({ ...newcomer, request: 3 }, { of, load })).toMatchObject({ state: 'free' });
    expect(standing({ ...newcomer, request: 2 }, { of, load })).toMatchObject({ state: 'free' });
    expect(standing(newcomer, { of: candidate('two'), load })).toMatchObject({ state: 'free' });
  });
});

describe('after a move', () => {
  const load = admit(noLoad, place(1, { moved: true }), NOW);

  it('others that move there are let in one by one, while those at home are not held up', () => {
    expect(standing(fromElsewhere, { load })).toMatchObject({ state: 'busy', why: 'ramp' });
    expect(standing({ ...newcomer, hasFailed: true }, { load })).toMatchObject({
      state: 'busy',
      why: 'ramp',
    });
    expect(standing(ofOwner, { load })).toMatchObject({ state: 'free' });
    expect(standing(newcomer, { load })).toMatchObject({ state: 'free' });
  });

  it.each([
    [0, 1],
    [249, 1],
    [250, 2],
    [500, 3],
    [1000, 5],
    [3999, 16],
  ])('%i ms later %i may be there', (ms, expected) => {
    let filled = load;
    let inside = 1;
    while (standing(fromElsewhere, { load: filled, now: NOW + ms }).state === 'free' && inside < 100) {
      inside += 1;
      filled = admit(filled, place(100 + inside, { moved: true }), NOW + ms);
    }
    expect(inside).toBe(expected);
  });

  it('it is over after four seconds', () => {
    expect(standing(fromElsewhere, { load, now: NOW + 4000 })).toMatchObject({ state: 'free' });
  });
});

describe('an account that is nearly used up', () => {
  const long = { name: '7d', scope: 'account', resetsAt: NOW + 86_400_000, refill: 'at-once' } as const;
  const short = { name: 'requests', scope: 'account', resetsAt: NOW + 60_000, refill: 'gradual' } as const;
  const told = (used: number, window: typeof long | typeof short = long) =>
    noteWindows(noRests, one, [{ ...window, used }], NOW);

  it('is left from the limit on, by the owner of a conversation too', () => {
    for (const asker of [newcomer, ofOwner, fromElsewhere]) {
      expect(standing(asker, { health: told(0.979) }).state).toBe('free');
      expect(standing(asker, { health: told(0.98) }).state).toBe('near-limit');
    }
  });

  it('is not left by the owner where the window fills up bit by bit: that is not worth a lost cache', () => {
    expect(standing(newcomer, { health: told(0.99, short) }).state).toBe('near-limit');
    expect(standing(ofOwner, { health: told(0.99, short) }).state).toBe('free');
  });

  it('is not judged by a window past its reset', () => {
    expect(standing(newcomer, { health: told(1), now: long.resetsAt }).state).toBe('free');
  });

  it('is not left where its 429s may not be answered by another account', () => {
    expect(standing(newcomer, { health: told(1), of: candidate('one', { switchOn429: false }) }).state).toBe(
      'free',
    );
  });
});

it('a draining account is there only for the conversations that it has', () => {
  const of = candidate('one', { draining: true });
  expect(standing(newcomer, { of })).toEqual({ state: 'draining' });
  expect(standing(fromElsewhere, { of })).toEqual({ state: 'draining' });
  expect(standing(ofOwner, { of })).toEqual({ state: 'free', trials: [] });
});
