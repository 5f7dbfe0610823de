import { describe, expect, it } from 'vitest';
import { candidate, travel } from '../../test/rotation/scripted-world.ts';
import type { Outcome } from '../outcome.ts';
import type { Candidate } from './candidate.ts';
import { detour } from './detour.ts';
import { begin, type Rotation } from './rotation.ts';

const overloaded: Outcome = { kind: 'overload', scope: 'provider-model', status: 529 };
const throttled: Outcome = { kind: 'throttle', scope: 'account', status: 429, waitMs: 5000 };
const at = (account: string, provider: string, priority = 0) => candidate(account, { provider, priority });
const all = [at('a', 'lab'), at('b', 'lab'), at('c', 'lab'), at('d', 'works'), at('low', 'mill', -1)];

function after(outcome: Outcome, ...accounts: readonly string[]): Rotation {
  const rotation = begin({
    request: 1,
    candidates: all,
    owners: [],
    limits: { strategy: 'round-robin', requestRetry: 3, leaveAt: 0.98, maxQueued: 9 },
    deadline: Infinity,
    holdUntil: 0,
  });
  const tried = all
    .filter(({ account }) => accounts.includes(account))
    .map((one) => [one.keys.accountModel, { candidate: one, outcome }] as const);
  return { ...rotation, attempts: tried.length, tried: new Map(tried) };
}

const names = (candidates: readonly Candidate[]) => candidates.map(({ account }) => account).join('');
const left = (...accounts: readonly string[]) => all.filter(({ account }) => !accounts.includes(account));

describe('where a request goes next', () => {
  it('anywhere while nothing has failed, or what failed was the account', () => {
    expect(detour(after(overloaded), all)).toBe(all);
    expect(names(detour(after(throttled, 'a'), left('a')))).toBe('bcdlow');
  });

  it('after an overload to another provider of the same tier', () => {
    expect(names(detour(after(overloaded, 'a'), left('a')))).toBe('d');
  });

  it('after one, with no other provider in the tier, to the same provider before a lower tier', () => {
    expect(names(detour(after(overloaded, 'a'), left('a', 'd')))).toBe('bclow');
  });

  it('after two to any other provider, be it of a lower tier', () => {
    expect(names(detour(after(overloaded, 'a', 'b'), left('a', 'b', 'd')))).toBe('low');
  });

  it('to the same provider where there is no other', () => {
    expect(names(detour(after(overloaded, 'a', 'b'), left('a', 'b', 'd', 'low')))).toBe('c');
  });
});

it('a provider that is overloaded costs no request all of its retries while another has room', () => {
  const { end, events } = travel({
    candidates: all,
    answer: (account) => (account === 'd' ? 'ok' : overloaded),
  });
  expect(end).toBe('success');
  expect(events.filter(({ kind }) => kind === 'sent').length).toBe(2);
});
