import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidate, START, travel, type Answer, type World } from '../../test/rotation/scripted-world.ts';
import type { Outcome, OutcomeKind } from '../outcome.ts';
import type { Strategy } from './choose.ts';
import { rest } from './resting.ts';
import { noRests, openRest, type Rest } from './rests.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const broken: Outcome = { kind: 'transport', scope: 'attempt' };
const lacking: Outcome = { kind: 'capability', scope: 'account-model', status: 404 };

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
const outcomes = fc
  .record({
    kind: fc.constantFrom(...kinds),
    is429: fc.boolean(),
    waitMs: fc.option(fc.integer({ min: 0, max: 30 * SECOND }), { nil: undefined }),
  })
  .map(({ kind, is429, waitMs }): Outcome => {
    const scope =
      kind === 'capability' || kind === 'slow'
        ? 'account-model'
        : kind === 'request' || kind === 'empty'
          ? 'request'
          : 'account';
    return { kind, scope, ...(is429 ? { status: 429 } : {}), ...(waitMs === undefined ? {} : { waitMs }) };
  });
/** What a refresh can fail with: it has no answer to be empty, and no request to be at fault. */
const refusals = outcomes.filter(({ kind }) => kind !== 'empty' && kind !== 'request');
const answers = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Answer>('ok') },
  { weight: 4, arbitrary: outcomes },
);

/** What an account answers, by the time of the attempt. */
const phases = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 8 * SECOND }), answer: answers }), {
  minLength: 1,
  maxLength: 4,
});

const accounts = fc.array(
  fc.record({
    weight: fc.integer({ min: 1, max: 5 }),
    priority: fc.integer({ min: 0, max: 2 }),
    refreshable: fc.boolean(),
    switchOn429: fc.boolean(),
    phases,
    renewals: fc.array(fc.option(refusals, { nil: undefined }), { minLength: 1, maxLength: 3 }),
    before: fc.option(outcomes, { nil: undefined }),
  }),
  { maxLength: 5 },
);
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const settings = fc.record({
  requestRetry: fc.integer({ min: 0, max: 5 }),
  deadlineMs: fc.integer({ min: 0, max: 60 * SECOND }),
  attemptMs: fc.integer({ min: 0, max: 5 * SECOND }),
  strategy: fc.constantFrom<Strategy>('round-robin', 'fill-first', 'least-used', 'random'),
  owner: fc.option(fc.constantFrom('a0', 'a1', 'elsewhere'), { nil: undefined }),
  chance: chances,
});
const others = fc.array(
  fc.record({ step: fc.nat({ max: 12 }), index: fc.nat({ max: 4 }), outcome: outcomes }),
  { maxLength: 4 },
);

const worlds = fc.tuple(accounts, settings, others).map(([list, { owner, ...rest_ }, meddling]): World => {
  const candidates = list.map(({ weight, priority, refreshable, switchOn429 }, at) =>
    candidate(`a${at}`, { weight, priority, refreshable, switchOn429 }),
  );
  const of = (account: string) => list[Number(account.slice(1))];
  const before = list.reduce(
    (health, one, at) =>
      one.before
        ? rest(health, candidate(`a${at}`), one.before, { now: START, chance: 0, request: 0 })
        : health,
    noRests,
  );
  return {
    ...rest_,
    ...(owner === undefined ? {} : { owner }),
    candidates,
    health: before,
    answer(account, afterMs) {
      let until = 0;
      const current = of(account)?.phases.find(({ ms }) => (until += ms) > afterMs);
      return (current ?? of(account)?.phases.at(-1))?.answer ?? 'ok';
    },
    renew: (account, nth) => of(account)?.renewals.at(nth % (of(account)?.renewals.length ?? 1)),
    meanwhile: (health, now, step) =>
      meddling
        .filter((one) => one.step === step)
        .reduce(
          (known, { index, outcome }) =>
            rest(known, candidate(`a${index}`), outcome, { now, chance: 0, request: 100 + step }),
          health,
        ),
  };
});

