import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonMistake } from './json-text.ts';

const CHARACTERS = Array.from('{}[],:"\\ntru01-.e+ \n\t/#\u0001');

describe('jsonMistake', () => {
  test.each([
    ['{\n  "a": 1,\n}', 3, 1, 'no comma'],
    ['{"a": [1, 2,]}', 1, 13, 'no comma'],
    ['{\r\n  "a": 1\r\n  "b": 2\r\n}', 3, 3, 'a comma or a closing bracket'],
    ['{ // why\n}', 1, 3, 'no comments'],
    ['{"a": 1 # why\n}', 1, 9, 'no comments'],
    ["{'a': 1}", 1, 2, 'double quotes'],
    ['{a: 1}', 1, 2, 'a key in double quotes'],
    ['{"a" 1}', 1, 6, 'a colon'],
    ['{"a": yes}', 1, 7, 'a value is expected'],
    ['{"a": "C:\\dir"}', 1, 10, 'a backslash is written twice'],
    ['{"a": "x\n"}', 1, 9, 'closed with a double quote'],
    ['{"a": 1', 1, 8, 'a bracket is not closed'],
    ['{"a": 01}', 1, 8, 'a comma or a closing bracket'],
    ['{"a": 1]', 1, 8, 'a comma or a closing bracket'],
    ['{}\n{}', 2, 1, 'nothing may follow'],
    ['', 1, 1, 'ends too early'],
  ])('in %j is at %i:%i', (text, line, column, advice) => {
    expect(jsonMistake(text)).toEqual({ line, column, advice: expect.stringContaining(advice) });
  });

  test('finds none in JSON, however deep', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(4), (text, indent) => {
        expect(jsonMistake(JSON.stringify(JSON.parse(text), undefined, indent))).toBeUndefined();
      }),
    );
    expect(jsonMistake('['.repeat(100_000) + ']'.repeat(100_000))).toBeUndefined();
    expect(jsonMistake('['.repeat(100_000))).toBeDefined();
  });

  test('finds one exactly where JSON.parse does', () => {
    const piece = fc.oneof(
      fc.string({ minLength: 1, maxLength: 1, unit: fc.constantFrom(...CHARACTERS) }),
      fc.constantFrom('true', 'null', '"a"', '\\u00e9', '1e5'),
    );
    const spoiled = fc.tuple(fc.json(), fc.nat(), fc.nat(3), piece).map(([json, at, length, put]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + put + json.slice(place + length);
    });
    const text = fc.oneof(
      spoiled,
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (text) => {
        expect(jsonMistake(text) === undefined).toBe(parses(text));
      }),
      { numRuns: 2000 },
    );
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
