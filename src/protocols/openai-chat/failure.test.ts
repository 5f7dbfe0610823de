import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../failure.ts';
import { encodeFailure, encodeStreamFailure } from './failure.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const message = 'It is so.';
const TYPE = 'content-type';
const json = { [TYPE]: 'application/json' };
const stop = { 'x-should-retry': 'false' };
type Exhausted = Failure & { readonly kind: 'exhausted' };

function exhausted(cause: Exhausted['cause'], inS?: number): Failure {
  return {
    kind: 'exhausted',
    message,
    cause,
    accounts: [],
    ...(inS === undefined ? {} : { retryAt: NOW + inS * 1000 }),
  };
}

function objectOf(failure: Failure): Record<string, unknown> {
  return (JSON.parse(encodeFailure(failure, NOW).body) as { error: Record<string, unknown> }).error;
}

const rows: readonly [Failure, number, string, string | null, Record<string, string>][] = [
  [{ kind: 'invalid-request', message, param: 'model' }, 400, 'invalid_request_error', null, {}],
  [
    { kind: 'invalid-request', message, code: 'invalid_value' },
    400,
    'invalid_request_error',
    'invalid_value',
    {},
  ],
  [{ kind: 'wrong-key', message }, 401, 'invalid_request_error', 'invalid_api_key', {}],
  [{ kind: 'forbidden', message }, 403, 'request_forbidden', null, {}],
  [{ kind: 'not-found', message }, 404, 'invalid_request_error', 'not_found', {}],
  [
    { kind: 'method-not-allowed', message, allow: 'POST' },
    405,
    'invalid_request_error',
    null,
    { allow: 'POST' },
  ],
  [
    { kind: 'model-not-found', message, model: 'm', near: [] },
    404,
    'invalid_request_error',
    'model_not_found',
    {},
  ],
  [{ kind: 'body-too-large', message, limitBytes: 1 }, 413, 'invalid_request_error', 'request_too_large', {}],
  [{ kind: 'unsupported-media-type', message }, 415, 'invalid_request_error', 'unsupported_media_type', {}],
  [{ kind: 'upgrade-required', message }, 426, 'invalid_request_error', null, { upgrade: 'HTTP/1.1' }],
  [{ kind: 'not-ready', message }, 503, 'service_unavailable_error', 'not_ready', { 'retry-after': '5' }],
  [
    { kind: 'store', message, problem: 'locked' },
    503,
    'service_unavailable_error',
    'not_ready',
    { 'retry-after': '5' },
  ],
  [{ kind: 'shutting-down', message }, 503, 'service_unavailable_error', null, { 'retry-after': '5' }],
  [{ kind: 'upstream-unreachable', message }, 502, 'server_error', 'upstream_error', {}],
  [{ kind: 'broken-stream', message }, 502, 'server_error', 'upstream_error', {}],
  [{ kind: 'needs-login', message }, 403, 'permission_error', 'needs_login', stop],
  [{ kind: 'internal', message }, 500, 'server_error', null, {}],
  [{ kind: 'usage', message }, 400, 'invalid_request_error', null, {}],
  [{ kind: 'settings', message }, 500, 'server_error', null, {}],
  [{ kind: 'records', message }, 503, 'service_unavailable_error', 'not_ready', { 'retry-after': '5' }],
  [{ kind: 'sign-in', message, reason: 'denied' }, 500, 'server_error', null, {}],
  [{ kind: 'refresh', message, final: true }, 500, 'server_error', null, {}],
  [{ kind: 'refused-by-provider', message, status: 400 }, 500, 'server_error', null, {}],
  [{ kind: 'cancelled', message }, 500, 'server_error', null, {}],
  [{ kind: 'port-taken', message, port: 1 }, 500, 'server_error', null, {}],
  [{ kind: 'no-daemon', message }, 500, 'server_error', null, {}],
  [exhausted('needs-login'), 403, 'permission_error', 'needs_login', stop],
  [exhausted('refused'), 403, 'permission_error', 'account_refused', stop],
  [exhausted('quota'), 429, 'rate_limit_error', 'rate_limit_exceeded', stop],
];

function soon(inS: number, retryAfter: string): Record<string, string> {
  return { 'retry-after': retryAfter, 'x-rota-retry-at': new Date(NOW + inS * 1000).toISOString() };
}

