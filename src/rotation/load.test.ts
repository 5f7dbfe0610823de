import { describe, expect, it } from 'vitest';
import { admit, endTrials, noLoad, rampedUntil, release, TRIAL_MS, type Admission } from './load.ts';

const NOW = 1_800_000_000_000;
const KEY = 'a m';
const admission = (request: number, more: Partial<Admission> = {}): Admission => ({
  request,
  account: 'a',
  moved: false,
  trials: [],
  ...more,
});

describe('who is on trial', () => {
  it.each([
    ['gives its place back', release],
    ['has shown that it works', endTrials],
  ])('an attempt that took too long, and %s, does not end the trial of the next one', (_, over) => {
    const [first, next] = [admission(1, { trials: [KEY] }), admission(2, { trials: [KEY] })];
    const both = admit(admit(noLoad, first, NOW), next, NOW + TRIAL_MS);
    expect(over(both, first).trials.get(KEY)?.request).toBe(2);
    expect(over(both, next).trials.has(KEY)).toBe(false);
  });
});

describe('a ramp', () => {
  const moves = (count: number, at: number, load = noLoad) =>
    Array.from({ length: count }).reduce<typeof load>(
      (known, _, index) => admit(known, admission(at + index, { moved: true }), at),
      load,
    );

  it('lets one through at first, and one more with each step', () => {
    const load = moves(1, NOW);
    expect(rampedUntil(load, 'a', NOW)).toBe(NOW + 250);
    expect(rampedUntil(load, 'a', NOW + 250)).toBeUndefined();
    expect(rampedUntil(moves(1, NOW + 250, load), 'a', NOW + 250)).toBe(NOW + 500);
  });

  it('counts from what had moved there before it began', () => {
    const later = NOW + 4000;
    const load = moves(1, later, moves(3, NOW));
    expect(rampedUntil(load, 'a', later)).toBe(later + 250);
    expect(rampedUntil(load, 'a', later + 250)).toBeUndefined();
  });

  it('is over after four seconds, and holds up nobody elsewhere', () => {
    const load = moves(20, NOW);
    expect(rampedUntil(load, 'a', NOW + 3999)).toBe(NOW + 4000);
    expect(rampedUntil(load, 'a', NOW + 4000)).toBeUndefined();
    expect(rampedUntil(load, 'b', NOW)).toBeUndefined();
  });
});
