import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorPhrase, providerWords } from './provider-words.ts';

describe('providerWords', () => {
  it('is printable and short, whatever a provider says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (words) => {
        const text = providerWords(words);
        expect(Array.from(text).length).toBeLessThanOrEqual(200);
        expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it.each([
    ['plain words stay', 'The code is expired.', 'The code is expired.'],
    ['other scripts stay', 'Доступ запрещён 拒否', 'Доступ запрещён 拒否'],
    ['terminal commands go', 'a\u001b[31mred\u0007\r\nb', 'a [31mred b'],
    ['the direction of writing cannot be turned', 'abc\u202Edef', 'abc def'],
    ['what is no text says nothing', { words: 1 }, ''],
  ])('%s', (_name, words, text) => {
    expect(providerWords(words)).toBe(text);
  });

  it('holds none of the secrets that a server echoes', () => {
    expect(errorPhrase('bad', 'no such code: abc123', ['abc123', ''])).toBe('bad: no such code: [secret]');
  });
});
