import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, OutcomeKind } from '../outcome.ts';
import { candidate } from '../../test/rotation/scripted-world.ts';
import { noLoad } from './load.ts';
import { rest } from './resting.ts';
import { noRests, type Health } from './rests.ts';
import type { Asker } from './standing.ts';
import { verdictOf, type Cause, type Verdict } from './verdict.ts';

const NOW = 1_800_000_000_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const asker: Asker = { request: 1, owner: undefined, hasFailed: false, leaveAt: 0.98 };
const at = (health: Health, now: number) => ({ health, load: noLoad, now });

/** The verdict after each of the outcomes has happened to an account of its own; undefined: that one was not tried. */
function after(outcomes: readonly (Outcome | undefined)[], now = NOW): Verdict {
  let health: Health = noRests;
  const candidates = outcomes.map((_, index) => candidate(`a${index}`));
  const tried = new Map<string, { readonly outcome: Outcome }>();
  outcomes.forEach((outcome, index) => {
    if (!outcome) return;
    const { account, provider, model } = candidate(`a${index}`);
    tried.set(`${account} m`, { outcome });
    health = rest(health, { account, provider, model }, outcome, { now: NOW, chance: 0, request: index });
  });
  return verdictOf(candidates, tried, asker, at(health, now));
}

const throttle = (waitMs: number): Outcome => ({ kind: 'throttle', scope: 'account', waitMs });
const spent = (waitMs: number): Outcome => ({ kind: 'window-spent', scope: 'account', waitMs });
const of = (kind: OutcomeKind): Outcome => ({
  kind,
  scope: kind === 'capability' ? 'account-model' : 'account',
});
const overload: Outcome = { kind: 'overload', scope: 'provider-model' };
const broken: Outcome = { kind: 'transport', scope: 'attempt' };

describe('the way on', () => {
  const rows: readonly [string, readonly (Outcome | undefined)[], Cause, number | undefined][] = [
    ['one throttled account', [throttle(20 * SECOND)], 'quota', 20 * SECOND],
    ['the sooner of two windows', [spent(5 * HOUR), spent(2 * HOUR)], 'quota', 2 * HOUR],
    ['a throttle before a window', [spent(5 * HOUR), throttle(MINUTE)], 'quota', MINUTE],
    ['no credit, for an hour', [of('billing')], 'quota', HOUR],
    ['an overload is sooner than a throttle', [throttle(MINUTE), overload], 'overload', SECOND],
    ['a broken connection is sooner than a window', [spent(HOUR), broken], 'transport', 5 * SECOND],
    [
      'a throttle of a second is sooner than a broken connection',
      [broken, throttle(SECOND)],
      'quota',
      SECOND,
    ],
    [
      'an overload with a hint, for as long as it says',
      [{ ...overload, waitMs: 40 * SECOND }],
      'overload',
      40 * SECOND,
    ],
    ['only sign-ins', [of('auth'), of('auth')], 'needs-login', undefined],
    ['a sign-in and a window: waiting helps', [of('auth'), spent(3 * HOUR)], 'quota', 3 * HOUR],
    ['a refused account and a window: waiting helps', [of('policy'), spent(3 * HOUR)], 'quota', 3 * HOUR],
    ['only refused accounts', [of('policy')], 'refused', undefined],
    [
      'a refused account and a sign-in: a person can sign in',
      [of('policy'), of('auth')],
      'needs-login',
      undefined,
    ],
    [
      'a sign-in and a refused account, the other way round',
      [of('auth'), of('policy')],
      'needs-login',
      undefined,
    ],
    ['only accounts without the model', [of('capability'), of('capability')], 'refused', undefined],
    [
      'one without the model and a window: the window',
      [of('capability'), spent(3 * HOUR)],
      'quota',
      3 * HOUR,
    ],
    ['one without the model and a sign-in', [of('capability'), of('auth')], 'needs-login', undefined],
    ['an overload, and one that was not tried', [undefined, overload], 'overload', SECOND],
    ['a window, and one that was not tried', [undefined, spent(HOUR)], 'quota', SECOND],
    ['a sign-in, and one that was not tried', [of('auth'), undefined], 'transport', SECOND],
    ['none was tried, none rests', [undefined], 'transport', SECOND],
  ];
  it.each(rows)('%s', (_, outcomes, cause, waitMs) => {
    const verdict = after(outcomes);
    const retryAt = waitMs === undefined ? undefined : NOW + waitMs;
    expect({ cause: verdict.cause, retryAt: verdict.retryAt }).toEqual({ cause, retryAt });
  });

  it('is known from a rest alone: nobody was asked this time', () => {
    const health = rest(
      noRests,
      candidate('a'),
      { ...spent(HOUR), waitFrom: 'resets_at', detail: 'weekly limit' },
      { now: NOW, chance: 0, request: 1 },
    );
    expect(verdictOf([candidate('a')], new Map(), asker, at(health, NOW + MINUTE))).toEqual({
      cause: 'quota',
      retryAt: NOW + HOUR,
      reasons: [
        {
          account: 'a',
          model: 'm',
          kind: 'window-spent',
          detail: 'weekly limit',
          retryAt: NOW + HOUR,
          waitFrom: 'resets_at',
        },
      ],
    });
  });

  it('is about now for a rest that has ended meanwhile', () => {
    expect(after([throttle(SECOND)], NOW + MINUTE).retryAt).toBe(NOW + MINUTE + SECOND);
  });

  it('without any account there is nothing to wait for', () => {
    expect(verdictOf([], new Map(), asker, at(noRests, NOW))).toEqual({ cause: 'transport', reasons: [] });
  });
});

describe('the reasons', () => {
  it('name each account that failed or rests, with its own time, and none that was not asked', () => {
    const { reasons } = after([throttle(MINUTE), undefined, of('auth'), overload]);
    expect(reasons).toEqual([
      { account: 'a0', model: 'm', kind: 'throttle', retryAt: NOW + MINUTE, waitFrom: 'its answer' },
      { account: 'a2', model: 'm', kind: 'auth' },
      { account: 'a3', model: 'm', kind: 'overload', retryAt: NOW + SECOND },
    ]);
  });
});

it('the cause does not depend on the order of the accounts, and the time is never in the past', () => {
  const outcomes = fc.array(
    fc.oneof(
      fc.integer({ min: 2 * SECOND, max: 9 * HOUR }).map(throttle),
      fc.integer({ min: 2 * SECOND, max: 9 * HOUR }).map(spent),
      fc.constantFrom(of('auth'), of('policy'), of('billing'), of('capability'), broken, overload),
    ),
    { minLength: 1, maxLength: 6 },
  );
  const rule = fc.property(outcomes, fc.nat({ max: HOUR }), (list, later) => {
    const [one, other] = [after(list), after(list.toReversed())];
    expect({ cause: other.cause, retryAt: other.retryAt }).toEqual({
      cause: one.cause,
      retryAt: one.retryAt,
    });
    expect(after(list, NOW + later).retryAt ?? Infinity).toBeGreaterThan(NOW + later);
  });
  fc.assert(rule);
});
