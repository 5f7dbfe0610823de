import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTokenResponse } from './token-response.ts';

const names = ['access_token', 'id_token', 'token_type', 'expires_in', 'scope', 'error', 'anything'];

describe('readTokenResponse', () => {
  it('never loses a refresh token of a success, whatever stands beside it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()), (beside) => {
        const text = JSON.stringify({ ...beside, refresh_token: 'new' });
        expect(readTokenResponse(200, text)).toMatchObject({ kind: 'tokens', body: { refreshToken: 'new' } });
      }),
    );
  });

  it('never throws, and finds tokens in no refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 300, max: 599 }), (text, status) => {
        expect(readTokenResponse(status, text).kind).not.toBe('tokens');
      }),
    );
  });

  it.each([
    [3600, 3600],
    ['3600', 3600],
    [0, 0],
    [-1, undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads expires_in %j as %s', (given, expected) => {
    const reading = readTokenResponse(200, JSON.stringify({ access_token: 'a', expires_in: given }));
    expect(reading.kind === 'tokens' && reading.body.expiresInSeconds).toBe(expected);
  });

  it.each([
    [400, '{"error":"invalid_grant","error_description":"gone"}', 'error'],
    [200, '{"error":"bad_refresh_token"}', 'error'],
    [400, '{"access_token":"a"}', 'malformed'],
    [200, '{"access_token":""}', 'malformed'],
    [200, '["access_token"]', 'malformed'],
    [200, '<html>', 'malformed'],
    [502, '', 'malformed'],
  ])('takes %d %s for %s', (status, text, kind) => {
    expect(readTokenResponse(status, text).kind).toBe(kind);
  });
});
