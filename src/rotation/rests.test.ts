import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, OutcomeKind, Scope } from '../outcome.ts';
import { keysOf, type Target } from './keys.ts';
import { rest as restAt } from './resting.ts';
import { endedRests, noRests, openRest, prune, recover as recoverAt, reset, type Health } from './rests.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const here: Target = { account: 'a', provider: 'lab', model: 'm' };
const otherModel: Target = { account: 'a', provider: 'lab', model: 'other' };
const otherAccount: Target = { account: 'b', provider: 'lab', model: 'm' };

function rest(
  health: Health,
  target: Target,
  failure: Outcome,
  now: number,
  chance: number,
  request = 1,
): Health {
  return restAt(health, target, failure, { now, chance, request });
}

function recover(health: Health, target: Target, startedAt = NOW, now = NOW): Health {
  return recoverAt(health, keysOf(target), startedAt, now);
}

function outcome(kind: OutcomeKind, scope: Scope, waitMs?: number): Outcome {
  return { kind, scope, ...(waitMs === undefined ? {} : { waitMs }) };
}

function left(health: Health, now = NOW, target = here): number {
  return (openRest(health, keysOf(target), now)?.rest.until ?? now) - now;
}

/** The length of each rest when every next failure comes the moment that the last rest is over. */
function row(failure: Outcome, count: number): readonly number[] {
  let health = noRests;
  let now = NOW;
  return Array.from({ length: count }, () => {
    health = prune(rest(health, here, failure, now, 0), now);
    const ms = left(health, now);
    now += ms;
    return ms / SECOND;
  });
}

describe('how long each failure rests an account', () => {
  const rows: readonly [string, Outcome, number, number][] = [
    ['a spent window, until its reset', outcome('window-spent', 'account', 5 * HOUR), 5 * HOUR, 5 * HOUR],
    ['a spent week, which is not capped', outcome('window-spent', 'account', 7 * DAY), 7 * DAY, 7 * DAY],
    ["a spent window of one model's bucket", outcome('window-spent', 'account-model', 5 * HOUR), 5 * HOUR, 0],
    ['a throttle with a hint', outcome('throttle', 'account', 20 * SECOND), 20 * SECOND, 20 * SECOND],
    [
      'a throttle with a hint for the model',
      outcome('throttle', 'account-model', 20 * SECOND),
      20 * SECOND,
      0,
    ],
    ['a throttle without a hint', outcome('throttle', 'account-model'), SECOND, 0],
    ['a throttle of this request only', outcome('throttle', 'request'), 0, 0],
    ['no credit', outcome('billing', 'account'), HOUR, HOUR],
    ['an overload', outcome('overload', 'provider-model'), 0, 0],
    ['an overload with a hint', outcome('overload', 'provider-model', 30 * SECOND), 30 * SECOND, 30 * SECOND],
    ['a broken connection', outcome('transport', 'attempt'), 5 * SECOND, 5 * SECOND],
    ['a slow answer', outcome('slow', 'account-model'), 5 * SECOND, 0],
    ['a refused credential', outcome('auth', 'account'), 30 * MINUTE, 30 * MINUTE],
    ['a refused account', outcome('policy', 'account'), 30 * MINUTE, 30 * MINUTE],
    ['something in between that blocks us', outcome('blocked', 'network'), 10 * SECOND, 10 * SECOND],
    ['a model that it lacks', outcome('capability', 'account-model'), 10 * MINUTE, 0],
    ['a faulty request', outcome('request', 'request'), 0, 0],
    ['an empty answer', outcome('empty', 'request'), 0, 0],
  ];
  it.each(rows)('%s', (_, failure, forThisModel, forAnother) => {
    const health = rest(noRests, here, failure, NOW, 0);
    expect(left(health)).toBe(forThisModel);
    expect(left(health, NOW, otherModel)).toBe(forAnother);
    expect(left(health, NOW, otherAccount)).toBe(0);
  });

  it('says why', () => {
    const failure: Outcome = { kind: 'billing', scope: 'account', status: 402, detail: 'no credit left' };
    const expected = {
      kind: 'billing',
      since: NOW,
      until: NOW + HOUR,
      status: 402,
      detail: 'no credit left',
    };
    expect(openRest(rest(noRests, here, failure, NOW, 0), keysOf(here), NOW)).toEqual({
      key: 'a',
      rest: expected,
    });
  });

  it('is the longer one where the account and the model both rest', () => {
    const whole = rest(noRests, here, outcome('transport', 'attempt'), NOW, 0);
    const both = rest(whole, here, outcome('throttle', 'account-model', MINUTE), NOW, 0);
    expect(left(both)).toBe(MINUTE);
    expect(left(both, NOW, otherModel)).toBe(5 * SECOND);
    expect(left(both, NOW + 10 * SECOND)).toBe(50 * SECOND);
  });
});