const timed: readonly [Failure, number, string, string | null, Record<string, string>][] = [
  [exhausted('quota', 20), 429, 'rate_limit_error', 'rate_limit_exceeded', soon(20, '20')],
  [exhausted('quota', 60), 429, 'rate_limit_error', 'rate_limit_exceeded', soon(60, '60')],
  [exhausted('quota', 0.2), 429, 'rate_limit_error', 'rate_limit_exceeded', soon(0.2, '1')],
  [exhausted('quota', -5), 429, 'rate_limit_error', 'rate_limit_exceeded', soon(-5, '1')],
  [
    exhausted('quota', 18_000),
    429,
    'rate_limit_error',
    'rate_limit_exceeded',
    { ...soon(18_000, '60'), ...stop },
  ],
  [exhausted('overload', 1), 503, 'service_unavailable_error', 'server_is_overloaded', soon(1, '1')],
  [exhausted('transport', 5), 502, 'server_error', 'upstream_error', soon(5, '5')],
  [exhausted('refused', 30), 403, 'permission_error', 'account_refused', { ...soon(30, '30'), ...stop }],
  [exhausted('needs-login', 30), 403, 'permission_error', 'needs_login', { ...soon(30, '30'), ...stop }],
];

describe('a failure as Chat Completions says it', () => {
  it.each(
    [...rows, ...timed].map(
      (row) => [`${row[0].kind} ${'cause' in row[0] ? row[0].cause : ''}`, ...row] as const,
    ),
  )('%s', (_, failure, status, type, code, headers) => {
    const encoded = encodeFailure(failure, NOW);
    expect({ status: encoded.status, headers: encoded.headers }).toEqual({
      status,
      headers: { ...json, ...headers },
    });
    expect(objectOf(failure)).toMatchObject({ message, type, code });
  });

  it('names the parameter at fault, and null where there is none', () => {
    expect(objectOf({ kind: 'invalid-request', message, param: 'stream' }).param).toBe('stream');
    expect(objectOf({ kind: 'invalid-request', message }).param).toBeNull();
    expect(objectOf({ kind: 'model-not-found', message, model: 'm', near: ['n'] })).toMatchObject({
      param: 'model',
      near: ['n'],
    });
  });

  it('gives each account with its reason and its true time', () => {
    const accounts = [
      {
        account: 'work',
        provider: 'openai',
        reason: 'window-spent',
        detail: 'weekly',
        retryAt: NOW + 86_400_000,
      },
      { account: 'home', provider: 'openai', reason: 'needs-login' },
    ];
    const failure: Failure = {
      kind: 'exhausted',
      message,
      cause: 'quota',
      retryAt: NOW + 86_400_000,
      accounts,
    };
    expect(objectOf(failure)).toMatchObject({
      retry_at: '2026-11-21T10:00:00.000Z',
      accounts: [
        {
          account: 'work',
          provider: 'openai',
          reason: 'window-spent',
          detail: 'weekly',
          retry_at: '2026-11-21T10:00:00.000Z',
        },
        { account: 'home', provider: 'openai', reason: 'needs-login', retry_at: null },
      ],
    });
    expect(objectOf(exhausted('refused')).retry_at).toBeNull();
  });

  it('never asks for less than a second or more than a minute, and says stop where a minute cannot help', () => {
    const times = fc.integer({ min: -86_400_000, max: 691_200_000 });
    const rule = fc.property(
      times,
      fc.constantFrom<Exhausted['cause']>('quota', 'overload', 'transport', 'needs-login', 'refused'),
      (ms, cause) => {
        const { headers } = encodeFailure(
          { kind: 'exhausted', message, cause, accounts: [], retryAt: NOW + ms },
          NOW,
        );
        const wait = Number(headers['retry-after']);
        expect(wait).toBe(Math.min(60, Math.max(1, Math.ceil(ms / 1000))));
        const isHopeless = ms > 60_000 || cause === 'needs-login' || cause === 'refused';
        expect(headers['x-should-retry']).toBe(isHopeless ? 'false' : undefined);
        expect(Date.parse(headers['x-rota-retry-at'] ?? '')).toBe(NOW + ms);
      },
    );
    fc.assert(rule);
  });
});

describe('a failure in a stream that has begun', () => {
  it('is one event with the error object, whatever the message holds', () => {
    const rule = fc.property(fc.string({ unit: 'binary' }), (text) => {
      const event = encodeStreamFailure({
        kind: 'broken-stream',
        message: `${text}\n\ndata: [DONE]\n\n`,
      }).toString();
      expect(event).toMatch(/^data: [^\r\n]*\n\n$/);
      const { error } = JSON.parse(event.slice('data: '.length)) as {
        error: { message: string; type: string };
      };
      expect(error).toMatchObject({ type: 'server_error', param: null, code: 'upstream_error' });
      expect(error.message.endsWith('data: [DONE]\n\n')).toBe(true);
    });
    fc.assert(rule);
  });
});
