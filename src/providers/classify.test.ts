import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../outcome.ts';
import { classifyByStatus } from './classify.ts';
import type { UpstreamAnswer } from './provider.ts';

/** 2026-11-20T10:00:00Z */
const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);

function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): UpstreamAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: text, model: 'acme/model-1', now: NOW };
}

/** Kind, scope and wait, as one word each. */
function verdict(outcome: Outcome): string {
  const wait = outcome.waitMs === undefined ? '' : ` ${outcome.waitMs}`;
  return `${outcome.kind} ${outcome.scope}${wait}`;
}

describe('a status alone', () => {
  it.each<[number, string]>([
    [400, 'request request'],
    [401, 'auth account'],
    [402, 'billing account'],
    [403, 'policy account'],
    [404, 'request request'],
    [408, 'transport attempt'],
    [409, 'request request'],
    [413, 'request request'],
    [422, 'request request'],
    [429, 'throttle account-model'],
    [499, 'request request'],
    [500, 'transport attempt'],
    [501, 'transport attempt'],
    [502, 'transport attempt'],
    [503, 'overload provider-model'],
    [504, 'transport attempt'],
    [522, 'transport attempt'],
    [529, 'overload provider-model'],
  ])('%i', (status, expected) => {
    const outcome = classifyByStatus(answer(status));
    expect(verdict(outcome)).toBe(expected);
    expect(outcome.status).toBe(status);
  });
});

describe('status, headers and body together', () => {
  const html = { 'content-type': 'text/html; charset=UTF-8' };
  const code = (name: string) => ({ error: { message: 'No.', code: name } });
  const resets = { error: { type: 'usage_limit_reached', resets_at: NOW / 1000 + 60 } };

  it.each<[string, UpstreamAnswer, string]>([
    ['403 as a page', answer(403, '<html><title>Attention</title></html>', html), 'blocked network'],
    ['429 as a page', answer(429, '<html><title>Error 1015</title></html>', html), 'throttle network'],
    [
      '429 as a page with a wait',
      answer(429, '<html></html>', { ...html, 'retry-after': '8' }),
      'throttle network 8000',
    ],
    ['400 of encrypted content', answer(400, code('invalid_encrypted_content')), 'affinity request'],
    ['404 of a response id', answer(404, code('previous_response_not_found')), 'affinity request'],
    [
      '400 that only talks about encrypted content',
      answer(400, { error: { message: 'invalid_encrypted_content', type: 'invalid_request_error' } }),
      'request request',
    ],
    ['401 as a page', answer(401, '<html></html>', html), 'auth account'],
    ['403 without access to the model', answer(403, code('model_not_found')), 'capability account-model'],
    ['404 by code', answer(404, code('model_not_found')), 'capability account-model'],
    ['404 by name', answer(404, { error: { message: 'No acme/model-1 here' } }), 'capability account-model'],
    [
      '404 by name, slash escaped',
      answer(404, String.raw`{"error":"acme\/model-1?"}`),
      'capability account-model',
    ],
    ['404 of another model', answer(404, { error: { message: 'No acme/model-10' } }), 'request request'],
    [
      '404 as a page that repeats the address',
      answer(404, '<p>/v1/acme/model-1</p>', html),
      'request request',
    ],
    ['429 with a wait', answer(429, '', { 'retry-after': '7' }), 'throttle account 7000'],
    [
      '429 with an empty bucket',
      answer(429, '', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }),
      'throttle account-model 360000',
    ],
    ['429 to try again', answer(429, '', { 'x-should-retry': 'true' }), 'throttle request'],
    [
      '429 to try again, of a limiter that counts',
      answer(429, '', { 'x-should-retry': 'true', 'x-ratelimit-limit-requests': '5' }),
      'throttle account-model',
    ],
    ['429 not to try again', answer(429, '', { 'x-should-retry': 'false' }), 'throttle account-model'],
    ['429 of a window', answer(429, resets, { 'retry-after': '5' }), 'window-spent account 60000'],
    ['429 of a window without a reset', answer(429, code('usage_limit_reached')), 'throttle account-model'],
    [
      '429 insufficient_quota with a wait',
      answer(429, code('insufficient_quota'), { 'retry-after': '1' }),
      'billing account',
    ],
    ['429 credit_balance_exhausted', answer(429, code('credit_balance_exhausted')), 'billing account'],
    [
      '429 project_spend_limit_exceeded',
      answer(429, code('project_spend_limit_exceeded')),
      'billing account',
    ],
    [
      '429 organization_usage_limit_exceeded',
      answer(429, code('organization_usage_limit_exceeded')),
      'billing account',
    ],
    ['429 rate_limit_exceeded', answer(429, code('rate_limit_exceeded')), 'throttle account-model'],
    ['429 of a plan without the model', answer(429, code('usage_not_included')), 'capability account-model'],
    [
      '429 overloaded',
      answer(429, code('server_is_overloaded'), { 'retry-after': '9' }),
      'overload provider-model',
    ],
    ['500 overloaded', answer(500, { error: { type: 'overloaded_error' } }), 'overload provider-model'],
    [
      '503 with a wait',
      answer(503, code('server_is_overloaded'), { 'retry-after': '9' }),
      'overload account 9000',
    ],
    ['529 with a wait', answer(529, '', { 'retry-after': '9' }), 'overload provider-model'],
    [
      '400 that only talks about credit',
      answer(400, { error: { type: 'api_error', message: 'credit balance is too low' } }),
      'request request',
    ],
    [
      '400 whose prompt talks about credit',
      answer(400, {
        error: { type: 'invalid_request_error', message: 'Bad role.' },
        input: 'credit balance is too low',
      }),
      'request request',
    ],
    [
      "Google's error in a list",
      answer(400, [{ error: { details: [{ reason: 'API_KEY_INVALID' }] } }]),
      'auth account',
    ],
  ])('%s', (_name, refused, expected) => {
    const outcome = classifyByStatus(refused);
    expect(verdict(outcome)).toBe(expected);
    expect(outcome.waitFrom === undefined).toBe(outcome.waitMs === undefined);
  });
});

