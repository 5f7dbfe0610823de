import { describe, expect, it } from 'vitest';
import { makeCandidate } from '../../src/rotation/candidate.ts';
import type { Strategy } from '../../src/rotation/choose.ts';
import { runVirtually } from '../rotation/virtual-time.ts';
import type { AccountPlan } from './account.ts';
import { crowd, office } from './scenes.ts';
import { simulate, type Scene } from './simulate.ts';
import { clearSky } from './weather.ts';

const SECOND = 1000;
const MILLION = 1_000_000;
const strategies: readonly Strategy[] = ['round-robin', 'fill-first', 'least-used', 'random'];
const seeds = [1, 2, 3];

function threeAccounts(more: Partial<AccountPlan> = {}): readonly AccountPlan[] {
  return ['one', 'two', 'three'].map((name) => ({
    name,
    provider: 'lab',
    requestsPerMinute: 1000,
    fiveHours: 12 * MILLION,
    week: 1000 * MILLION,
    tells: true,
    ...more,
  }));
}

function scene(seed: number, more: Partial<Scene> = {}): Scene {
  return { ...office({ seed, hours: 12, strategy: 'round-robin' }), weather: clearSky, ...more };
}

describe('the simulation', () => {
  it('is the same for the same seed, and another for another', () => {
    const run = (seed: number) => simulate(office({ seed, hours: 2, strategy: 'random' }));
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });
});

describe.each(strategies)('ten hours in an office, %s', (strategy) => {
  it.each(seeds)(
    'seed %i: nobody is refused while an account is free, and no resting account is asked',
    (seed) => {
      const tally = simulate(office({ seed, hours: 10, strategy }));
      expect(tally.requests).toBeGreaterThan(5000);
      expect(tally.limited).toBeGreaterThan(10);
      expect(tally.refusedWhileFree).toBe(0);
      expect(tally.limitedWhileResting).toBe(0);
      expect(tally.answered / tally.requests).toBeGreaterThan(0.98);
      expect(tally.kept / tally.laterTurns).toBeGreaterThan(0.85);
    },
  );
});

describe.each(strategies)('three accounts and sessions of 200 turns, %s', (strategy) => {
  it.each(seeds)(
    'seed %i: turns stay where their cache is, but for one move when an account is used up',
    (seed) => {
      const { limits } = scene(seed);
      const tally = simulate(
        scene(seed, { accounts: threeAccounts(), desks: 8, limits: { ...limits, strategy } }),
      );
      expect(tally.hops).toBeGreaterThan(0);
      expect(tally.needlessHops).toBe(0);
      expect(tally.kept / tally.laterTurns).toBeGreaterThanOrEqual(0.95);
    },
  );
});

describe('40 sessions over three accounts', () => {
  it.each(seeds)('seed %i: no 429 reaches a client while another account has room', (seed) => {
    const tally = simulate(crowd({ seed, hours: 2, strategy: 'round-robin' }));
    expect(tally.limited).toBeGreaterThan(100);
    expect(tally.refusedForNothing).toBe(0);
    expect(tally.refusedWhileFree).toBe(0);
  });

  it('when one is used up its sessions move, but not as a herd', () => {
    const sentAt = new Map<string, number[]>();
    const ends: string[] = [];
    const [one, two, three] = ['one', 'two', 'three'].map((account) =>
      makeCandidate({ account, provider: 'lab', model: 'm', refreshable: false }),
    );
    if (!one || !two || !three) throw new Error('three were made');
    runVirtually(
      {
        candidates: [one, two, three],
        limits: { strategy: 'round-robin', requestRetry: 3, leaveAt: 0.98, maxQueued: 256 },
        deadlineMs: 600 * SECOND,
        chance: () => 0,
        onSend({ candidate: { account }, at }) {
          sentAt.set(account, [...(sentAt.get(account) ?? []), at]);
        },
        reply: ({ candidate }) =>
          candidate === one
            ? {
                ms: 100,
                outcome: {
                  kind: 'window-spent',
                  scope: 'account',
                  status: 429,
                  waitMs: 3600 * SECOND,
                  waitFrom: 'reset',
                },
              }
            : { firstMs: 800, ms: 20 * SECOND },
        onEnd: ({ kind }) => void ends.push(kind),
      },
      Array.from({ length: 40 }, (_, at) => ({ at: 0, conversation: `c${at}`, owner: 'one' })),
    );
    expect(ends).toEqual(Array.from({ length: 40 }, () => 'answered'));
    for (const account of ['two', 'three']) {
      const times = sentAt.get(account) ?? [];
      expect(times.length).toBeGreaterThan(15);
      times.slice(0, 16).forEach((at, place) => expect(at).toBeGreaterThanOrEqual(100 + 250 * place));
    }
  });
});
