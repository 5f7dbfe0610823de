import { expect, it } from 'vitest';
import { minutesLeft, spanWords } from './moment.ts';

it.each([
  [-5, '0 s'],
  [0, '0 s'],
  [340, '0.3 s'],
  [1000, '1 s'],
  [9900, '9.9 s'],
  [20_000, '20 s'],
  [119_000, '119 s'],
  [120_000, '2 min'],
  [59 * 60_000, '59 min'],
  [3_600_000, '1 h'],
  [4 * 3_600_000 + 58 * 60_000, '4 h 58 min'],
  [30 * 3_600_000, '30 h'],
  [6 * 86_400_000, '6 days'],
])('a span of %i ms is %s', (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});

it.each([
  [0, '0:00'],
  [999, '0:01'],
  [65_000, '1:05'],
  [-1, '0:00'],
])('of %i ms %s is left', (ms, words) => {
  expect(minutesLeft(ms)).toBe(words);
});
