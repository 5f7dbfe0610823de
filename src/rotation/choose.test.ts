import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidate } from '../../test/rotation/scripted-world.ts';
import type { Candidate } from './candidate.ts';
import { choose as chooseBy, noTurns, type Choice, type Strategy, type Turns } from './choose.ts';
import { noRests } from './rests.ts';

function choose(
  available: readonly Candidate[],
  owner: string | undefined,
  strategy: Strategy,
  turns: Turns,
): Choice | undefined {
  return chooseBy(available, { owner, strategy, turns, health: noRests, now: 0, chance: 0 });
}

function picks(
  rounds: readonly (readonly Candidate[])[],
  strategy: Strategy,
  owner?: string,
): readonly string[] {
  let turns: Turns = noTurns;
  return rounds.map((available) => {
    const choice = choose(available, owner, strategy, turns);
    turns = choice?.turns ?? turns;
    return choice?.candidate.account ?? 'nobody';
  });
}

function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value);
}

/** How far the busiest liar among the accounts is from its share of the rounds in which it could serve, in rounds. */
function worstMiss(rounds: readonly (readonly Candidate[])[]): number {
  const owed = new Map<string, number>();
  const chosen = picks(rounds, 'round-robin');
  rounds.forEach((available, at) => {
    const sum = available.reduce((total, { weight }) => total + weight, 0);
    for (const { account, weight } of available) {
      const served = chosen[at] === account ? 1 : 0;
      owed.set(account, (owed.get(account) ?? 0) + weight / sum - served);
    }
  });
  return Math.max(...[...owed.values()].map(Math.abs));
}

const weights = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 10 }), fc.double({ min: 0.1, max: 50, noNaN: true })),
  {
    minLength: 2,
    maxLength: 6,
  },
);
const pool = weights.map((list) => list.map((weight, at) => candidate(`a${at}`, { weight })));

describe('round-robin', () => {
  it('takes turns one by one where the weights are equal', () => {
    const all = ['a', 'b', 'c'].map((name) => candidate(name));
    expect(picks(times(6, all), 'round-robin')).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('interleaves by weight instead of clumping', () => {
    const all = [candidate('a', { weight: 5 }), candidate('b'), candidate('c')];
    expect(picks(times(7, all), 'round-robin').join('')).toBe('aabacaa');
  });

  it('keeps the weights within 1 % over thousands of picks', () => {
    const shares = fc.property(pool, (all) => {
      expect(worstMiss(times(3000, all))).toBeLessThan(30);
    });
    fc.assert(shares, { numRuns: 50 });
  });

  it('keeps them while accounts come and go', () => {
    const seasons = fc.property(
      pool,
      fc.array(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      (all, patterns, length) => {
        const available = (at: number) => {
          const pattern = patterns[Math.floor(at / length) % patterns.length] ?? [];
          const present = all.filter((_, index) => pattern[index]);
          return present.length > 0 ? present : all;
        };
        const rounds = Array.from({ length: 4000 }, (_, at) => available(at));
        expect(worstMiss(rounds)).toBeLessThan(40);
      },
    );
    fc.assert(seasons, { numRuns: 150 });
  });

  it('gives an account that was away no more than its share when it is back', () => {
    const [a, b] = [candidate('a'), candidate('b')];
    const rounds = [...times(500, [a]), ...times(100, [a, b])];
    const afterwards = picks(rounds, 'round-robin').slice(500);
    expect(afterwards.filter((account) => account === 'b')).toHaveLength(50);
    expect(afterwards.slice(0, 10).filter((account) => account === 'b').length).toBeLessThanOrEqual(6);
  });

  it('the same question has the same answer, and asking changes nothing', () => {
    const all = [candidate('a', { weight: 2 }), candidate('b')];
    const turns: Turns = new Map([['a', -1]]);
    const first = choose(all, undefined, 'round-robin', turns);
    expect(choose(all, undefined, 'round-robin', turns)).toEqual(first);
    expect(turns).toEqual(new Map([['a', -1]]));
  });
});

describe('fill-first', () => {
  it('sticks to the first while it is there, and comes back to it', () => {
    const [a, b] = [candidate('a'), candidate('b', { weight: 9 })];
    const rounds = [[a, b], [a, b], [b], [b], [a, b]];
    expect(picks(rounds, 'fill-first')).toEqual(['a', 'a', 'b', 'b', 'a']);
  });
});

describe('priority', () => {
  it.each<Strategy>(['round-robin', 'fill-first'])(
    'a lower tier serves only while no higher one can (%s)',
    (strategy) => {
      const low = candidate('low', { weight: 100, priority: -1 });
      const high = candidate('high', { priority: 5 });
      const rounds = [[low, high], [low, high], [low], [low, high]];
      expect(picks(rounds, strategy)).toEqual(['high', 'high', 'low', 'high']);
    },
  );

  it('nobody of a lower tier is picked while one of a higher can be', () => {
    const tiers = fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 9 }), priority: fc.integer({ min: -2, max: 2 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    const holds = fc.property(
      tiers,
      fc.constantFrom<Strategy>('round-robin', 'fill-first'),
      (list, strategy) => {
        const all = list.map((one, at) => candidate(`a${at}`, one));
        const top = Math.max(...all.map(({ priority }) => priority));
        const chosen = new Set(picks(times(50, all), strategy));
        expect(
          all.filter(({ account }) => chosen.has(account)).every(({ priority }) => priority === top),
        ).toBe(true);
      },
    );
    fc.assert(holds);
  });
});

describe('the owner of the conversation', () => {
  const all = [candidate('a', { priority: 9 }), candidate('b')];

  it('goes first, whatever its tier, and costs nobody a turn', () => {
    const turns: Turns = new Map([['a', 3]]);
    expect(choose(all, 'b', 'round-robin', turns)).toEqual({ candidate: all[1], turns });
  });

  it('that cannot serve now is passed over', () => {
    expect(choose(all, 'gone', 'fill-first', noTurns)?.candidate.account).toBe('a');
  });
});

it('nobody is chosen where nobody is there', () => {
  expect(choose([], 'a', 'round-robin', noTurns)).toBeUndefined();
});
