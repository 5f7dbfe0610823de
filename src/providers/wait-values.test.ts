import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDurationMs, readHttpDate, untilMidnightMs } from './wait-values.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);

describe('what is written in a header', () => {
  it('a duration that Go prints is read back', () => {
    const durations = fc.property(
      fc.nat({ max: 99 }),
      fc.nat({ max: 59 }),
      fc.nat({ max: 59_999 }),
      (hours, minutes, ms) => {
        const read = readDurationMs(`${hours}h${minutes}m${ms / 1000}s`);
        expect(read).toBeCloseTo((hours * 60 + minutes) * 60_000 + ms, 3);
      },
    );
    fc.assert(durations);
  });

  it('an HTTP date is read back', () => {
    const seconds = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 });
    const dates = fc.property(seconds, (second) => {
      expect(readHttpDate(new Date(second * 1000).toUTCString(), NOW)).toBe(second * 1000);
    });
    fc.assert(dates);
  });
});

describe('midnight in a time zone', () => {
  const pacific = (moment: number) =>
    new Date(moment).toLocaleTimeString('en-GB', { timeZone: 'America/Los_Angeles' });

  it('is the next one, on days of 23 and 25 hours too', () => {
    const year = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    const changes = fc
      .constantFrom(Date.UTC(2026, 2, 8), Date.UTC(2026, 10, 1))
      .chain((day) => fc.integer({ min: day, max: day + 36 * 3_600_000 }));
    const midnights = fc.property(fc.oneof(year, changes), (now) => {
      const wait = untilMidnightMs(now, 'America/Los_Angeles');
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(25 * 3_600_000);
      expect(pacific(now + wait)).toBe('00:00:00');
    });
    fc.assert(midnights, { numRuns: 500 });
  });
});
