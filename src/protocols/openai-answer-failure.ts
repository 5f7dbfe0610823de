import type { AnswerFailure, AnswerFailureKind } from '../chat/event.ts';
import { writeExactJson } from '../chat/exact-json.ts';
import { isRecord, listOf, parseJson, recordOf, recordsOf, textOf } from './json-value.ts';
import type { EncodedResponse } from './translator.ts';

/** Codes and types of OpenAI's protocols (API reference, "Error codes"; the rest as seen on the wire). */
const kindsByCode: ReadonlyMap<string, AnswerFailureKind> = new Map([
  ['context_length_exceeded', 'context-length'],
  ['rate_limit_exceeded', 'rate-limit'],
  ['slow_down', 'rate-limit'],
  ['usage_limit_reached', 'rate-limit'],
  ['insufficient_quota', 'quota'],
  ['credit_balance_exhausted', 'quota'],
  ['organization_spend_limit_exceeded', 'quota'],
  ['project_spend_limit_exceeded', 'quota'],
  ['organization_usage_limit_exceeded', 'quota'],
  ['server_is_overloaded', 'overload'],
  ['model_not_found', 'model-not-found'],
  ['invalid_api_key', 'upstream-auth'],
  ['unsupported_country_region_territory', 'permission'],
  ['usage_not_included', 'permission'],
  ['request_too_large', 'too-large'],
  ['timeout', 'timeout'],
]);

const kindsByType: ReadonlyMap<string, AnswerFailureKind> = new Map([
  ['requests', 'rate-limit'],
  ['tokens', 'rate-limit'],
  ['rate_limit_error', 'rate-limit'],
  ['insufficient_quota', 'quota'],
  ['usage_limit_reached', 'rate-limit'],
  ['usage_not_included', 'permission'],
  ['service_unavailable_error', 'overload'],
  ['authentication_error', 'upstream-auth'],
  ['permission_error', 'permission'],
  ['request_forbidden', 'permission'],
  ['invalid_request_error', 'invalid-request'],
]);

/** Servers that only resemble OpenAI have no code for a conversation that is too long: their words alone tell. */
const TOO_LONG =
  /maximum (?:context|prompt) length|exceeds? (?:the |its )?(?:available )?context (?:length|size|window)/i;

/**
 * What an error object says.
 * @param status absent where it came inside a stream
 */
export function readOpenaiError(error: unknown, status?: number): AnswerFailure {
  const { code, type, message } = isRecord(error) ? error : { code: '', type: '', message: error };
  const codeText = textOf(code) ?? '';
  const kind =
    kindsByCode.get(codeText) ??
    kindsByStatus.get(status) ??
    kindsByType.get(textOf(type) ?? '') ??
    (status !== undefined && status >= 400 && status < 500 ? 'invalid-request' : 'server');
  const words = textOf(message) ?? '';
  return {
    kind: kind === 'invalid-request' && TOO_LONG.test(words) ? 'context-length' : kind,
    message: words || `The upstream answered with an error${status ? ` (${status})` : ''}.`,
    ...(codeText === '' ? {} : { code: codeText }),
  };
}

/** Statuses that say more than the type beside them. */
const kindsByStatus: ReadonlyMap<number | undefined, AnswerFailureKind> = new Map([
  [401, 'upstream-auth'],
  [403, 'permission'],
  [404, 'model-not-found'],
  [413, 'too-large'],
  [429, 'rate-limit'],
  [503, 'overload'],
  [504, 'timeout'],
  [529, 'overload'],
]);

/** An error answer, also of servers that only resemble OpenAI: a message is looked for wherever they put it. */
export function decodeAnswerFailure(status: number, body: string): AnswerFailure {
  const value = recordOf(parseJson(body));
  const error = value.error ?? detailOf(value.detail) ?? value.message;
  const type = isRecord(error) ? textOf(error.type) : undefined;
  // A type of its own says more than 429.
  if (status === 429 && type !== undefined && kindsByType.has(type)) return readOpenaiError(error);
  return readOpenaiError(error, status);
}

/** A text, or a list of what is wrong with each member. */
function detailOf(detail: unknown): unknown {
  if (!Array.isArray(detail)) return detail;
  const sentences = recordsOf(detail).map(({ loc, msg }) =>
    [listOf(loc).join('.'), textOf(msg)].filter((words) => words).join(': '),
  );
  return sentences.filter((sentence) => sentence !== '').join('; ') || undefined;
}

interface Shape {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
}

const shapes: Readonly<Record<AnswerFailureKind, Shape>> = {
  'invalid-request': { status: 400, type: 'invalid_request_error', code: null },
  'context-length': { status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' },
  'too-large': { status: 413, type: 'invalid_request_error', code: 'request_too_large' },
  'upstream-auth': { status: 403, type: 'permission_error', code: 'upstream_auth' },
  permission: { status: 403, type: 'permission_error', code: null },
  'model-not-found': { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  'rate-limit': { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  quota: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  overload: { status: 503, type: 'server_error', code: 'server_is_overloaded' },
  server: { status: 500, type: 'server_error', code: null },
  'bad-upstream': { status: 502, type: 'server_error', code: 'upstream_error' },
  timeout: { status: 504, type: 'server_error', code: 'timeout' },
};

/** The error object for a client: `{message, type, param, code}`. */
export function openaiErrorObject(failure: AnswerFailure): object {
  const { type, code } = shapes[failure.kind];
  const told = failure.kind === 'bad-upstream' ? (failure.code ?? code) : code;
  return { message: failure.message, type, param: null, code: told };
}

export function encodeAnswerFailure(failure: AnswerFailure): EncodedResponse {
  const body = writeExactJson({ error: openaiErrorObject(failure) });
  return { status: shapes[failure.kind].status, body };
}
