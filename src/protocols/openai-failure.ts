import type { Failure } from '../failure.ts';
import { reasonsOf } from './exhausted.ts';
import { encodeFailureWith, statusOf } from './failure-status.ts';
import type { EncodedFailure } from './protocol.ts';

/** A failure in the envelope that both of OpenAI's protocols have. */
export function encodeOpenAiFailure(failure: Failure, now: number): EncodedFailure {
  return encodeFailureWith(failure, now, statusOf(failure), () => errorObject(failure));
}

export function errorObject(failure: Failure): object {
  const param = failure.kind === 'invalid-request' ? (failure.param ?? null) : null;
  const error = { message: failure.message, type: typeOf(failure), param, code: codeOf(failure) ?? null };
  if (failure.kind === 'model-not-found') return { error: { ...error, param: 'model', near: failure.near } };
  return failure.kind === 'exhausted' ? { error: { ...error, ...reasonsOf(failure) } } : { error };
}

const types: Readonly<Record<number, string>> = {
  403: 'permission_error',
  429: 'rate_limit_error',
  500: 'server_error',
  502: 'server_error',
  503: 'service_unavailable_error',
};

function typeOf(failure: Failure): string {
  if (failure.kind === 'forbidden') return 'request_forbidden';
  return types[statusOf(failure)] ?? 'invalid_request_error';
}

const codes: Readonly<Partial<Record<Failure['kind'], string>>> = {
  'wrong-key': 'invalid_api_key',
  'not-found': 'not_found',
  'model-not-found': 'model_not_found',
  'body-too-large': 'request_too_large',
  'unsupported-media-type': 'unsupported_media_type',
  'upstream-unreachable': 'upstream_error',
  'broken-stream': 'upstream_error',
  'not-ready': 'not_ready',
  store: 'not_ready',
  records: 'not_ready',
  'needs-login': 'needs_login',
};

const exhaustedCodes: Readonly<Record<(Failure & { kind: 'exhausted' })['cause'], string>> = {
  quota: 'rate_limit_exceeded',
  overload: 'server_is_overloaded',
  transport: 'upstream_error',
  'needs-login': 'needs_login',
  refused: 'account_refused',
};

function codeOf(failure: Failure): string | undefined {
  if (failure.kind === 'invalid-request') return failure.code;
  return failure.kind === 'exhausted' ? exhaustedCodes[failure.cause] : codes[failure.kind];
}
