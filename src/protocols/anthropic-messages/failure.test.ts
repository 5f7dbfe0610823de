import { describe, expect, it } from 'vitest';
import type { Failure } from '../../failure.ts';
import { encodeFailure, encodeStreamFailure } from './failure.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const message = 'It is so.';
type Exhausted = Failure & { readonly kind: 'exhausted' };

function exhausted(cause: Exhausted['cause'], inS?: number): Failure {
  const retryAt = inS === undefined ? {} : { retryAt: NOW + inS * 1000 };
  return {
    kind: 'exhausted',
    message,
    cause,
    accounts: [{ account: 'a', provider: 'p', reason: 'throttle' }],
    ...retryAt,
  };
}

const soon = { 'retry-after': '20', 'x-rota-retry-at': new Date(NOW + 20_000).toISOString() };
const stop = { 'x-should-retry': 'false' };
const later = { 'retry-after': '5' };

const rows: readonly [Failure, number, string, Record<string, string>][] = [
  [{ kind: 'invalid-request', message, param: 'model' }, 400, 'invalid_request_error', {}],
  [{ kind: 'usage', message }, 400, 'invalid_request_error', {}],
  [{ kind: 'wrong-key', message }, 401, 'authentication_error', {}],
  [{ kind: 'forbidden', message }, 403, 'permission_error', {}],
  [{ kind: 'not-found', message }, 404, 'not_found_error', {}],
  [{ kind: 'method-not-allowed', message, allow: 'POST' }, 405, 'invalid_request_error', { allow: 'POST' }],
  [{ kind: 'model-not-found', message, model: 'm', near: ['n'] }, 404, 'not_found_error', {}],
  [{ kind: 'body-too-large', message, limitBytes: 1 }, 413, 'request_too_large', {}],
  [{ kind: 'unsupported-media-type', message }, 415, 'invalid_request_error', {}],
  [{ kind: 'upgrade-required', message }, 426, 'invalid_request_error', { upgrade: 'HTTP/1.1' }],
  [{ kind: 'not-ready', message }, 503, 'api_error', later],
  [{ kind: 'store', message, problem: 'locked' }, 503, 'api_error', later],
  [{ kind: 'records', message }, 503, 'api_error', later],
  [{ kind: 'shutting-down', message }, 503, 'api_error', later],
  [{ kind: 'upstream-unreachable', message }, 502, 'api_error', {}],
  [{ kind: 'broken-stream', message }, 502, 'api_error', {}],
  [{ kind: 'needs-login', message }, 403, 'permission_error', stop],
  [{ kind: 'internal', message }, 500, 'api_error', {}],
  [{ kind: 'no-daemon', message }, 500, 'api_error', {}],
  [exhausted('quota', 20), 429, 'rate_limit_error', soon],
  [exhausted('overload', 20), 529, 'overloaded_error', soon],
  [exhausted('transport', 20), 502, 'api_error', soon],
  [exhausted('needs-login'), 403, 'permission_error', stop],
  [exhausted('refused'), 403, 'permission_error', stop],
];

describe('a failure as Messages says it', () => {
  it.each(rows.map((row) => [`${row[0].kind} ${'cause' in row[0] ? row[0].cause : ''}`, ...row] as const))(
    '%s',
    (_, failure, status, type, headers) => {
      const encoded = encodeFailure(failure, NOW);
      expect({ status: encoded.status, headers: encoded.headers }).toEqual({
        status,
        headers: { 'content-type': 'application/json', ...headers },
      });
      expect(JSON.parse(encoded.body)).toMatchObject({ type: 'error', error: { type, message } });
    },
  );

  it('gives each account with its reason', () => {
    expect(JSON.parse(encodeFailure(exhausted('quota', 20), NOW).body)).toMatchObject({
      error: {
        retry_at: soon['x-rota-retry-at'],
        accounts: [{ account: 'a', reason: 'throttle', retry_at: null }],
      },
    });
  });
});

describe('a failure in a stream that has begun', () => {
  it('is an event with its name, whatever the message holds', () => {
    const text = 'so\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n';
    const event = encodeStreamFailure({ kind: 'broken-stream', message: text }).toString();
    expect(event).toMatch(/^event: error\ndata: [^\r\n]*\n\n$/);
    expect(JSON.parse(event.slice('event: error\ndata: '.length))).toEqual({
      type: 'error',
      error: { type: 'api_error', message: text },
    });
  });
});
