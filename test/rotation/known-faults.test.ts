import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/outcome.ts';
import { makeCandidate } from '../../src/rotation/candidate.ts';
import { learnSuccess } from '../../src/rotation/learn.ts';
import { rest } from '../../src/rotation/resting.ts';
import { noRests, openRest, type Health } from '../../src/rotation/rests.ts';
import { anthropic } from '../../src/providers/anthropic.ts';
import { openai } from '../../src/providers/openai.ts';
import { candidate, START, travel } from './scripted-world.ts';
import { runVirtually, type Arrival } from './virtual-time.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const [a, b, c] = [candidate('a'), candidate('b'), candidate('c')];
const silent: Outcome = { kind: 'throttle', scope: 'account-model', status: 429 };
const weekly: Outcome = {
  kind: 'window-spent',
  scope: 'account',
  status: 429,
  waitMs: 6 * DAY,
  waitFrom: 'anthropic-ratelimit-unified-7d-reset',
};
const at = (now: number, request = 1) => ({ now, chance: 0, request });

function judged(
  provider: typeof anthropic,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  return provider.classify({ status, headers, body: JSON.stringify(body), model: 'm', now: START });
}

/** How long something of a candidate rests, in seconds. */
function restsFor(health: Health, one = a, now = START): number {
  return Math.round(((openRest(health, one.keys, now)?.rest.until ?? now) - now) / SECOND);
}

/** Accounts that are asked, in order, by requests that come one after the other. */
function askedBy(
  arrivals: readonly Arrival[],
  answer: (account: string, now: number) => Outcome | undefined,
  candidates = [a, b],
) {
  const asked: string[] = [];
  runVirtually(
    {
      candidates,
      limits: { strategy: 'round-robin', requestRetry: 3, leaveAt: 0.98, maxQueued: 100 },
      deadlineMs: 600 * SECOND,
      chance: () => 0,
      onSend: ({ candidate: one }) => void asked.push(one.account),
      reply({ candidate: { account }, at: now }) {
        const outcome = answer(account, now);
        return outcome ? { ms: 10, outcome } : { ms: 100, firstMs: 10 };
      },
    },
    arrivals,
  );
  return asked;
}

