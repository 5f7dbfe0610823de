import { describe, expect, it } from 'vitest';
import type { Failure } from '../../failure.ts';
import { encodeArrayFailure, encodeFailure, encodeStreamFailure } from './failure.ts';

const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const message = 'It is so.';
type Exhausted = Failure & { readonly kind: 'exhausted' };

function exhausted(cause: Exhausted['cause'], inS?: number): Failure {
  const accounts = [{ account: 'a', provider: 'p', reason: 'throttle' }];
  return {
    kind: 'exhausted',
    message,
    cause,
    accounts,
    ...(inS === undefined ? {} : { retryAt: NOW + inS * 1000 }),
  };
}

const soon = { 'retry-after': '20', 'x-rota-retry-at': new Date(NOW + 20_000).toISOString() };
const stop = { 'x-should-retry': 'false' };
const later = { 'retry-after': '5' };

const rows: readonly [Failure, number, string, Record<string, string>][] = [
  [{ kind: 'invalid-request', message }, 400, 'INVALID_ARGUMENT', {}],
  [{ kind: 'usage', message }, 400, 'INVALID_ARGUMENT', {}],
  [{ kind: 'wrong-key', message }, 401, 'UNAUTHENTICATED', {}],
  [{ kind: 'forbidden', message }, 403, 'PERMISSION_DENIED', {}],
  [{ kind: 'not-found', message }, 404, 'NOT_FOUND', {}],
  [{ kind: 'model-not-found', message, model: 'm', near: [] }, 404, 'NOT_FOUND', {}],
  [{ kind: 'method-not-allowed', message, allow: 'POST' }, 405, 'UNIMPLEMENTED', { allow: 'POST' }],
  [{ kind: 'body-too-large', message, limitBytes: 1 }, 413, 'INVALID_ARGUMENT', {}],
  [{ kind: 'unsupported-media-type', message }, 415, 'INVALID_ARGUMENT', {}],
  [{ kind: 'upgrade-required', message }, 426, 'FAILED_PRECONDITION', { upgrade: 'HTTP/1.1' }],
  [{ kind: 'not-ready', message }, 503, 'UNAVAILABLE', later],
  [{ kind: 'store', message, problem: 'locked' }, 503, 'UNAVAILABLE', later],
  [{ kind: 'records', message }, 503, 'UNAVAILABLE', later],
  [{ kind: 'shutting-down', message }, 503, 'UNAVAILABLE', later],
  [{ kind: 'upstream-unreachable', message }, 502, 'UNAVAILABLE', {}],
  [{ kind: 'broken-stream', message }, 502, 'UNAVAILABLE', {}],
  [{ kind: 'needs-login', message }, 403, 'PERMISSION_DENIED', stop],
  [{ kind: 'internal', message }, 500, 'INTERNAL', {}],
  [{ kind: 'no-daemon', message }, 500, 'INTERNAL', {}],
  [exhausted('quota', 20), 429, 'RESOURCE_EXHAUSTED', soon],
  [exhausted('overload', 20), 503, 'UNAVAILABLE', soon],
  [exhausted('transport', 20), 502, 'UNAVAILABLE', soon],
  [exhausted('needs-login'), 403, 'PERMISSION_DENIED', stop],
  [exhausted('refused'), 403, 'PERMISSION_DENIED', stop],
];

describe('a failure as Gemini says it', () => {
  it.each(rows.map((row) => [`${row[0].kind} ${'cause' in row[0] ? row[0].cause : ''}`, ...row] as const))(
    '%s',
    (_, failure, status, name, headers) => {
      const encoded = encodeFailure(failure, NOW);
      expect({ status: encoded.status, headers: encoded.headers }).toEqual({
        status,
        headers: { 'content-type': 'application/json', ...headers },
      });
      expect(JSON.parse(encoded.body)).toMatchObject({ error: { code: status, message, status: name } });
    },
  );

  it('says when to come back where its clients look for it, and why each account cannot', () => {
    expect(JSON.parse(encodeFailure(exhausted('quota', 20), NOW).body)).toMatchObject({
      error: {
        details: [
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '20s' },
          { retry_at: soon['x-rota-retry-at'], accounts: [{ account: 'a', reason: 'throttle' }] },
        ],
      },
    });
    expect(encodeFailure(exhausted('refused'), NOW).body).not.toContain('RetryInfo');
  });
});

describe('a failure in a stream that has begun', () => {
  const failure: Failure = { kind: 'broken-stream', message: 'so\n\ndata: {}\n\n' };
  const error = { error: { code: 502, message: failure.message, status: 'UNAVAILABLE' } };

  it('is an event of data alone', () => {
    const event = encodeStreamFailure(failure).toString();
    expect(event).toMatch(/^data: [^\r\n]*\n\n$/);
    expect(JSON.parse(event.slice('data: '.length))).toEqual(error);
  });

  it('is the last element of an array', () => {
    const whole = `[{"candidates":[]}${encodeArrayFailure(failure).toString()}`;
    expect(JSON.parse(whole)).toEqual([{ candidates: [] }, error]);
  });
});
