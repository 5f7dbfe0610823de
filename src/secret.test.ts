import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

describe('a secret', () => {
  it('is told by none of the ways in which a value gets printed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 9, unit: 'grapheme-ascii' }), (value) => {
        fc.pre(!'[secret] Secret {} { a: [secret] }'.includes(value));
        const secret = new Secret(value);
        const printed = [
          String(secret),
          JSON.stringify({ secret, list: [secret] }),
          inspect(secret, { showHidden: true, depth: 9 }),
          inspect({ secret }),
          Object.entries(secret).join(),
          new Error('x', { cause: secret }).stack ?? '',
        ];
        for (const text of printed) expect(text).not.toContain(value);
      }),
    );
  });

  it('gives itself to whoever asks by name', () => {
    expect(new Secret('sk-1').reveal()).toBe('sk-1');
  });

  it('equals the same text and no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(new Secret(one).equals(other)).toBe(one === other);
        expect(new Secret(one).equals(one)).toBe(true);
      }),
    );
  });

  describe('masked in what a server says', () => {
    const value = 'sk-proj-a/b+c~"d\\e=';
    const secret = new Secret(value);

    it.each([
      ['as it is', value],
      ['in JSON', JSON.stringify(value).slice(1, -1)],
      [
        'in JSON with escaped slashes',
        JSON.stringify(value)
          .slice(1, -1)
          .replaceAll('/', String.raw`\/`),
      ],
      ['in an address', encodeURIComponent(value)],
      [
        'in an address, lower case',
        encodeURIComponent(value).replaceAll(/%../g, (code) => code.toLowerCase()),
      ],
    ])('%s', (_, form) => {
      expect(secret.maskIn(`Incorrect key: ${form}. Again: ${form}`)).toBe(
        'Incorrect key: [secret]. Again: [secret]',
      );
    });

    it('in base64, wherever it stands in what was encoded', () => {
      fc.assert(
        fc.property(
          fc.string(),
          fc.string(),
          fc.constantFrom('base64', 'base64url'),
          (before, after, encoding) => {
            const encoded = Buffer.from(before + value + after).toString(encoding);
            expect(secret.maskIn(encoded)).toContain('[secret]');
            const left = Buffer.from(secret.maskIn(encoded).replaceAll('[secret]', ''), encoding).toString();
            expect(left).not.toContain(value.slice(2, -2));
          },
        ),
      );
    });

    it('leaves any other text, and any text for a value too short to be one', () => {
      expect(secret.maskIn('Incorrect API key provided.')).toBe('Incorrect API key provided.');
      expect(new Secret('').maskIn('abc')).toBe('abc');
      expect(new Secret('key').maskIn('the key')).toBe('the key');
    });
  });
});
