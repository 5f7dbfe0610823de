import type { Failure } from '../../failure.ts';
import { reasonsOf } from '../exhausted.ts';
import { encodeFailureWith, statusOf } from '../failure-status.ts';
import { oneLine } from '../keep-alive.ts';
import type { EncodedFailure } from '../protocol.ts';

const OVERLOADED = 529;

/** platform.claude.com/docs/en/api/errors */
const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  502: 'api_error',
  503: 'api_error',
  [OVERLOADED]: 'overloaded_error',
};

export function encodeFailure(failure: Failure, now: number): EncodedFailure {
  return encodeFailureWith(failure, now, statusOf(failure, OVERLOADED), () => envelope(failure));
}

/** Its clients pass over an event without its `event` line. */
export function encodeStreamFailure(failure: Failure): Buffer {
  return Buffer.from(`event: error\ndata: ${JSON.stringify(envelope(failure))}\n\n`);
}

export function encodeErrorBody(body: string): Buffer {
  const wrap = (message: string) => ({ type: 'error', error: { type: 'api_error', message } });
  return Buffer.from(`event: error\ndata: ${oneLine(body, wrap)}\n\n`);
}

function envelope(failure: Failure): object {
  const type = types[statusOf(failure, OVERLOADED)] ?? 'invalid_request_error';
  const error = { type, message: failure.message };
  if (failure.kind === 'model-not-found') return { type: 'error', error: { ...error, near: failure.near } };
  if (failure.kind !== 'exhausted') return { type: 'error', error };
  return { type: 'error', error: { ...error, ...reasonsOf(failure) } };
}
