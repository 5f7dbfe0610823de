import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { judgeCallback } from './callback.ts';

const state = new Secret('the-state');
const issuer = 'https://id.example';
const promised = { state, issuer, issPromised: true };

function outcome(query: string, expected = promised as Parameters<typeof judgeCallback>[1]): string {
  const callback = judgeCallback(new URLSearchParams(query), expected);
  if (callback.kind === 'granted') return `code ${callback.code}`;
  if (callback.kind === 'ignored') return 'ignored';
  return callback.error.failure.kind === 'sign-in' ? callback.error.failure.reason : 'other';
}

describe('judgeCallback', () => {
  it.each([
    ['code=c&state=the-state&iss=https://id.example', 'code c'],
    ['code=c&state=other&iss=https://id.example', 'ignored'],
    ['code=c&iss=https://id.example', 'ignored'],
    ['code=c&state=&iss=https://id.example', 'ignored'],
    ['error=access_denied&state=other', 'ignored'],
    ['state=the-state&iss=https://id.example', 'ignored'],
    ['code=&state=the-state&iss=https://id.example', 'ignored'],
    ['code=c&code=d&state=the-state&iss=https://id.example', 'ignored'],
    ['code=c&state=the-state&state=the-state&iss=https://id.example', 'ignored'],
    ['code=c&state=the-state&iss=https://id.example/', 'wrong-issuer'],
    ['code=c&state=the-state', 'wrong-issuer'],
    ['error=access_denied&state=the-state&iss=https://evil.example', 'wrong-issuer'],
    ['error=access_denied&state=the-state&iss=https://id.example', 'denied'],
    ['error=server_error&state=the-state&iss=https://id.example', 'unreachable'],
    ['error=invalid_scope&code=c&state=the-state&iss=https://id.example', 'denied'],
  ])('%s → %s', (query, expected) => {
    expect(outcome(query)).toBe(expected);
  });

  it('needs no iss from a server that does not promise it, but looks at one that is sent', () => {
    const expected = { state, issuer, issPromised: false };
    expect(outcome('code=c&state=the-state', expected)).toBe('code c');
    expect(outcome('code=c&state=the-state&iss=https://evil.example', expected)).toBe('wrong-issuer');
  });

  it('cannot compare an iss where no issuer is known', () => {
    expect(outcome('code=c&state=the-state&iss=https://x.example', { state, issPromised: false })).toBe(
      'code c',
    );
  });

  it('needs no state where the path binds the callback', () => {
    expect(outcome('code=c', { issPromised: false })).toBe('code c');
  });
});
