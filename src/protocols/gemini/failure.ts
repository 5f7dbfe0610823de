import type { Failure } from '../../failure.ts';
import { reasonsOf } from '../exhausted.ts';
import { encodeFailureWith, statusOf } from '../failure-status.ts';
import { oneLine } from '../keep-alive.ts';
import type { Address, EncodedFailure } from '../protocol.ts';
import { asksForArray } from './address.ts';

/** The canonical name (google.rpc.Code). ai.google.dev/gemini-api/docs/troubleshooting, cloud.google.com/apis/design/errors */
const names: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  426: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
};

export function encodeFailure(failure: Failure, now: number, address?: Address): EncodedFailure {
  const body = (headers: Readonly<Record<string, string>>) => envelope(failure, headers['retry-after']);
  const encoded = encodeFailureWith(failure, now, statusOf(failure), body);
  return address && asksForArray(address) ? { ...encoded, body: wrapError(encoded.body) } : encoded;
}

/** An error in the place of an array is its one element; some servers have written it so already. */
export function wrapError(body: string): string {
  return body.trimStart().startsWith('[') ? body : `[${body}]`;
}

/** Only `data`: some of its clients fail on any other line. */
export function encodeStreamFailure(failure: Failure): Buffer {
  return Buffer.from(`data: ${JSON.stringify(envelope(failure))}\n\n`);
}

/** One more element, and the end of the array. */
export function encodeArrayFailure(failure: Failure): Buffer {
  return Buffer.from(`,\r\n${JSON.stringify(envelope(failure))}\n]`);
}

export function encodeErrorBody(body: string): Buffer {
  const wrap = (message: string) => ({ error: { code: 500, message, status: 'INTERNAL' } });
  return Buffer.from(`data: ${oneLine(body, wrap)}\n\n`);
}

/** @param retryAfter seconds; its clients read them here and pass over the header */
function envelope(failure: Failure, retryAfter?: string): object {
  const code = statusOf(failure);
  const error = { code, message: failure.message, status: names[code] ?? 'INVALID_ARGUMENT' };
  if (failure.kind !== 'exhausted') return { error };
  const retry =
    retryAfter === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }];
  return { error: { ...error, details: [...retry, reasonsOf(failure)] } };
}
