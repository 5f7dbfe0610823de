import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayWords, minutesLeft, momentWords } from './moment.ts';
import { fitted, plain, widthOf } from './plain-text.ts';
import { tableLines } from './table.ts';

describe('tableLines', () => {
  it('sets columns under their titles', () => {
    expect(
      tableLines(
        ['A', 'LONG'],
        [
          ['one', 'x'],
          ['twenty', ''],
        ],
        80,
      ),
    ).toEqual(['A       LONG', 'one     x', 'twenty']);
  });

  it('lets no cell forge a line or drive the terminal', () => {
    expect(tableLines(['A'], [['one\n\u001b[2Jtwo']], 80)).toEqual(['A', 'one [2Jtwo']);
  });

  it('stays within the columns wherever its narrowest form does', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
        fc.integer({ min: 22, max: 120 }),
        (rows, columns) => {
          const lines = tableLines(['ONE', 'TWO', 'THREE'], rows, columns);
          expect(lines).toHaveLength(rows.length + 1);
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });

  it('cuts nothing where there is room', () => {
    const cell = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
        const lines = tableLines(['A', 'B'], rows, Number.POSITIVE_INFINITY);
        rows.forEach(([one, two], at) => {
          expect(lines[at + 1]).toContain(plain(one));
          expect(lines[at + 1]).toContain(plain(two));
        });
      }),
    );
  });
});

describe('text', () => {
  it.each([
    { text: 'abc', width: 3 },
    { text: 'é', width: 1 },
    { text: 'e\u0301', width: 1 },
    { text: '日本', width: 4 },
    { text: '👩‍👩‍👧', width: 2 },
  ])('takes $width columns for $text', ({ text, width }) => {
    expect(widthOf(text)).toBe(width);
  });

  it.each([
    { text: 'abcdef', columns: 6, is: 'abcdef' },
    { text: 'abcdefg', columns: 6, is: 'abcde…' },
    { text: '日本語', columns: 5, is: '日本…' },
    { text: '日本語', columns: 4, is: '日…' },
  ])('fits $text into $columns', ({ text, columns, is }) => {
    expect(fitted(text, columns)).toBe(is);
  });
});

describe('moments', () => {
  const noon = new Date(2026, 10, 20, 12, 0);
  it.each([
    { at: new Date(2026, 10, 20, 9, 5), words: '09:05' },
    { at: new Date(2026, 10, 21, 9, 5), words: '2026-11-21 09:05' },
    { at: new Date(2025, 10, 20, 9, 5), words: '2025-11-20 09:05' },
  ])('says $words', ({ at, words }) => {
    expect(momentWords(at.toISOString(), noon.getTime())).toBe(words);
  });

  it('says nothing of what is no moment', () => {
    expect([momentWords('soon', 0), dayWords('')]).toEqual(['', '']);
  });

  it.each([
    { leftMs: 300_000, words: '5:00' },
    { leftMs: 61_001, words: '1:02' },
    { leftMs: -5, words: '0:00' },
  ])('counts down $words', ({ leftMs, words }) => {
    expect(minutesLeft(leftMs)).toBe(words);
  });
});
