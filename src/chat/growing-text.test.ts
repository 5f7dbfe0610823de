import { array, assert, integer, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { makeGrowingText } from './growing-text.ts';

test('is the sum of its pieces at any time, however many they are', () => {
  assert(
    property(array(string(), { maxLength: 20 }), integer({ min: 1, max: 120 }), (some, times) => {
      const text = makeGrowingText();
      let sum = '';
      for (let round = 0; round < times; round += 1) {
        for (const piece of some) {
          text.add(piece);
          sum += piece;
        }
        if (round % 40 === 0) expect(text.whole()).toBe(sum);
      }
      expect(text.whole()).toBe(sum);
      expect(text.isEmpty).toBe(sum === '');
    }),
  );
});
