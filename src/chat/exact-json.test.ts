import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExactInteger, readExactJson, roundedOf, writeExactJson } from './exact-json.ts';

const rewritten = (text: string) => writeExactJson(readExactJson(text));

describe('integers that no number can hold', () => {
  it.each([
    '9007199254740993',
    '-9223372036854775808',
    '[18446744073709551615,1]',
    '{"id":1234567890123456789,"text":"1234567890123456789","deep":[{"id":1234567890123456789}]}',
    String.raw`{"a \" 1234567890123456789":"\\","b":1234567890123456789}`,
  ])('keep every digit: %s', (text) => {
    expect(rewritten(text)).toBe(text);
  });

  it('are the nearest number to who asks for one', () => {
    const value = readExactJson('9007199254740993');
    expect(isExactInteger(value) && roundedOf(value)).toBe(9007199254740992);
  });

  it('are told from a text that looks like what stands for them', () => {
    const text = String.raw`{"id":1234567890123456789,"text":"\u0000exact:12"}`;
    expect(readExactJson(text)).toEqual({ id: JSON.parse('1234567890123456789'), text: '\u0000exact:12' });
  });
});

describe('all other JSON', () => {
  it('is read and written as ever', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(rewritten(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('is read as ever beside a long integer', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (value, big) => {
        const text = `[${JSON.stringify(value)},${big}]`;
        expect(rewritten(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('has names that are texts, also where they look like what stands for an integer', () => {
    const text = String.raw`{"\u0000exact:12":1}`;
    expect(rewritten(text)).toBe(text);
  });

  it.each(['1234567890123456789.5', '1.234567890123456789e30', '0.12345678901234567'])(
    'is no integer: %s',
    (text) => {
      expect(rewritten(text)).toBe(JSON.stringify(JSON.parse(text)));
    },
  );

  it.each([
    '',
    '{',
    '[1234567890123456789',
    '{"a":1234567890123456789',
    '12345678901234567890x',
    '"',
    '01234567890123456789',
  ])('that is none is refused as ever: %s', (text) => {
    expect(() => readExactJson(text)).toThrow(SyntaxError);
  });
});
