import { oneLine } from '../keep-alive.ts';
import type { Failure } from '../../failure.ts';
import { reasonsOf, retryHeaders } from '../exhausted.ts';
import type { EncodedFailure } from '../protocol.ts';

interface Shape {
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** platform.claude.com/docs/en/api/errors */
export function encodeFailure(failure: Failure, now: number): EncodedFailure {
  const { status, headers = {} } = shapeOf(failure);
  const exhausted = failure.kind === 'exhausted' ? retryHeaders(failure, now) : {};
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers, ...exhausted },
    body: JSON.stringify(envelope(failure)),
  };
}

/** Its clients pass over an event without its `event` line. */
export function encodeStreamFailure(failure: Failure): Buffer {
  return Buffer.from(`event: error\ndata: ${JSON.stringify(envelope(failure))}\n\n`);
}

function envelope(failure: Failure): object {
  const error = { type: shapeOf(failure).type, message: failure.message };
  if (failure.kind === 'model-not-found') return { type: 'error', error: { ...error, near: failure.near } };
  if (failure.kind !== 'exhausted') return { type: 'error', error };
  return { type: 'error', error: { ...error, ...reasonsOf(failure) } };
}

function shapeOf(failure: Failure): Shape {
  switch (failure.kind) {
    case 'invalid-request':
    case 'usage':
      return { status: 400, type: 'invalid_request_error' };
    case 'wrong-key':
      return { status: 401, type: 'authentication_error' };
    case 'forbidden':
      return { status: 403, type: 'permission_error' };
    case 'not-found':
    case 'model-not-found':
      return { status: 404, type: 'not_found_error' };
    case 'method-not-allowed':
      return { status: 405, type: 'invalid_request_error', headers: { allow: failure.allow } };
    case 'body-too-large':
      return { status: 413, type: 'request_too_large' };
    case 'unsupported-media-type':
      return { status: 415, type: 'invalid_request_error' };
    case 'upgrade-required':
      return { status: 426, type: 'invalid_request_error', headers: { upgrade: 'HTTP/1.1' } };
    case 'exhausted':
      return exhaustedShape(failure.cause);
    case 'upstream-unreachable':
    case 'broken-stream':
      return { status: 502, type: 'api_error' };
    case 'not-ready':
    case 'store':
    case 'records':
    case 'shutting-down':
      return { status: 503, type: 'api_error', headers: { 'retry-after': '5' } };
    case 'needs-login':
      return { status: 403, type: 'permission_error', headers: { 'x-should-retry': 'false' } };
    // Kinds of commands, not of requests: met here, they are a fault of ours.
    case 'internal':
    case 'settings':
    case 'sign-in':
    case 'refresh':
    case 'refused-by-provider':
    case 'cancelled':
    case 'port-taken':
    case 'no-daemon':
      return { status: 500, type: 'api_error' };
  }
}

function exhaustedShape(cause: (Failure & { kind: 'exhausted' })['cause']): Shape {
  switch (cause) {
    case 'quota':
      return { status: 429, type: 'rate_limit_error' };
    case 'overload':
      return { status: 529, type: 'overloaded_error' };
    case 'transport':
      return { status: 502, type: 'api_error' };
    case 'needs-login':
    case 'refused':
      return { status: 403, type: 'permission_error' };
  }
}

export function encodeErrorBody(body: string): Buffer {
  const wrap = (message: string) => ({ type: 'error', error: { type: 'api_error', message } });
  return Buffer.from(`event: error\ndata: ${oneLine(body, wrap)}\n\n`);
}
