import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

describe('nearest', () => {
  const keys = ['strategy', 'affinity', 'port', 'host', 'aliases', 'maxBodyBytes'];

  test.each([
    ['stratgy', 'strategy'],
    ['strateyg', 'strategy'],
    ['PORT', 'port'],
    ['prot', 'port'],
    ['hosts', 'host'],
    ['alias', 'aliases'],
    ['max_body_bytes', 'maxBodyBytes'],
    ['timeout', undefined],
    ['', undefined],
  ])('%j means %j', (word, meant) => {
    expect(nearest(word, keys)[0]).toBe(meant);
  });

  test('takes the nearer of two near ones', () => {
    expect(nearest('tokenEndpoin', ['userEndpoint', 'tokenEndpoint'])[0]).toBe('tokenEndpoint');
  });
});

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['ca', 'abc', 3],
    ['abcd', 'acbd', 1],
  ])('from %j to %j is %i', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });

  test('is symmetric, zero for equals alone, and within the lengths', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  test('one letter more is one further', () => {
    fc.assert(
      fc.property(word, fc.nat(8), (text, place) => {
        expect(editDistance(text, `${text.slice(0, place)}x${text.slice(place)}`)).toBe(1);
      }),
    );
  });
});