/** A 429 without a word may turn out to be the provider's, not the account's. */
const isRetried = ({ kind, waitMs }: Outcome) =>
  ['transport', 'slow', 'overload', 'blocked', 'throttle'].includes(kind) && !waitMs;
const isGuess = ({ kind }: Rest) => ['transport', 'slow', 'overload', 'blocked'].includes(kind);

describe('in any world', () => {
  it('a request ends, and asks each account once, once more after a refresh, and again only within the rules', () => {
    const rule = fc.property(worlds, (world) => {
      const { events } = travel(world);
      const { requestRetry = 3, deadlineMs = 0 } = world;
      let extra = 0;
      events.forEach((event, at) => {
        if (event.kind === 'waited') expect(event.ms).toBeGreaterThan(0);
        if (event.kind !== 'sent') return;
        expect(event.afterMs).toBeLessThan(deadlineMs);
        expect(event.open === undefined || isGuess(event.open)).toBe(true);
        const before = events.slice(0, at).filter((one) => 'account' in one && one.account === event.account);
        const last = before.at(-1);
        if (!last || last.kind === 'renewed') {
          if (!last) expect(event.open).toBeUndefined();
          return;
        }
        extra += 1;
        expect(event.free).toEqual([]);
        const failure = last.kind === 'sent' && last.answer !== 'ok' ? last.answer : undefined;
        if (failure?.kind !== 'empty') expect(failure === undefined || isRetried(failure)).toBe(true);
      });
      expect(extra).toBeLessThanOrEqual(requestRetry + 1);
      const renewed = events.flatMap((event) => (event.kind === 'renewed' ? [event.account] : []));
      expect(new Set(renewed).size).toBe(renewed.length);
    });
    fc.assert(rule, { numRuns: 2000 });
  });

  it('one account that would answer is enough, where bad luck leaves retries for it', () => {
    const rule = fc.property(worlds, fc.nat(), (world, place) => {
      const at = world.candidates.length === 0 ? 0 : place % (world.candidates.length + 1);
      const good = candidate('good', { priority: place % 3 });
      const candidates = world.candidates
        .map((one) => ({ ...one, switchOn429: true }))
        .toSpliced(at, 0, good);
      const answer = (account: string, afterMs: number, attempt: number): Answer => {
        const said = account === 'good' ? 'ok' : world.answer(account, afterMs, attempt);
        return said !== 'ok' && (said.kind === 'request' || said.kind === 'empty') ? lacking : said;
      };
      const journey = travel({
        ...world,
        candidates,
        answer,
        requestRetry: 2 * candidates.length,
        deadlineMs: HOUR,
      });
      expect(journey.end).toBe('success');
    });
    fc.assert(rule, { numRuns: 1000 });
  });

  it('as many broken attempts as requestRetry are borne, and not one more', () => {
    const rule = fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 5 }),
      fc.nat({ max: 7 }),
      chances,
      (many, requestRetry, failures, chance) => {
        let count = 0;
        const candidates = Array.from({ length: many }, (_, at) => candidate(`a${at}`));
        const answer = () => ((count += 1) <= failures ? broken : 'ok');
        const { end } = travel({ candidates, answer, requestRetry, chance });
        expect(end === 'success').toBe(failures <= requestRetry);
      },
    );
    fc.assert(rule);
  });

  it('the owner is asked first where it does not rest', () => {
    const rule = fc.property(worlds, (world) => {
      const owner = world.candidates.find(({ account }) => account === world.owner);
      const isResting =
        owner && openRest(world.meanwhile?.(world.health ?? noRests, START, 0) ?? noRests, owner.keys, START);
      const first = travel(world).events.find((event) => event.kind === 'sent');
      if (owner && !isResting && first) expect(first.account).toBe(world.owner);
    });
    fc.assert(rule);
  });
});
