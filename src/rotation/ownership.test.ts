import { expect, it } from 'vitest';
import { candidate } from '../../test/rotation/scripted-world.ts';
import type { Candidate } from './candidate.ts';
import { ownerAfter } from './ownership.ts';
import { noRests, type Health } from './rests.ts';
import { noteWindows } from './windows.ts';

const NOW = 1_000_000;
const [one, two] = [candidate('one'), candidate('two')];

function next(
  owner: string | undefined,
  health: Health = noRests,
  candidates: readonly Candidate[] = [one, two],
) {
  return ownerAfter(owner, two, { health, candidates, leaveAt: 0.98, now: NOW });
}

function spent(kind: 'window-spent' | 'throttle', ms: number): Health {
  return { ...noRests, rests: new Map([['one', { kind, since: NOW, until: NOW + ms }]]) };
}

function used(share: number, refill: 'at-once' | 'gradual'): Health {
  const window = { name: '5h', scope: 'account', used: share, resetsAt: NOW + 60_000, refill } as const;
  return noteWindows(noRests, one, [window], NOW);
}

it('a conversation is with whoever answers it first', () => {
  expect(next(undefined)).toBe('two');
});

it('it stays with its owner while that is only away for a moment', () => {
  expect(next('one')).toBe('one');
  expect(next('one', spent('throttle', 60_000))).toBe('one');
  expect(next('one', used(0.99, 'gradual'))).toBe('one');
});

it('it moves where the owner is spent, nearly spent, or gone', () => {
  expect(next('one', spent('window-spent', 60_000))).toBe('two');
  expect(next('one', used(0.98, 'at-once'))).toBe('two');
  expect(next('one', noRests, [two])).toBe('two');
});

it('it moves too where the owner’s long rest is over, but not yet proven to be: the cache is gone', () => {
  const since = (ms: number): Health => ({
    ...noRests,
    rests: new Map([['one', { kind: 'window-spent', since: NOW - ms, until: NOW - 1 }]]),
  });
  expect(next('one', since(3_600_000))).toBe('two');
  const short: Health = {
    ...noRests,
    rests: new Map([['one', { kind: 'throttle', since: NOW - 3000, until: NOW - 1 }]]),
  };
  expect(next('one', short)).toBe('one');
});

it('an owner of another stage is not one of this: each model has a cache of its own', () => {
  expect(next('one', noRests, [candidate('one', { stage: 1 }), two])).toBe('two');
});
