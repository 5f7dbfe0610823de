import type { AnswerFailure, AnswerFailureKind } from '../../chat/event.ts';
import { parseJson, recordOf, textOf } from '../json-value.ts';
import type { EncodedResponse } from '../translator.ts';

/** Anthropic's error types (API reference, "Errors"), and what each is on the wire. */
const types: ReadonlyMap<string, AnswerFailureKind> = new Map([
  ['invalid_request_error', 'invalid-request'],
  ['authentication_error', 'upstream-auth'],
  ['billing_error', 'quota'],
  ['permission_error', 'permission'],
  ['not_found_error', 'model-not-found'],
  ['request_too_large', 'too-large'],
  ['rate_limit_error', 'rate-limit'],
  ['api_error', 'server'],
  ['timeout_error', 'timeout'],
  ['overloaded_error', 'overload'],
]);

const statuses: ReadonlyMap<number | undefined, AnswerFailureKind> = new Map([
  [401, 'upstream-auth'],
  [402, 'quota'],
  [403, 'permission'],
  [404, 'model-not-found'],
  [413, 'too-large'],
  [429, 'rate-limit'],
  [504, 'timeout'],
  [529, 'overload'],
]);

const spendLimits: ReadonlySet<unknown> = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
]);

/** @param status absent where it came inside a stream */
export function readError(error: unknown, status?: number): AnswerFailure {
  const { type, message, details } = recordOf(error);
  const word = textOf(type) ?? '';
  const text = textOf(message) || `The upstream answered with an error${status ? ` (${status})` : ''}.`;
  const isRequest = status !== undefined && status >= 400 && status < 500;
  const kind = types.get(word) ?? statuses.get(status) ?? (isRequest ? 'invalid-request' : 'server');
  const closer = kind === 'invalid-request' ? requestKind(text) : kind;
  const isSpent = spendLimits.has(recordOf(details).error_code);
  return { kind: isSpent ? 'quota' : closer, message: text, ...(word === '' ? {} : { code: word }) };
}

/** Several conditions share one type, and differ in their words alone. */
function requestKind(message: string): AnswerFailureKind {
  if (/prompt is too long|exceed context limit/i.test(message)) return 'context-length';
  return /credit balance is too low/i.test(message) ? 'quota' : 'invalid-request';
}

export function decodeFailure(status: number, body: string): AnswerFailure {
  return readError(recordOf(parseJson(body)).error, status);
}

const shapes: Readonly<Record<AnswerFailureKind, { readonly status: number; readonly type: string }>> = {
  'invalid-request': { status: 400, type: 'invalid_request_error' },
  'context-length': { status: 400, type: 'invalid_request_error' },
  'too-large': { status: 413, type: 'request_too_large' },
  'upstream-auth': { status: 403, type: 'permission_error' },
  permission: { status: 403, type: 'permission_error' },
  'model-not-found': { status: 404, type: 'not_found_error' },
  'rate-limit': { status: 429, type: 'rate_limit_error' },
  quota: { status: 402, type: 'billing_error' },
  overload: { status: 529, type: 'overloaded_error' },
  server: { status: 500, type: 'api_error' },
  'bad-upstream': { status: 502, type: 'api_error' },
  timeout: { status: 504, type: 'timeout_error' },
};

export function errorObject({ kind, message }: AnswerFailure): object {
  return { type: shapes[kind].type, message: kind === 'context-length' ? tooLong(message) : message };
}

/** Clients look for this phrase, and make the conversation shorter. */
function tooLong(message: string): string {
  return /prompt is too long/i.test(message) ? message : `prompt is too long: ${message}`;
}

export function encodeFailure(failure: AnswerFailure): EncodedResponse {
  const body = { type: 'error', error: errorObject(failure), request_id: null };
  return { status: shapes[failure.kind].status, body: JSON.stringify(body) };
}
