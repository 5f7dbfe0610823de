import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuotaWindow } from '../outcome.ts';
import { noRests, type Health } from './rests.ts';
import { fullest, nearWall, noteWindows, usedNow } from './windows.ts';

const NOW = 1_000_000;
const HOUR = 3_600_000;
const target = { account: 'one', model: 'm' };

function window(name: string, used: number, more: Partial<QuotaWindow> = {}): QuotaWindow {
  return { name, scope: 'account', used, resetsAt: NOW + HOUR, refill: 'at-once', ...more };
}

function told(...windows: readonly QuotaWindow[]): Health {
  return noteWindows(noRests, target, windows, NOW);
}

const of = (health: Health) => health.windows.get('one') ?? [];

describe('what an answer tells of its windows', () => {
  it('stands in for what was known of the same window, and leaves the others', () => {
    const health = noteWindows(
      told(window('5h', 0.2), window('7d', 0.5)),
      target,
      [window('5h', 0.3)],
      NOW + 1,
    );
    expect(of(health).map(({ name, used }) => [name, used])).toEqual([
      ['7d', 0.5],
      ['5h', 0.3],
    ]);
  });

  it('is kept for each model where it counts for one alone', () => {
    const one = window('requests', 0.1, { scope: 'account-model' });
    const first = told(one);
    const health = noteWindows(first, { account: 'one', model: 'n' }, [{ ...one, used: 0.9 }], NOW);
    expect(fullest(of(health), 'm', NOW)?.used).toBe(0.1);
    expect(fullest(of(health), 'n', NOW)?.used).toBe(0.9);
    expect(fullest(of(health), 'other', NOW)).toBeUndefined();
  });

  it('drops what is past its reset, and changes nothing where an answer tells nothing', () => {
    const health = told(window('5h', 0.2), window('7d', 0.5, { resetsAt: NOW + 7 * HOUR }));
    const later = noteWindows(health, target, [window('7d', 0.6, { resetsAt: NOW + 7 * HOUR })], NOW + HOUR);
    expect(of(later).map(({ name }) => name)).toEqual(['7d']);
    expect(noteWindows(health, target, [], NOW + HOUR)).toBe(health);
  });

  it('is bounded, however many a provider tells of', () => {
    const many = Array.from({ length: 500 }, (_, at) => window(`w${at}`, 0));
    expect(of(told(...many)).length).toBe(48);
  });
});

describe('how full a window is', () => {
  const [fixed] = of(told(window('7d', 0.8)));
  const [bucket] = of(told(window('requests', 0.8, { refill: 'gradual' })));

  it.each([
    [0, 0.8, 0.8],
    [HOUR / 4, 0.8, 0.6],
    [HOUR / 2, 0.8, 0.4],
    [HOUR - 1, 0.8, 0],
    [HOUR, undefined, undefined],
    [2 * HOUR, undefined, undefined],
  ])('%i ms later', (ms, atOnce, gradual) => {
    if (!fixed || !bucket) throw new Error('no window was kept');
    expect(usedNow(fixed, NOW + ms)).toBe(atOnce);
    const used = usedNow(bucket, NOW + ms);
    if (gradual === undefined) expect(used).toBeUndefined();
    else expect(used).toBeCloseTo(gradual, 5);
  });

  it('a bucket never grows fuller by itself', () => {
    const rule = fc.property(
      fc.double({ min: 0, max: 1.2, noNaN: true }),
      fc.nat(HOUR),
      fc.nat(HOUR),
      (used, a, b) => {
        const [one] = of(told(window('requests', used, { refill: 'gradual' })));
        const [early, late] = a < b ? [a, b] : [b, a];
        if (!one) throw new Error('no window was kept');
        expect(usedNow(one, NOW + late) ?? 0).toBeLessThanOrEqual(usedNow(one, NOW + early) ?? 0);
      },
    );
    fc.assert(rule);
  });
});

describe('the wall', () => {
  const leaving = { leaveAt: 0.98, longOnly: false };

  it('is near where any window that counts for the model says so', () => {
    const windows = of(told(window('5h', 0.5), window('7d', 0.99)));
    expect(nearWall(windows, 'm', NOW, leaving)?.name).toBe('7d');
    expect(nearWall(windows, 'm', NOW, { ...leaving, leaveAt: 1 })).toBeUndefined();
    expect(nearWall(of(told(window('7d', 1))), 'm', NOW, { ...leaving, leaveAt: 1 })?.name).toBe('7d');
  });

  it('is not a bucket’s, where only long windows count', () => {
    const windows = of(told(window('requests', 1, { refill: 'gradual' })));
    expect(nearWall(windows, 'm', NOW, leaving)?.name).toBe('requests');
    expect(nearWall(windows, 'm', NOW, { ...leaving, longOnly: true })).toBeUndefined();
  });

  it('is not known of an account that told nothing', () => {
    expect(nearWall([], 'm', NOW, leaving)).toBeUndefined();
    expect(fullest([], 'm', NOW)).toBeUndefined();
  });
});
