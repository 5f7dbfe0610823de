import { describe, expect, it } from 'vitest';
import { candidate } from '../../test/rotation/scripted-world.ts';
import type { Outcome } from '../outcome.ts';
import { learnSuccess } from './learn.ts';
import { rest } from './resting.ts';
import { noRests, type Health } from './rests.ts';

const SECOND = 1000;
const START = 1_000_000;
const overload: Outcome = { kind: 'overload', scope: 'provider-model', status: 529 };
const broken: Outcome = { kind: 'transport', scope: 'attempt' };
const failed: Outcome = { kind: 'transport', scope: 'attempt', status: 500 };
const blocked: Outcome = { kind: 'blocked', scope: 'network', status: 403 };
const throttled: Outcome = { kind: 'throttle', scope: 'account-model', status: 429 };
const hinted: Outcome = { ...throttled, waitMs: 20 * SECOND, waitFrom: 'retry-after' };

interface Met {
  readonly account: string;
  readonly outcome: Outcome;
  readonly inMs?: number;
  readonly provider?: string;
  readonly model?: string;
  readonly request?: number;
}

function after(...failures: readonly Met[]): Health {
  return failures.reduce(
    (health, { account, outcome, inMs = 0, provider = 'lab', model = 'm', request }, at) => {
      const moment = { now: START + inMs, chance: 0, request: request ?? at + 1 };
      return rest(health, candidate(account, { provider, model }), outcome, moment);
    },
    noRests,
  );
}

const keys = (health: Health) => [...health.rests.keys()].sort();
const times = (count: number, met: Met): readonly Met[] => Array.from({ length: count }, () => met);

describe('overload', () => {
  it('rests no account, and after three within ten seconds the provider’s model', () => {
    expect(keys(after(...times(2, { account: 'a', outcome: overload })))).toEqual([]);
    expect(keys(after(...times(3, { account: 'a', outcome: overload })))).toEqual(['provider:lab m']);
    expect(keys(after(...['a', 'b', 'c'].map((account) => ({ account, outcome: overload }))))).toEqual([
      'provider:lab m',
    ]);
  });

  it('of several models, or over a longer time, rests nobody', () => {
    expect(
      keys(after(...['m', 'n', 'o'].map((model) => ({ account: 'a', outcome: overload, model })))),
    ).toEqual([]);
    expect(
      keys(after(...[0, 6, 12].map((s) => ({ account: 'a', outcome: overload, inMs: s * SECOND })))),
    ).toEqual([]);
  });

  it('that goes on rests the model longer: 2 s, 4 s … a minute', () => {
    let health = after(...times(3, { account: 'a', outcome: overload }));
    const lengths: number[] = [];
    for (let step = 0; step < 8; step += 1) {
      const open = health.rests.get('provider:lab m');
      if (!open) throw new Error('nothing rests');
      lengths.push((open.until - open.since) / SECOND);
      health = rest(health, candidate('a'), overload, { now: open.until, chance: 0, request: 50 + step });
    }
    expect(lengths).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('is over with the first success', () => {
    const health = after(...times(3, { account: 'a', outcome: overload }));
    expect(keys(learnSuccess(health, candidate('b'), START + 1, START + 2))).toEqual([]);
  });
});

describe('limits without a word', () => {
  const two = ['a', 'b'].map((account) => ({ account, outcome: throttled }));

  it('on two accounts within seconds rest the provider, and bench neither account', () => {
    expect(keys(after(...two))).toEqual(['provider:lab']);
    const { until, since } = after(...two).rests.get('provider:lab') ?? { until: 0, since: 0 };
    expect(until - since).toBe(SECOND);
  });

  it('on one account, at two providers, or far apart rest the accounts', () => {
    expect(keys(after(...times(3, { account: 'a', outcome: throttled })))).toEqual(['a m']);
    expect(
      keys(
        after({ account: 'a', outcome: throttled }, { account: 'b', outcome: throttled, provider: 'works' }),
      ),
    ).toEqual(['a m', 'b m']);
    expect(
      keys(
        after({ account: 'a', outcome: throttled }, { account: 'b', outcome: throttled, inMs: 6 * SECOND }),
      ),
    ).toEqual(['a m', 'b m']);
  });

  it('are told from limits with a time: those stay the account’s own', () => {
    expect(keys(after(...['a', 'b', 'c'].map((account) => ({ account, outcome: hinted }))))).toEqual([
      'a m',
      'b m',
      'c m',
    ]);
  });

  it('take back what the accounts were blamed for, and not what a provider named', () => {
    const named = { account: 'b', outcome: hinted };
    expect(
      keys(after(named, { account: 'a', outcome: throttled }, { account: 'c', outcome: throttled })),
    ).toEqual(['b m', 'provider:lab']);
  });
});

describe('broken connections', () => {
  it('of one account rest it alone; of two, the provider', () => {
    expect(keys(after(...times(3, { account: 'a', outcome: broken })))).toEqual(['a']);
    expect(keys(after({ account: 'a', outcome: broken }, { account: 'b', outcome: broken }))).toEqual([
      'provider:lab',
    ]);
  });

  it('to two providers are the network’s: nobody else rests', () => {
    const met = [
      { account: 'a', outcome: broken },
      { account: 'b', outcome: broken },
      { account: 'c', outcome: broken, provider: 'works' },
    ];
    expect(keys(after(...met))).toEqual(['network']);
  });

  it('as a page of an edge network count like silence', () => {
    expect(keys(after({ account: 'a', outcome: blocked }, { account: 'b', outcome: blocked }))).toEqual([
      'provider:lab',
    ]);
  });

  it('as a 500 of one request everywhere may be the request’s doing; of two requests they are the provider’s', () => {
    const one = { outcome: failed, request: 7 };
    expect(keys(after({ ...one, account: 'a' }, { ...one, account: 'b' }))).toEqual(['a', 'b']);
    expect(keys(after({ outcome: failed, account: 'a' }, { outcome: failed, account: 'b' }))).toEqual([
      'provider:lab',
    ]);
  });

  it('are refuted by a success that began later', () => {
    const first = after({ account: 'a', outcome: broken });
    const healed = learnSuccess(first, candidate('b'), START + 1, START + 2);
    const again = rest(healed, candidate('b'), broken, { now: START + 3, chance: 0, request: 8 });
    expect(keys(again)).toEqual(['a', 'b']);
  });
});
