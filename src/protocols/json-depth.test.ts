import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RotaError } from '../failure.ts';
import { isNestedTooDeeply } from './json-depth.ts';
import { parseBody, parseJson } from './json-value.ts';

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('the depth of JSON text', () => {
  it.each([
    ['500 levels', nested(500), false],
    ['501 levels', nested(501), true],
    ['a hundred thousand levels that are never closed', '{"a":'.repeat(100_000), true],
    ['many siblings', `[${Array.from({ length: 2000 }, () => '[{}]').join(',')}]`, false],
    ['brackets in strings', JSON.stringify(['['.repeat(5000)]), false],
    ['brackets behind escaped quotes', JSON.stringify([`"${'['.repeat(5000)}\\`]), false],
    ['levels behind a string that ends in a backslash', `["\\\\",${nested(600)}]`, true],
  ])('%s', (_, text, expected) => {
    expect(isNestedTooDeeply(text)).toBe(expected);
  });

  it('never keeps back what people write', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 8 }), (text) => !isNestedTooDeeply(text)));
  });
});

describe('a body that is nested too deeply', () => {
  it('is refused, and never breaks what comes behind', () => {
    const body = `{"a":${nested(9000)}}`;
    expect(parseJson(body)).toBeUndefined();
    expect(() => parseBody(body)).toThrow(RotaError);
    expect(() => parseBody(body)).toThrow(/nested too deeply/);
  });
});
