import { describe, expect, it } from 'vitest';
import { readPasted } from './pasted.ts';

const redirectUri = 'http://127.0.0.1:4444/callback';

describe('readPasted', () => {
  it.each([
    ['the whole address', `${redirectUri}?code=c&state=s`],
    ['an address broken into lines', `  ${redirectUri}?co\n de=c&state=s\r\n`],
    ['an address without its scheme', '127.0.0.1:4444/callback?code=c&state=s'],
  ])('takes %s', (_name, text) => {
    const pasted = readPasted(text, redirectUri, false);
    expect(pasted.kind === 'query' && pasted.query.get('code')).toBe('c');
  });

  it.each([
    ['nothing', ' \n'],
    ['another port', 'http://127.0.0.1:4445/callback?code=c&state=s'],
    ['another path', 'http://127.0.0.1:4444/other?code=c&state=s'],
    ['another host', 'https://evil.example/callback?code=c&state=s'],
    ['a broken address', 'http://?code=c'],
    ['a bare code, which no state binds', 'abc123'],
  ])('says what is wrong with %s', (_name, text) => {
    const pasted = readPasted(text, redirectUri, false);
    expect(pasted.kind === 'problem' && pasted.problem).toMatch(/\.$/);
  });

  it('takes a bare code where a code alone is enough, but no address of elsewhere', () => {
    expect(readPasted(' abc-1+/= ', redirectUri, true)).toEqual({ kind: 'code', code: 'abc-1+/=' });
    expect(readPasted('http://evil.example/?code=c', redirectUri, true).kind).toBe('problem');
    expect(readPasted('код', redirectUri, true).kind).toBe('problem');
  });
});
