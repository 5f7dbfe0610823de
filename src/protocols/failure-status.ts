import type { Failure } from '../failure.ts';
import { retryHeaders } from './exhausted.ts';
import type { EncodedFailure } from './protocol.ts';

/** The status of each failure, the same in every protocol but for an overload, for which some have one of their own. */
export function statusOf(failure: Failure, overload = 503): number {
  switch (failure.kind) {
    case 'invalid-request':
    case 'usage':
      return 400;
    case 'wrong-key':
      return 401;
    case 'forbidden':
    case 'needs-login':
      return 403;
    case 'not-found':
    case 'model-not-found':
      return 404;
    case 'method-not-allowed':
      return 405;
    case 'body-too-large':
      return 413;
    case 'unsupported-media-type':
      return 415;
    case 'upgrade-required':
      return 426;
    case 'exhausted':
      return { quota: 429, overload, transport: 502, 'needs-login': 403, refused: 403 }[failure.cause];
    case 'upstream-unreachable':
    case 'broken-stream':
      return 502;
    case 'not-ready':
    case 'store':
    case 'records':
    case 'shutting-down':
      return 503;
    // Kinds of commands, not of requests: met here, they are a fault of ours.
    case 'internal':
    case 'settings':
    case 'sign-in':
    case 'refresh':
    case 'refused-by-provider':
    case 'cancelled':
    case 'port-taken':
    case 'no-daemon':
      return 500;
  }
}

/** How long to wait, what else to do, and whether to come back at all. */
function headersOf(failure: Failure, now: number): Readonly<Record<string, string>> {
  const { kind } = failure;
  if (kind === 'exhausted') return retryHeaders(failure, now);
  if (kind === 'method-not-allowed') return { allow: failure.allow };
  if (kind === 'upgrade-required') return { upgrade: 'HTTP/1.1' };
  if (kind === 'needs-login') return { 'x-should-retry': 'false' };
  return statusOf(failure) === 503 ? { 'retry-after': '5' } : {};
}

/** @param envelope the error in the protocol's own form, given the headers that go with it */
export function encodeFailureWith(
  failure: Failure,
  now: number,
  status: number,
  envelope: (headers: Readonly<Record<string, string>>) => object,
): EncodedFailure {
  const headers = headersOf(failure, now);
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(envelope(headers)),
  };
}
