import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scrub } from './scrub.ts';

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl-X_9';

describe('scrub', () => {
  test.each([
    ['sk-proj-AbCdEf123456', '[masked]'],
    ['Incorrect API key provided: sk-ab12cd34.', 'Incorrect API key provided: [masked].'],
    ['(sk-ant-api03-AbC_dEf-123)', '([masked])'],
    ['AIzaSyA1234567890abcdefghijklmnopqrstuv', '[masked]'],
    ['ya29.a0AfB_byC-123456', '[masked]'],
    ['ghp_0123456789abcdefABCDEF', '[masked]'],
    ['AKIAIOSFODNN7EXAMPLE', '[masked]'],
    ['zz_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789', '[masked]'],
    [`token ${jwt} ends`, 'token [masked] ends'],
    ['a -----BEGIN PRIVATE KEY-----\nMIIE\nvQ==\n-----END PRIVATE KEY-----\n b', 'a [masked]\n b'],
    ['-----BEGIN RSA PRIVATE KEY-----\\nMIIE', '[masked]'],
    ['{"private_key": "hunter2", "type": "x"}', '{"private_key": "[masked]", "type": "x"}'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [masked]'],
    ['authorization: Basic dXNlcjpwYXNz', 'authorization: Basic [masked]'],
    ['authorization: hunter2', 'authorization: [masked]'],
    ['{"x-api-key": "hunter2", "a": 1}', '{"x-api-key": "[masked]", "a": 1}'],
    ['Set-Cookie: a=b; c=d', 'Set-Cookie: [masked]'],
    ['GET /v1beta/models?key=hunter2&alt=sse', 'GET /v1beta/models?key=[masked]&alt=sse'],
    ['/callback?code=4/0Ab&state=xyz#a', '/callback?code=[masked]&state=[masked]#a'],
    ['grant_type=refresh_token&refresh_token=hunter2', 'grant_type=refresh_token&refresh_token=[masked]'],
    ['client_secret=hunter2', 'client_secret=[masked]'],
    ['{"access_token":"hun\\"ter2","expires_in":3600}', '{"access_token":"[masked]","expires_in":3600}'],
    ['http://user:pa55@proxy.example:3128/', 'http://[masked]@proxy.example:3128/'],
  ])('masks in %j', (text, scrubbed) => {
    expect(scrub(text)).toBe(scrubbed);
  });

  test.each([
    'ada@example.com switched to bob@example.com',
    'https://ada.example/a/@b',
    'the task-management account risk-averse-team rests',
    'claude-sonnet-4-20250514 and gpt-5.5-mini and gemini-2.5-flash-preview',
    'request req_011CSHoEeqs5C35K2UUqR7Fy failed with code=ECONNRESET status=529',
    '01890a5d-ac96-774b-bcce-b302099a8057',
    'inputTokens=12 monkey=1',
    '2026-01-02T03:04:05.678Z',
  ])('leaves %j alone', (text) => {
    expect(scrub(text)).toBe(text);
  });

  const around = fc.string({
    unit: fc.constantFrom(' ', '"', "'", ',', '(', ')', '{', ':', '\n', 'é', '='),
    maxLength: 8,
  });
  const token = fc.constantFrom(
    'sk-AbCdEf1234567890',
    jwt,
    'AIzaSyA1234567890abcdefghijklmno',
    'Bearer hunter2hunter2',
  );

  test('leaves no token readable, whatever punctuation is round it', () => {
    fc.assert(
      fc.property(around, token, around, (before, token, after) => {
        const secret = token.replace('Bearer ', '');
        expect(scrub(before + token + after)).not.toContain(secret.slice(4, 16));
      }),
    );
  });

  test('changes nothing more when done twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(around, token, fc.constantFrom('?key=', 'token=', '://a:b@'))),
        (parts) => {
          const once = scrub(parts.join(''));
          expect(scrub(once)).toBe(once);
        },
      ),
    );
  });

  test.each([
    'aa-',
    'eyJa.',
    'Bearer ',
    'cookie:',
    '://',
    '"key":"\\',
    'sk-',
    '?key',
    'a1_',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ',
  ])('takes time in proportion to the text made of %j', (piece) => {
    const text = piece.repeat(Math.ceil(500_000 / piece.length));
    const began = performance.now();
    scrub(text);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
