import { describe, expect, it } from 'vitest';
import { candidate, START, travel, type Answer, type World } from '../../test/rotation/scripted-world.ts';
import type { Outcome } from '../outcome.ts';
import type { Candidate } from './candidate.ts';
import { learnBroken } from './learn.ts';
import { rest } from './resting.ts';
import { noRests, openRest, type Health } from './rests.ts';
import { noteWindows } from './windows.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** The playbook: each account's answers, one after the other; the last one is repeated. The result reads `a:throttle b:ok = success`. */
function play(script: Readonly<Record<string, readonly Answer[]>>, more: Partial<World> = {}): string {
  const { events, end } = travel({
    candidates: Object.keys(script).map((account) => candidate(account)),
    answer: (account, _, attempt) => script[account]?.[attempt] ?? script[account]?.at(-1) ?? 'ok',
    chance: 0.5,
    ...more,
  });
  const words = events.map((event) => {
    if (event.kind === 'waited') return `wait ${event.ms}`;
    if (event.kind === 'sent') return `${event.account}:${event.answer === 'ok' ? 'ok' : event.answer.kind}`;
    return `${event.account} ${event.kind}`;
  });
  return [...words, '=', typeof end === 'string' ? end : end.cause].join(' ');
}

const ok = 'ok';
const throttle: Outcome = { kind: 'throttle', scope: 'account', status: 429, waitMs: 20 * SECOND };
const spent: Outcome = { kind: 'window-spent', scope: 'account', status: 429, waitMs: 5 * HOUR };
const broken: Outcome = { kind: 'transport', scope: 'attempt' };
const overload: Outcome = { kind: 'overload', scope: 'provider-model', status: 529 };
const refused: Outcome = { kind: 'auth', scope: 'account', status: 401 };
const empty: Outcome = { kind: 'empty', scope: 'request', status: 200 };
const lacking: Outcome = { kind: 'capability', scope: 'account-model', status: 404 };
const unreadable: Outcome = { kind: 'affinity', scope: 'request', status: 400 };
const faulty: Outcome = { kind: 'request', scope: 'request', status: 400 };
const resting = (account: string, outcome: Outcome, health = noRests) =>
  rest(health, candidate(account), outcome, { now: START, chance: 0, request: 0 });

const nearlySpent = (account: string) => {
  const window = {
    name: 'week',
    used: 0.99,
    resetsAt: START + HOUR,
    refill: 'at-once',
    scope: 'account',
  } as const;
  return noteWindows(noRests, candidate(account), [window], START);
};

