import { oneLine } from '../keep-alive.ts';
import type { Failure } from '../../failure.ts';
import { reasonsOf, retryHeaders } from '../exhausted.ts';
import type { EncodedFailure } from '../protocol.ts';

interface Shape {
  readonly status: number;
  /** The canonical name (google.rpc.Code). */
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** ai.google.dev/gemini-api/docs/troubleshooting, cloud.google.com/apis/design/errors */
export function encodeFailure(failure: Failure, now: number): EncodedFailure {
  const { status, headers = {} } = shapeOf(failure);
  const exhausted = failure.kind === 'exhausted' ? retryHeaders(failure, now) : {};
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers, ...exhausted },
    body: JSON.stringify(envelope(failure, exhausted['retry-after'])),
  };
}

/** Only `data`: some of its clients fail on any other line. */
export function encodeStreamFailure(failure: Failure): Buffer {
  return Buffer.from(`data: ${JSON.stringify(envelope(failure))}\n\n`);
}

/** One more element, and the end of the array. */
export function encodeArrayFailure(failure: Failure): Buffer {
  return Buffer.from(`,\r\n${JSON.stringify(envelope(failure))}\n]`);
}

/** @param retryAfter seconds; its clients read them here and pass over the header */
function envelope(failure: Failure, retryAfter?: string): object {
  const { status: code, name } = shapeOf(failure);
  const error = { code, message: failure.message, status: name };
  if (failure.kind !== 'exhausted') return { error };
  const retry =
    retryAfter === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }];
  return { error: { ...error, details: [...retry, reasonsOf(failure)] } };
}

function shapeOf(failure: Failure): Shape {
  switch (failure.kind) {
    case 'invalid-request':
    case 'usage':
      return { status: 400, name: 'INVALID_ARGUMENT' };
    case 'wrong-key':
      return { status: 401, name: 'UNAUTHENTICATED' };
    case 'forbidden':
      return { status: 403, name: 'PERMISSION_DENIED' };
    case 'not-found':
    case 'model-not-found':
      return { status: 404, name: 'NOT_FOUND' };
    case 'method-not-allowed':
      return { status: 405, name: 'UNIMPLEMENTED', headers: { allow: failure.allow } };
    case 'body-too-large':
      return { status: 413, name: 'INVALID_ARGUMENT' };
    case 'unsupported-media-type':
      return { status: 415, name: 'INVALID_ARGUMENT' };
    case 'upgrade-required':
      return { status: 426, name: 'FAILED_PRECONDITION', headers: { upgrade: 'HTTP/1.1' } };
    case 'exhausted':
      return exhaustedShape(failure.cause);
    case 'upstream-unreachable':
    case 'broken-stream':
      return { status: 502, name: 'UNAVAILABLE' };
    case 'not-ready':
    case 'store':
    case 'records':
    case 'shutting-down':
      return { status: 503, name: 'UNAVAILABLE', headers: { 'retry-after': '5' } };
    case 'needs-login':
      return { status: 403, name: 'PERMISSION_DENIED', headers: { 'x-should-retry': 'false' } };
    // Kinds of commands, not of requests: met here, they are a fault of ours.
    case 'internal':
    case 'settings':
    case 'sign-in':
    case 'refresh':
    case 'refused-by-provider':
    case 'cancelled':
    case 'port-taken':
    case 'no-daemon':
      return { status: 500, name: 'INTERNAL' };
  }
}

function exhaustedShape(cause: (Failure & { kind: 'exhausted' })['cause']): Shape {
  switch (cause) {
    case 'quota':
      return { status: 429, name: 'RESOURCE_EXHAUSTED' };
    case 'overload':
      return { status: 503, name: 'UNAVAILABLE' };
    case 'transport':
      return { status: 502, name: 'UNAVAILABLE' };
    case 'needs-login':
    case 'refused':
      return { status: 403, name: 'PERMISSION_DENIED' };
  }
}

export function encodeErrorBody(body: string): Buffer {
  const wrap = (message: string) => ({ error: { code: 500, message, status: 'INTERNAL' } });
  return Buffer.from(`data: ${oneLine(body, wrap)}\n\n`);
}