describe('the back-off', () => {
  it('of a throttle without a hint: 1 s doubling to 5 min', () => {
    const seconds = row(outcome('throttle', 'account-model'), 11);
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('of a broken connection: 5 s doubling to a minute', () => {
    expect(row(outcome('transport', 'attempt'), 6)).toEqual([5, 10, 20, 40, 60, 60]);
  });

  it.each<[OutcomeKind, number]>([
    ['billing', 3600],
    ['policy', 1800],
  ])('of %s: none', (kind, seconds) => {
    expect(row(outcome(kind, 'account'), 4)).toEqual([seconds, seconds, seconds, seconds]);
  });

  it('steps up at most once while a rest is open, however many fail together', () => {
    const herd = fc.property(fc.integer({ min: 2, max: 50 }), (many) => {
      let health = noRests;
      for (let at = 0; at < many; at += 1)
        health = rest(health, here, outcome('throttle', 'account-model'), NOW + at, 0);
      const over = NOW + many - 1 + SECOND;
      expect(left(health, over)).toBe(0);
      expect(left(rest(health, here, outcome('throttle', 'account-model'), over, 0), over)).toBe(2 * SECOND);
    });
    fc.assert(herd);
  });

  it('ends with a success, or with a quarter of an hour of quiet', () => {
    const once = rest(noRests, here, outcome('throttle', 'account-model'), NOW, 0);
    const later = NOW + 2 * SECOND;
    expect(
      left(
        rest(recover(once, here, NOW + SECOND, later), here, outcome('throttle', 'account-model'), later, 0),
        later,
      ),
    ).toBe(SECOND);
    const muchLater = NOW + 16 * MINUTE;
    const quiet = prune(once, muchLater);
    expect(left(rest(quiet, here, outcome('throttle', 'account-model'), muchLater, 0), muchLater)).toBe(
      SECOND,
    );
  });

  it('counts only failures for which the provider named no time', () => {
    let health = noRests;
    let now = NOW;
    for (let at = 0; at < 5; at += 1) {
      health = rest(health, here, outcome('throttle', 'account-model', SECOND), now, 0);
      now += 2 * SECOND;
    }
    expect(left(rest(health, here, outcome('throttle', 'account-model'), now, 0), now)).toBe(SECOND);
  });
});

describe('a success', () => {
  it('takes back a rest that was only a guess', () => {
    for (const failure of [
      outcome('transport', 'attempt'),
      outcome('slow', 'account-model'),
      outcome('blocked', 'network'),
    ]) {
      expect(left(recover(rest(noRests, here, failure, NOW, 0), here))).toBe(0);
    }
  });

  it('of an attempt that began before the limit proves nothing, though the rest is over by then', () => {
    const limited = rest(noRests, here, outcome('throttle', 'account', SECOND), NOW, 0);
    const late = NOW + 5 * SECOND;
    const unproven = (startedAt: number) =>
      endedRests(recover(limited, here, startedAt, late), keysOf(here), late);
    expect(unproven(NOW - 1)).toEqual(['a']);
    expect(unproven(NOW + 1)).toEqual([]);
  });

  it('leaves what the provider said: a request that began earlier proves nothing about the limit', () => {
    for (const kind of ['throttle', 'window-spent', 'billing', 'policy', 'auth', 'capability'] as const) {
      const health = rest(noRests, here, outcome(kind, 'account', MINUTE), NOW, 0);
      expect(left(recover(health, here))).toBe(MINUTE);
    }
  });

  it('does not undo a limit by way of a later broken connection', () => {
    const limited = rest(noRests, here, outcome('throttle', 'account', 4 * SECOND), NOW, 0);
    const broken = rest(limited, here, outcome('transport', 'attempt'), NOW, 0);
    expect(left(recover(broken, here))).toBeGreaterThanOrEqual(4 * SECOND);
  });

  it('changes nothing where nothing was wrong', () => {
    const other = rest(noRests, otherAccount, outcome('billing', 'account'), NOW, 0);
    expect(recover(other, here)).toBe(other);
  });
});

const kinds: readonly OutcomeKind[] = [
  'throttle',
  'window-spent',
  'billing',
  'overload',
  'transport',
  'slow',
  'auth',
  'policy',
  'blocked',
  'capability',
  'request',
  'empty',
];
const scopes: readonly Scope[] = [
  'request',
  'attempt',
  'account',
  'account-model',
  'provider-model',
  'provider',
  'network',
];
const failures = fc.record({
  kind: fc.constantFrom(...kinds),
  scope: fc.constantFrom(...scopes),
  waitMs: fc.option(fc.integer({ min: 0, max: 8 * DAY }), { nil: undefined }),
});
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const history = fc.array(
  fc.record({
    failure: failures,
    chance: chances,
    afterMs: fc.integer({ min: 0, max: 10 * MINUTE }),
    target: fc.constantFrom(here, otherModel),
  }),
  { maxLength: 30 },
);

function toOutcome({
  kind,
  scope,
  waitMs,
}: {
  kind: OutcomeKind;
  scope: Scope;
  waitMs: number | undefined;
}): Outcome {
  return outcome(kind, scope, waitMs);
}

describe('whatever happens', () => {
  it('a wait of nothing is no hint: the next 429 rests longer', () => {
    const refused = outcome('throttle', 'account', 0);
    const once = rest(noRests, here, refused, NOW, 0);
    expect(left(once)).toBe(SECOND);
    const again = rest(once, here, refused, NOW + SECOND, 0);
    expect(left(again, NOW + SECOND)).toBe(2 * SECOND);
  });

  it('no failure shortens a rest, no rest is endless, and jitter adds at most a tenth', () => {
    const rule = fc.property(history, (events) => {
      let health = noRests;
      let now = NOW;
      for (const { failure, chance, afterMs, target } of events) {
        now += afterMs;
        const [before, beforeOther] = [left(health, now), left(health, now, otherModel)];
        health = prune(rest(health, target, toOutcome(failure), now, chance), now);
        expect(left(health, now)).toBeGreaterThanOrEqual(before);
        expect(left(health, now, otherModel)).toBeGreaterThanOrEqual(beforeOther);
        const most = Math.max(before, 1.1 * (failure.waitMs || HOUR) + 1);
        expect(left(health, now)).toBeLessThanOrEqual(most);
      }
      expect(left(health, now + 9 * DAY)).toBe(0);
    });
    fc.assert(rule);
  });

  it('jitter never ends a rest early, and never keeps an account long beyond a reset that the provider named', () => {
    const jitter = fc.property(fc.integer({ min: 1, max: 8 * DAY }), chances, (waitMs, chance) => {
      const ms = left(rest(noRests, here, outcome('window-spent', 'account', waitMs), NOW, chance));
      expect(ms).toBeGreaterThanOrEqual(waitMs);
      expect(ms).toBeLessThanOrEqual(Math.ceil(waitMs + Math.min(waitMs / 10, 30 * SECOND)));
    });
    fc.assert(jitter);
  });

  it('prune forgets nothing that still rests, and everything in the end', () => {
    const rule = fc.property(history, (events) => {
      let health = noRests;
      for (const { failure, chance, target } of events)
        health = rest(health, target, toOutcome(failure), NOW, chance);
      for (const target of [here, otherModel])
        expect(left(prune(health, NOW), NOW, target)).toBe(left(health, NOW, target));
      expect(prune(health, NOW + 10 * DAY)).toEqual(noRests);
    });
    fc.assert(rule);
  });
});

describe('reset', () => {
  const both = rest(
    rest(
      rest(noRests, here, outcome('billing', 'account'), NOW, 0),
      here,
      outcome('throttle', 'account-model'),
      NOW,
      0,
    ),
    { account: 'ab', provider: 'lab', model: 'm' },
    outcome('billing', 'account'),
    NOW,
    0,
  );

  it('clears one account, rests and rows of failures, and no other', () => {
    const health = reset(both, { account: 'a', provider: 'lab' });
    expect(left(health)).toBe(0);
    expect(left(health, NOW, { account: 'ab', provider: 'lab', model: 'm' })).toBe(HOUR);
    expect(left(rest(health, here, outcome('throttle', 'account-model'), NOW, 0))).toBe(SECOND);
  });

  it('clears all', () => {
    expect(reset(both)).toEqual(noRests);
  });
});