describe('the playbook', () => {
  const fixed = (...candidates: Candidate[]): Partial<World> => ({ candidates });
  const rows: readonly [string, Readonly<Record<string, readonly Answer[]>>, Partial<World>, string][] = [
    ['one account, and it answers', { a: [ok] }, {}, 'a:ok = success'],
    ['a throttled one is replaced', { a: [throttle], b: [ok] }, {}, 'a:throttle b:ok = success'],
    [
      'limits are free: the last of six answers',
      { a: [throttle], b: [spent], c: [lacking], d: [throttle], e: [spent], f: [ok] },
      { requestRetry: 0 },
      'a:throttle b:window-spent c:capability d:throttle e:window-spent f:ok = success',
    ],
    [
      'all are limited: nobody is asked twice',
      { a: [throttle], b: [spent] },
      {},
      'a:throttle b:window-spent = quota',
    ],
    [
      'a broken connection costs a retry',
      { a: [broken], b: [broken], c: [ok] },
      { requestRetry: 1 },
      'a:transport b:transport = transport',
    ],
    ['no retry at all', { a: [broken], b: [ok] }, { requestRetry: 0 }, 'a:transport = transport'],
    [
      'retries that are spent stay spent, whatever a fallback answers',
      { a: [broken], b: [ok], c: [throttle], d: [throttle] },
      {
        requestRetry: 0,
        candidates: [
          candidate('a'),
          candidate('b'),
          candidate('c', { model: 'n', stage: 1 }),
          candidate('d', { model: 'n', stage: 1 }),
        ],
      },
      'a:transport c:throttle d:throttle = transport',
    ],
    [
      'the same account again, where it is the only one',
      { a: [broken, ok] },
      {},
      'a:transport wait 250 a:ok = success',
    ],
    [
      'the pauses grow',
      { a: [broken] },
      {},
      'a:transport wait 250 a:transport wait 500 a:transport wait 1000 a:transport = transport',
    ],
    [
      'every other account first',
      { a: [overload, ok], b: [overload], c: [throttle] },
      {},
      'a:overload b:overload c:throttle wait 400 a:ok = success',
    ],
    [
      'an overload that names a time is not asked again',
      { a: [{ ...overload, waitMs: 30_000 }] },
      {},
      'a:overload = overload',
    ],
    [
      'no pause that ends beyond the deadline',
      { a: [broken, ok] },
      { deadlineMs: 300 },
      'a:transport = transport',
    ],
    ['a faulty request is given back', { a: [faulty], b: [ok] }, {}, 'a:request = deliver'],
    [
      'a 429 is given back where switching is off',
      { a: [throttle], b: [ok] },
      fixed(candidate('a', { switchOn429: false }), candidate('b')),
      'a:throttle = deliver',
    ],
    [
      'other failures are not, although switching on 429 is off',
      { a: [broken], b: [ok] },
      fixed(candidate('a', { switchOn429: false }), candidate('b')),
      'a:transport b:ok = success',
    ],
    [
      'a refused credential is renewed once',
      { a: [refused, ok], b: [ok] },
      {},
      'a:auth a renewed a:ok = success',
    ],
    ['and then given up', { a: [refused], b: [ok] }, {}, 'a:auth a renewed a:auth b:ok = success'],
    [
      'a key cannot be renewed',
      { a: [refused], b: [ok] },
      fixed(candidate('a', { refreshable: false }), candidate('b')),
      'a:auth b:ok = success',
    ],
    [
      'only a person can help',
      { a: [refused], b: [refused] },
      { renew: () => refused },
      'a:auth a not-renewed b:auth b not-renewed = needs-login',
    ],
    [
      'the token endpoint does not answer: another account',
      { a: [refused], b: [ok] },
      { renew: () => broken },
      'a:auth a not-renewed b:ok = success',
    ],
    [
      'it answers a moment later',
      { a: [refused, refused, ok] },
      { renew: (_, nth) => (nth === 0 ? broken : undefined) },
      'a:auth a not-renewed wait 500 a:auth a renewed a:ok = success',
    ],
    [
      'it never answers: the credential is not blamed',
      { a: [refused] },
      { renew: () => broken, requestRetry: 1 },
      'a:auth a not-renewed wait 500 a:auth a not-renewed = transport',
    ],
    ['an empty answer: another account', { a: [empty], b: [ok] }, {}, 'a:empty b:ok = success'],
    [
      'an empty answer: the same one, where it is alone',
      { a: [empty, ok] },
      { requestRetry: 0 },
      'a:empty a:ok = success',
    ],
    ['two empty answers: so be it', { a: [empty], b: [empty], c: [ok] }, {}, 'a:empty b:empty = deliver'],
    [
      'an empty answer, and the others are limited: once more',
      { a: [empty, ok], b: [throttle] },
      {},
      'a:empty b:throttle a:ok = success',
    ],
    [
      'an empty answer is delivered only where it came last',
      { a: [empty, throttle], b: [throttle] },
      {},
      'a:empty b:throttle a:throttle = quota',
    ],
    [
      'all rest for long: nobody is asked',
      { a: [ok], b: [ok] },
      { health: resting('a', spent, resting('b', spent)) },
      '= quota',
    ],
    [
      'a short rest that was a guess is sat out',
      { a: [ok] },
      { health: resting('a', broken) },
      'wait 5000 a:ok = success',
    ],
    [
      'unless the deadline comes first',
      { a: [ok] },
      { health: resting('a', broken), deadlineMs: 4000 },
      '= transport',
    ],
    [
      'one that is nearly used up is left alone while another has room',
      { a: [ok], b: [ok] },
      { health: nearlySpent('a'), candidates: [candidate('a', { weight: 5 }), candidate('b')] },
      'b:ok = success',
    ],
    [
      'and serves where none has',
      { a: [ok], b: [throttle] },
      { health: nearlySpent('a') },
      'b:throttle a:ok = success',
    ],
    ['the owner goes first', { a: [ok], b: [ok] }, { owner: 'b' }, 'b:ok = success'],
    [
      'a resting owner is passed over',
      { a: [ok], b: [ok] },
      { owner: 'b', health: resting('b', throttle) },
      'a:ok = success',
    ],
    ['nobody at all', {}, {}, '= transport'],
    ['no time at all', { a: [ok] }, { deadlineMs: 0 }, '= transport'],
  ];
  it.each(rows)('%s', (_, script, more, expected) => {
    expect(play(script, more)).toBe(expected);
  });

  const held: readonly [string, Readonly<Record<string, readonly Answer[]>>, Partial<World>, string][] = [
    [
      'the soonest of the limits is waited for',
      { a: [throttle, ok], b: [spent] },
      { holdMs: 60 * SECOND },
      'a:throttle b:window-spent wait 20900 a:ok = success',
    ],
    [
      'also where nobody was asked',
      { a: [ok] },
      { holdMs: 30 * SECOND, health: resting('a', throttle) },
      'wait 20000 a:ok = success',
    ],
    ['not beyond its end', { a: [throttle, ok] }, { holdMs: 10 * SECOND }, 'a:throttle = quota'],
    [
      'not beyond its retries',
      { a: [broken, ok], b: [ok] },
      { requestRetry: 0, holdMs: HOUR },
      'a:transport = transport',
    ],
    [
      'not beyond them where nobody rests either',
      { a: [overload, ok], b: [ok] },
      { requestRetry: 0, holdMs: HOUR },
      'a:overload = overload',
    ],
    ['not what waiting does not mend', { a: [lacking, ok] }, { holdMs: HOUR }, 'a:capability = refused'],
  ];
  it.each(held)('a client that would rather wait: %s', (_, script, more, expected) => {
    expect(play(script, more)).toBe(expected);
  });

  const readable: readonly [string, Readonly<Record<string, readonly Answer[]>>, Partial<World>, string][] = [
    [
      'back to the owner as soon as its short rest is over',
      { a: [ok], b: [unreadable] },
      { owner: 'a', health: resting('a', { ...throttle, waitMs: 3 * SECOND }) },
      'b:affinity wait 2900 a:ok = success',
    ],
    [
      'back to the owner that has failed by chance',
      { a: [broken, ok], b: [unreadable] },
      { owner: 'a' },
      'a:transport b:affinity wait 150 a:ok = success',
    ],
    [
      'back to it within the retries and no further',
      { a: [broken], b: [unreadable] },
      { owner: 'a', requestRetry: 1 },
      'a:transport b:affinity wait 150 a:transport = transport',
    ],
    [
      'an owner that rests long is named with its time, and others are not asked in vain',
      { a: [ok], b: [unreadable], c: [unreadable] },
      { owner: 'a', health: resting('a', throttle) },
      'b:affinity = quota',
    ],
    ['nobody owns it', { a: [unreadable], b: [ok] }, {}, 'a:affinity = deliver'],
    ['the owner itself cannot read it', { a: [unreadable], b: [ok] }, { owner: 'a' }, 'a:affinity = deliver'],
    ['the owner is gone', { a: [unreadable], b: [ok] }, { owner: 'gone' }, 'a:affinity = deliver'],
    [
      'the owner will not answer by itself',
      { a: [{ ...refused }], b: [unreadable] },
      { owner: 'a', candidates: [candidate('a', { refreshable: false }), candidate('b')] },
      'a:auth b:affinity = deliver',
    ],
  ];
  it.each(readable)('what only its owner can read: %s', (_, script, more, expected) => {
    expect(play(script, more)).toBe(expected);
  });

  it('no attempt begins after the deadline, not even after a refresh', () => {
    expect(play({ a: [refused, ok] }, { attemptMs: 200, deadlineMs: 300 })).toBe(
      'a:auth a renewed = transport',
    );
  });

  it('an account that others have found limited meanwhile is not asked again', () => {
    const meanwhile = (health: Health, now: number, step: number) =>
      step === 1 ? rest(health, candidate('a'), spent, { now, chance: 0, request: 2 }) : health;
    expect(play({ a: [broken, ok] }, { meanwhile })).toBe('a:transport = quota');
    expect(play({ a: [empty, ok] }, { meanwhile })).toBe('a:empty = deliver');
    const duringRefresh = (health: Health, now: number, step: number) =>
      step === 2 ? rest(health, candidate('a'), spent, { now, chance: 0, request: 2 }) : health;
    expect(play({ a: [refused, ok], b: [ok] }, { meanwhile: duringRefresh })).toBe(
      'a:auth a renewed b:ok = success',
    );
  });
});

describe('a failure after the first content', () => {
  const open = (outcome: Outcome) =>
    openRest(
      learnBroken(noRests, candidate('a'), outcome, { now: START, chance: 0, request: 1 }),
      candidate('a').keys,
      START,
    )?.rest;
  it.each<[string, Outcome, number | undefined]>([
    ['a broken connection rests nobody', broken, undefined],
    ['an overload neither', overload, undefined],
    ['an overload that names a time is kept', { ...overload, waitMs: 30_000 }, START + 30_000],
    ['a limit is kept', spent, START + 5 * HOUR],
  ])('%s', (_, outcome, until) => {
    expect(open(outcome)?.until).toBe(until);
  });
});