describe('what others get wrong', () => {
  it('a far reset is not cut short: an empty account is not probed for days', () => {
    const health = rest(noRests, a, weekly, at(START));
    expect(restsFor(health)).toBe((6 * DAY) / SECOND);
    expect(restsFor(health, a, START + 5 * DAY)).toBe(DAY / SECOND);
  });

  it('a 429 of a burst is not taken for a quota of hours, though a far reset stands beside it', () => {
    const outcome = judged(
      openai,
      429,
      { error: { code: 'rate_limit_exceeded' } },
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1.2s',
        'x-ratelimit-remaining-tokens': '149984',
        'x-ratelimit-reset-tokens': '6h0m0s',
      },
    );
    expect(outcome).toMatchObject({ kind: 'throttle', waitMs: 1200 });
  });

  it('a 429 without headers benches no healthy accounts', () => {
    const met = rest(rest(noRests, a, silent, at(START, 1)), b, silent, at(START + 100, 2));
    const later = START + 100 + SECOND;
    expect([a, b, c].map((one) => restsFor(met, one, later))).toEqual([0, 0, 0]);
  });

  it('a 529 is no 429: the account does not rest for it', () => {
    const outcome = judged(anthropic, 529, { type: 'error', error: { type: 'overloaded_error' } });
    expect(outcome).toMatchObject({ kind: 'overload', scope: 'provider-model' });
    expect(restsFor(rest(noRests, a, outcome, at(START)))).toBe(0);
  });

  it('a second rest does not shorten the first', () => {
    const first = rest(noRests, a, weekly, at(START));
    const hinted = { ...silent, scope: 'account', waitMs: SECOND, waitFrom: 'retry-after' } as const;
    expect(restsFor(rest(first, a, hinted, at(START)))).toBe((6 * DAY) / SECOND);
  });

  it('one 404 rests an account for ten minutes, for that model alone', () => {
    const outcome = judged(openai, 404, { error: { code: 'model_not_found' } });
    const health = rest(noRests, a, outcome, at(START));
    expect(restsFor(health)).toBe(600);
    expect(restsFor(health, candidate('a', { model: 'n' }))).toBe(0);
  });

  it('mixed reasons are answered with the soonest recovery', () => {
    const { end } = travel({
      candidates: [a, b, c],
      requestRetry: 0,
      answer: (account) =>
        account === 'a' ? weekly : { kind: 'throttle', scope: 'account', status: 429, waitMs: 30 * SECOND },
    });
    expect(end).toMatchObject({ cause: 'quota' });
    const retryAt = typeof end === 'object' ? (end.retryAt ?? 0) : 0;
    expect(retryAt - START).toBeLessThan(31 * SECOND);
  });

  it('an account of the highest priority that has recovered is used again at once', () => {
    const top = candidate('top', { priority: 1 });
    const arrivals = [0, 1, 2, 20, 21, 22].map((s) => ({ at: s * SECOND }));
    const limited: Outcome = {
      kind: 'throttle',
      scope: 'account',
      status: 429,
      waitMs: 19 * SECOND,
      waitFrom: 'retry-after',
    };
    const asked = askedBy(
      arrivals,
      (account, now) => (account === 'top' && now < SECOND ? limited : undefined),
      [top, b],
    );
    expect(asked).toEqual(['top', 'b', 'b', 'b', 'top', 'top', 'top']);
  });

  it('a conversation does not stay with a dead owner', () => {
    const revoked: Outcome = { kind: 'auth', scope: 'account', status: 401 };
    const candidates = [a, b].map((one) => makeCandidate({ ...one, refreshable: false }));
    const arrivals = [0, 1, 2].map((s) => ({ at: s * SECOND, conversation: 'one' }));
    const asked = askedBy(
      arrivals,
      (account, now) => (account === 'a' && now > 0 ? revoked : undefined),
      candidates,
    );
    expect(asked).toEqual(['a', 'a', 'b', 'b']);
  });

  it('a failover does not take the conversation from its owner', () => {
    const broken: Outcome = { kind: 'transport', scope: 'attempt' };
    const arrivals = [0, 1, 20].map((s) => ({ at: s * SECOND, conversation: 'one' }));
    const asked = askedBy(arrivals, (account, now) =>
      account === 'a' && now >= SECOND && now < 2 * SECOND ? broken : undefined,
    );
    expect(asked).toEqual(['a', 'a', 'b', 'a']);
  });

  it('a fault of the request that comes as a 500 does not burn the pool', () => {
    const failed: Outcome = { kind: 'transport', scope: 'attempt', status: 500 };
    const many = Array.from({ length: 10 }, (_, index) => candidate(`many-${index}`));
    const { health, events } = travel({ candidates: many, requestRetry: 1, answer: () => failed });
    expect(events.filter(({ kind }) => kind === 'sent').length).toBe(2);
    expect(Math.max(...many.map((one) => restsFor(health, one)))).toBeLessThanOrEqual(6);
    expect(many.filter((one) => restsFor(health, one) > 0).length).toBe(2);
  });

  it('a limit of the network blacklists no key', () => {
    const blocked: Outcome = { kind: 'blocked', scope: 'network', status: 403 };
    const met = [a, b, c].reduce(
      (health, one, index) => rest(health, one, blocked, at(START, index)),
      noRests,
    );
    expect([...met.rests.keys()]).toEqual(['provider:lab']);
    const over = learnSuccess(met, b, START + 20 * SECOND, START + 21 * SECOND);
    expect(over.rests.size).toBe(0);
  });

  it.each<[string, Outcome, number]>([
    ['no credit', { kind: 'billing', scope: 'account', status: 402 }, 3600],
    ['a refused account', { kind: 'policy', scope: 'account', status: 403 }, 1800],
    ['a refused key', { kind: 'auth', scope: 'account', status: 401 }, 1800],
  ])('%s is looked at again, however often it was met', (_, outcome, seconds) => {
    let health = noRests;
    let now = START;
    for (let time = 0; time < 10; time += 1) {
      health = rest(health, a, outcome, at(now));
      expect(restsFor(health, a, now)).toBe(seconds);
      now += seconds * SECOND;
      expect(openRest(health, a.keys, now)).toBeUndefined();
    }
  });

  it('retries are not all spent on one account while another is only busy', () => {
    const broken: Outcome = { kind: 'transport', scope: 'attempt' };
    const candidates = [candidate('a', { maxConcurrent: 1 }), candidate('b', { maxConcurrent: 1 })];
    const ends: string[] = [];
    runVirtually(
      {
        candidates,
        limits: { strategy: 'fill-first', requestRetry: 1, leaveAt: 0.98, maxQueued: 100 },
        deadlineMs: 60 * SECOND,
        chance: () => 0,
        reply: ({ candidate: { account } }) =>
          account === 'a' ? { ms: 10, outcome: broken } : { ms: 5 * SECOND, firstMs: 10 },
        onEnd: ({ kind }) => void ends.push(kind),
      },
      [{ at: 0, owner: 'b' }, { at: 1 }],
    );
    expect(ends).toEqual(['answered', 'answered']);
  });
});
