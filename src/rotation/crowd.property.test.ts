import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidate } from '../../test/rotation/scripted-world.ts';
import { runVirtually, type Arrival, type VirtualWorld } from '../../test/rotation/virtual-time.ts';
import type { Outcome } from '../outcome.ts';
import type { Strategy } from './choose.ts';
import { underwayAt } from './load.ts';
import { isGuess, openRest } from './rests.ts';
import { askerOf, isOutOfRetries, triedAt } from './rotation.ts';
import { standingOf } from './standing.ts';

const SECOND = 1000;
const DEADLINE = 60 * SECOND;
/** A queue in which everybody has a place. */
const ROOMY = 100;
/** The longest that is ruled or named here, and a tenth. */
const LONGEST_REST = 3600 * SECOND * 1.1;

const outcomes: readonly Outcome[] = [
  { kind: 'throttle', scope: 'account', status: 429, waitMs: 3 * SECOND, waitFrom: 'retry-after' },
  { kind: 'throttle', scope: 'account', status: 429, waitMs: 0, waitFrom: 'retry-after' },
  { kind: 'throttle', scope: 'account-model', status: 429 },
  { kind: 'throttle', scope: 'request', status: 429 },
  { kind: 'throttle', scope: 'network', status: 429 },
  { kind: 'window-spent', scope: 'account', status: 429, waitMs: 60 * SECOND, waitFrom: 'resets_at' },
  { kind: 'overload', scope: 'provider-model', status: 529 },
  { kind: 'overload', scope: 'account', status: 503, waitMs: 4 * SECOND, waitFrom: 'retry-after' },
  { kind: 'transport', scope: 'attempt' },
  { kind: 'transport', scope: 'attempt', status: 500 },
  { kind: 'slow', scope: 'account-model' },
  { kind: 'blocked', scope: 'network', status: 403 },
  { kind: 'billing', scope: 'account', status: 402 },
  { kind: 'auth', scope: 'account', status: 401 },
  { kind: 'policy', scope: 'account', status: 403 },
  { kind: 'capability', scope: 'account-model', status: 404 },
  { kind: 'empty', scope: 'request', status: 200 },
  { kind: 'request', scope: 'request', status: 400 },
  { kind: 'affinity', scope: 'request', status: 400 },
];

interface Plan {
  readonly accounts: readonly {
    readonly phases: readonly { readonly ms: number; readonly what: number }[];
    readonly maxConcurrent: number;
    readonly priority: number;
    readonly provider: string;
    readonly refreshable: boolean;
    readonly draining: boolean;
  }[];
  readonly requests: readonly Arrival[];
  readonly strategy: Strategy;
  readonly requestRetry: number;
  readonly maxQueued: number;
  readonly holdMs: number;
  readonly attemptMs: number;
  readonly firstMs: number;
  readonly chance: number;
}

/** What an account answers from a moment on. Below 0: well. */
const phases = fc.array(
  fc.record({
    ms: fc.integer({ min: 1, max: 20 * SECOND }),
    what: fc.integer({ min: -8, max: outcomes.length - 1 }),
  }),
  { minLength: 1, maxLength: 5 },
);

