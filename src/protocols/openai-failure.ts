import type { Failure } from '../failure.ts';
import { reasonsOf, retryHeaders } from './exhausted.ts';
import type { EncodedFailure } from './protocol.ts';

interface Shape {
  readonly status: number;
  readonly type: string;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure in the envelope that both of OpenAI's protocols have. */
export function encodeOpenAiFailure(failure: Failure, now: number): EncodedFailure {
  const { status, headers = {} } = shapeOf(failure);
  const exhausted = failure.kind === 'exhausted' ? retryHeaders(failure, now) : {};
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers, ...exhausted },
    body: JSON.stringify(errorObject(failure)),
  };
}

export function errorObject(failure: Failure): object {
  const { type, code } = shapeOf(failure);
  const param = failure.kind === 'invalid-request' ? (failure.param ?? null) : null;
  const error = { message: failure.message, type, param, code: code ?? null };
  if (failure.kind === 'model-not-found') return { error: { ...error, param: 'model', near: failure.near } };
  return failure.kind === 'exhausted' ? { error: { ...error, ...reasonsOf(failure) } } : { error };
}

function shapeOf(failure: Failure): Shape {
  switch (failure.kind) {
    case 'invalid-request':
      return { status: 400, type: 'invalid_request_error', ...(failure.code ? { code: failure.code } : {}) };
    case 'usage':
      return { status: 400, type: 'invalid_request_error' };
    case 'wrong-key':
      return { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' };
    case 'forbidden':
      return { status: 403, type: 'request_forbidden' };
    case 'not-found':
      return { status: 404, type: 'invalid_request_error', code: 'not_found' };
    case 'method-not-allowed':
      return { status: 405, type: 'invalid_request_error', headers: { allow: failure.allow } };
    case 'model-not-found':
      return { status: 404, type: 'invalid_request_error', code: 'model_not_found' };
    case 'body-too-large':
      return { status: 413, type: 'invalid_request_error', code: 'request_too_large' };
    case 'unsupported-media-type':
      return { status: 415, type: 'invalid_request_error', code: 'unsupported_media_type' };
    case 'upgrade-required':
      return { status: 426, type: 'invalid_request_error', headers: { upgrade: 'HTTP/1.1' } };
    case 'exhausted':
      return exhaustedShape(failure.cause);
    case 'upstream-unreachable':
    case 'broken-stream':
      return { status: 502, type: 'server_error', code: 'upstream_error' };
    case 'not-ready':
    case 'store':
    case 'records':
      return {
        status: 503,
        type: 'service_unavailable_error',
        code: 'not_ready',
        headers: { 'retry-after': '5' },
      };
    case 'shutting-down':
      return { status: 503, type: 'service_unavailable_error', headers: { 'retry-after': '5' } };
    case 'needs-login':
      return {
        status: 403,
        type: 'permission_error',
        code: 'needs_login',
        headers: { 'x-should-retry': 'false' },
      };
    // Kinds of commands, not of requests: met here, they are a fault of ours.
    case 'internal':
    case 'settings':
    case 'sign-in':
    case 'refresh':
    case 'refused-by-provider':
    case 'cancelled':
    case 'port-taken':
    case 'no-daemon':
      return { status: 500, type: 'server_error' };
  }
}

function exhaustedShape(cause: (Failure & { kind: 'exhausted' })['cause']): Shape {
  switch (cause) {
    case 'quota':
      return { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' };
    case 'overload':
      return { status: 503, type: 'service_unavailable_error', code: 'server_is_overloaded' };
    case 'transport':
      return { status: 502, type: 'server_error', code: 'upstream_error' };
    case 'needs-login':
      return { status: 403, type: 'permission_error', code: 'needs_login' };
    case 'refused':
      return { status: 403, type: 'permission_error', code: 'account_refused' };
  }
}
