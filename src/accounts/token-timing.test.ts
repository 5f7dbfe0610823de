import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oauth, START_MS } from '../../test/rig/accounts.ts';
import { Secret } from '../secret.ts';
import { backOffMs, isUsable, refreshMoment } from './token-timing.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('isUsable', () => {
  it.each([
    { lifeMs: 3_600_000, ageMs: 0, usable: true },
    { lifeMs: 3_600_000, ageMs: 3_569_999, usable: true },
    { lifeMs: 3_600_000, ageMs: 3_570_000, usable: false },
    { lifeMs: 60_000, ageMs: 53_999, usable: true },
    { lifeMs: 60_000, ageMs: 54_000, usable: false },
    { lifeMs: 0, ageMs: 0, usable: false },
  ])('of a life of $lifeMs ms at $ageMs ms: $usable', ({ lifeMs, ageMs, usable }) => {
    expect(isUsable(oauth('token', { lifeMs }), START_MS + ageMs)).toBe(usable);
  });

  it('is true for ever where the provider names no end', () => {
    expect(isUsable({ kind: 'oauth', accessToken: new Secret('token') }, START_MS * 2)).toBe(true);
  });
});

describe('refreshMoment', () => {
  it('lies between 80 and 90 % of any life, and while the token may still be used', () => {
    fc.assert(
      fc.property(chance, fc.integer({ min: 1000, max: 10 ** 9 }), (random, lifeMs) => {
        const credential = oauth('token', { lifeMs });
        const atMs = refreshMoment(credential, START_MS, random) ?? Number.NaN;
        expect(atMs - START_MS).toBeGreaterThanOrEqual(0.8 * lifeMs - 1);
        expect(atMs - START_MS).toBeLessThanOrEqual(0.9 * lifeMs);
        expect(isUsable(credential, atMs - 1)).toBe(true);
      }),
    );
  });

  it('is now where there is a refresh token only', () => {
    expect(refreshMoment({ kind: 'oauth', refreshToken: new Secret('r') }, START_MS, 0)).toBe(START_MS);
  });

  it('does not exist without a refresh token, or without an end', () => {
    const accessToken = new Secret('token');
    expect(refreshMoment({ kind: 'oauth', accessToken, expiresAt: START_MS }, START_MS, 0)).toBeUndefined();
    expect(
      refreshMoment({ kind: 'oauth', accessToken, refreshToken: accessToken }, START_MS, 0),
    ).toBeUndefined();
  });
});

describe('backOffMs', () => {
  it('doubles from 5 s to 5 min', () => {
    expect([1, 2, 3, 6, 7, 50].map((failures) => backOffMs(failures, 0))).toEqual([
      5_000, 10_000, 20_000, 160_000, 300_000, 300_000,
    ]);
  });

  it('is shortened by a fifth at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), chance, (failures, random) => {
        const waitMs = backOffMs(failures, random);
        expect(waitMs).toBeGreaterThanOrEqual(0.8 * backOffMs(failures, 0));
        expect(waitMs).toBeLessThanOrEqual(backOffMs(failures, 0));
      }),
    );
  });
});