describe('the detail', () => {
  it.each<[string, UpstreamAnswer, string]>([
    ['error.message', answer(400, { error: { message: 'Bad role.' } }), 'Bad role.'],
    ['error as a text', answer(400, { error: 'Bad role.' }), 'Bad role.'],
    ['message', answer(400, { message: 'Bad role.' }), 'Bad role.'],
    ['detail', answer(400, { detail: 'Bad role.' }), 'Bad role.'],
    [
      'detail as a list',
      answer(422, { detail: [{ loc: ['body'], msg: 'Field required' }] }),
      'Field required',
    ],
    ['a message beside a code', answer(400, { error: 'bad_role', message: 'Bad role.' }), 'Bad role.'],
    ['only a code', answer(400, { error: { code: 'bad_role' } }), 'bad_role'],
    [
      'a title',
      answer(502, '<html><title>\n502 Bad\tGateway</title></html>', { 'content-type': 'text/html' }),
      '502 Bad Gateway',
    ],
    [
      'a page without a title',
      answer(502, '<html></html>', { 'content-type': 'text/html' }),
      'HTTP 502 Bad Gateway',
    ],
    ['plain text', answer(413, 'Too large\r\n'), 'Too large'],
    ['nothing', answer(529), 'HTTP 529 Overloaded'],
    ['an unknown shape', answer(500, { ok: false }), 'HTTP 500 Internal Server Error'],
    ['control characters', answer(400, { error: 'a\u0007b\u001B[31mc\u202Ed' }), 'a b [31mc d'],
  ])('%s', (_name, refused, detail) => {
    expect(classifyByStatus(refused).detail).toBe(detail);
  });

  it('holds no key that the server repeats', () => {
    const key = `sk-proj-${'x1'.repeat(20)}`;
    const refused = answer(401, { error: { message: `Incorrect API key provided: ${key}. See the docs.` } });
    expect(classifyByStatus(refused).detail).toBe('Incorrect API key provided: [redacted]. See the docs.');
  });

  it('is short and printable, whatever came', () => {
    const anyAnswer = fc.property(
      fc.integer({ min: 300, max: 599 }),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 2000 }), fc.json()),
      fc.dictionary(fc.constantFrom('content-type', 'retry-after', 'x-should-retry'), fc.string()),
      (status, body, headers) => {
        const { detail = '', waitMs = 1, waitFrom } = classifyByStatus(answer(status, body, headers));
        expect(detail).not.toBe('');
        expect(detail.length).toBeLessThanOrEqual(300);
        expect(detail).not.toMatch(/\p{Cc}|\p{Cs}/u);
        expect(waitMs).toBeGreaterThan(0);
        if (waitFrom === undefined) expect(waitMs).toBe(1);
      },
    );
    fc.assert(anyAnswer, { numRuns: 500 });
  });
});