const plans: fc.Arbitrary<Plan> = fc.record({
  accounts: fc.array(
    fc.record({
      phases,
      maxConcurrent: fc.constantFrom(1, 2, 3, Infinity),
      priority: fc.integer({ min: 0, max: 1 }),
      provider: fc.constantFrom('lab', 'lab', 'works'),
      refreshable: fc.boolean(),
      draining: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  requests: fc.array(
    fc
      .record({
        at: fc.integer({ min: 0, max: 20 * SECOND }),
        conversation: fc.option(fc.constantFrom('one', 'two'), { nil: undefined }),
        owner: fc.option(fc.constantFrom('a0', 'a1', 'gone'), { nil: undefined }),
        hangsUpAfterMs: fc.option(fc.integer({ min: 0, max: 10 * SECOND }), { nil: undefined }),
      })
      .map(
        (one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as never,
      ),
    { minLength: 1, maxLength: 12 },
  ),
  strategy: fc.constantFrom<Strategy>('round-robin', 'fill-first', 'least-used', 'random'),
  requestRetry: fc.integer({ min: 0, max: 3 }),
  maxQueued: fc.constantFrom(0, 2, ROOMY),
  holdMs: fc.constantFrom(0, 0, 0, 20 * SECOND),
  attemptMs: fc.integer({ min: 1, max: 5 * SECOND }),
  firstMs: fc.integer({ min: 0, max: 5 * SECOND }),
  chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

function worldOf(plan: Plan, watch: Watch): VirtualWorld {
  const { accounts, strategy, requestRetry, maxQueued, holdMs, attemptMs, firstMs, chance } = plan;
  return {
    ...watch,
    candidates: accounts.map(({ maxConcurrent, priority, provider, refreshable, draining }, at) =>
      candidate(`a${at}`, { maxConcurrent, priority, provider, refreshable, draining }),
    ),
    limits: { strategy, requestRetry, maxQueued, leaveAt: 0.98 },
    deadlineMs: DEADLINE,
    holdMs,
    chance: () => chance,
    reply({ candidate: { account }, at }) {
      const list = accounts[Number(account.slice(1))]?.phases ?? [];
      let until = 0;
      const phase = list.find(({ ms }) => (until += ms) > at) ?? list.at(-1);
      const outcome = outcomes[phase?.what ?? -1];
      return outcome ? { ms: attemptMs, outcome } : { ms: attemptMs + firstMs, firstMs };
    },
    renew: (_, at) =>
      at % 3 === 0 ? { kind: 'auth', scope: 'account', detail: 'invalid_grant' } : undefined,
  };
}

type Watch = Pick<VirtualWorld, 'onSend' | 'onEnd' | 'onHealth'>;

const fail = (what: string): never => {
  throw new Error(what);
};

/** No attempt begins after the deadline, and nothing is waited for. */
const endsInTime = ({ attemptMs, firstMs }: Plan): Watch => ({
  onEnd({ at, arrival }) {
    if (at - arrival.at > DEADLINE + attemptMs + firstMs) fail(`a request took ${at - arrival.at} ms`);
  },
});

/** No slot is exceeded, and nobody who waits in the queue is overtaken. */
const keepsPlaces: Watch = {
  onSend({ candidate: { account, maxConcurrent }, request }, { load }, { admission }) {
    if (underwayAt(load, account).all >= maxConcurrent) fail(`${account} has a slot too many`);
    const overtaken = load.queue.find(
      (one) =>
        one.request < request &&
        (one.accounts.includes(account) || (admission.moved && one.ramped.includes(account))),
    );
    if (overtaken) fail(`request ${request} overtook ${overtaken.request}`);
  },
};

/** No account is used while it rests or another is on trial; a guess of ours is put to the test by one at a time. */
const leavesAlone: Watch = {
  onSend({ candidate: { keys }, request, at }, { health, load }, { admission }) {
    const open = openRest(health, keys, at);
    if (open && !(isGuess(open.key, open.rest) && admission.trials.includes(open.key))) {
      fail(`${open.key} rests`);
    }
    for (const key of keys.all) {
      const trial = load.trials.get(key);
      const isOthers = trial && trial.request !== request && trial.until > at;
      if (isOthers && health.rests.has(key)) fail(`${key} is on trial`);
    }
  },
};

/** Nobody is refused while an account could be asked, within the retries and the deadline. */
const refusesNobodyForNothing = ({ maxQueued }: Plan): Watch => ({
  onEnd({ kind, rotation }, { health, load, now }) {
    const isBound = now >= rotation.deadline || isOutOfRetries(rotation, 0);
    if (kind !== 'exhausted' || isBound) return;
    const view = { health, load, now };
    // What only its owner can read, nobody else could serve.
    const able = rotation.due?.kind === 'owner' ? [rotation.due.candidate] : rotation.candidates;
    for (const one of able) {
      if (triedAt(rotation, one) !== undefined) continue;
      const { state } = standingOf(one, askerOf(rotation, 0), view);
      const isAble = state === 'free' || state === 'near-limit';
      if (isAble || (state === 'busy' && maxQueued === ROOMY)) fail(`${one.account} was not asked`);
    }
  },
});

/** What a provider named is never shortened, and no rest is endless. */
const keepsRests: Watch = {
  onHealth(before, after, at) {
    for (const [key, rest] of before.rests) {
      if (rest.until <= at || rest.waitFrom === undefined) continue;
      if ((after.rests.get(key)?.until ?? 0) < rest.until) fail(`the rest of ${key} was cut short`);
    }
    for (const [key, { until }] of after.rests) {
      if (until - at > LONGEST_REST) fail(`${key} rests for ever`);
    }
  },
};

function allOf(watches: readonly Watch[]): Watch {
  return {
    onSend: (...told) => watches.forEach((watch) => watch.onSend?.(...told)),
    onEnd(...told) {
      for (const watch of watches) watch.onEnd?.(...told);
    },
    onHealth: (...told) => watches.forEach((watch) => watch.onHealth?.(...told)),
  };
}

describe('many requests at once, whatever the accounts answer', () => {
  it('end in time, overtake nobody, leave alone what rests, and are not refused for nothing: 100,000 histories', () => {
    const rule = fc.property(plans, (plan) => {
      let ends = 0;
      const counts: Watch = { onEnd: () => void (ends += 1) };
      const watches = [
        counts,
        endsInTime(plan),
        keepsPlaces,
        leavesAlone,
        refusesNobodyForNothing(plan),
        keepsRests,
      ];
      const { load } = runVirtually(worldOf(plan, allOf(watches)), plan.requests);
      if (ends !== plan.requests.length) fail('a request did not end, or did twice');
      // Whatever became of a request, what it held is given back.
      if (load.underway.size + load.queue.length + load.trials.size > 0) fail('something leaked');
    });
    fc.assert(rule, { numRuns: 100_000 });
  }, 300_000);

  it.each<[string, Watch]>([
    [
      'slots',
      {
        onSend: ({ candidate: one }, { load }) => void (underwayAt(load, one.account).all > 1 && fail('two')),
      },
    ],
    ['rests', { onHealth: (_, { rests }) => void (rests.size > 0 && fail('rests')) }],
    ['trials', { onSend: (_, __, { admission }) => void (admission.trials.length > 0 && fail('trial')) }],
    ['the queue', { onSend: (_, { load }) => void (load.queue.length > 1 && fail('queue')) }],
    ['ramps', { onSend: (_, { load }) => void (load.ramps.size > 1 && fail('ramps')) }],
    ['refusals', { onEnd: ({ kind }) => void (kind === 'exhausted' && fail('refused')) }],
    ['hang-ups', { onEnd: ({ kind }) => void (kind === 'hung-up' && fail('hung up')) }],
  ])('the histories have %s in them', (_, watch) => {
    const rule = fc.property(plans, (plan) => void runVirtually(worldOf(plan, watch), plan.requests));
    expect(fc.check(rule, { numRuns: 1000, endOnFailure: true }).failed).toBe(true);
  });
});
