import type { AnswerFailure, AnswerFailureKind } from '../../chat/event.ts';
import { given, isRecord, listOf, numberOf, parseJson, recordOf, recordsOf, textOf } from '../json-value.ts';
import type { EncodedResponse } from '../translator.ts';

/** By the canonical name of the status (google.rpc.Code). */
const kindsByStatus: ReadonlyMap<string, AnswerFailureKind> = new Map([
  ['INVALID_ARGUMENT', 'invalid-request'],
  ['FAILED_PRECONDITION', 'permission'],
  ['OUT_OF_RANGE', 'invalid-request'],
  ['UNAUTHENTICATED', 'upstream-auth'],
  ['PERMISSION_DENIED', 'permission'],
  ['NOT_FOUND', 'model-not-found'],
  ['RESOURCE_EXHAUSTED', 'rate-limit'],
  ['UNAVAILABLE', 'overload'],
  ['DEADLINE_EXCEEDED', 'timeout'],
]);

/** Reasons (google.rpc.ErrorInfo) that say more than the status. */
const kindsByReason: ReadonlyMap<string, AnswerFailureKind> = new Map([
  ['API_KEY_INVALID', 'upstream-auth'],
  ['MODEL_CAPACITY_EXHAUSTED', 'overload'],
  ['QUOTA_EXHAUSTED', 'quota'],
  ['INSUFFICIENT_G1_CREDITS_BALANCE', 'quota'],
]);

const kindsByCode: ReadonlyMap<number | undefined, AnswerFailureKind> = new Map([
  [400, 'invalid-request'],
  [401, 'upstream-auth'],
  [402, 'quota'],
  [403, 'permission'],
  [404, 'model-not-found'],
  [429, 'rate-limit'],
  [503, 'overload'],
  [504, 'timeout'],
]);

/** The vendor's words for it: there is no code, and assistants look for them to know that they must shorten the conversation. */
const TOO_LONG = 'exceeds the maximum number of tokens';

/** @param error the object behind `error` */
export function readError(error: unknown, httpStatus?: number): AnswerFailure {
  const { code, message, status, details } = recordOf(error);
  const number = numberOf(code) ?? httpStatus;
  const words = textOf(message) || textOf(error);
  const kind = kindOf(number, textOf(status), details);
  const isTooLong = kind === 'invalid-request' && words?.includes(TOO_LONG) === true;
  return {
    kind: isTooLong ? 'context-length' : kind,
    message: words || `The upstream answered with an error${number ? ` (${number})` : ''}.`,
    ...given({ code: textOf(status) }),
  };
}

function kindOf(code: number | undefined, status: string | undefined, details: unknown): AnswerFailureKind {
  const list = recordsOf(details);
  const byReason = list.map(({ reason }) => kindsByReason.get(textOf(reason) ?? '')).find(Boolean);
  if (byReason) return byReason;
  if (code === 402 || (status === 'RESOURCE_EXHAUSTED' && list.some(isDaily))) return 'quota';
  // It has no status of its own, and comes under one that says less.
  if (code === 413) return 'too-large';
  const isRequest = code !== undefined && code >= 400 && code < 500;
  return (
    kindsByStatus.get(status ?? '') ?? kindsByCode.get(code) ?? (isRequest ? 'invalid-request' : 'server')
  );
}

/** A quota of the day does not come back within a conversation. */
function isDaily({ violations }: { readonly violations?: unknown }): boolean {
  return recordsOf(violations).some(({ quotaId }) => /PerDay|Daily/.test(textOf(quotaId) ?? ''));
}

/** An error answer; while a stream was asked for as a list, it stands in one. */
export function decodeFailure(status: number, body: string): AnswerFailure {
  const value = parseJson(body);
  const { error } = recordOf(isRecord(value) ? value : listOf(value)[0]);
  return readError(error, status);
}

const shapes: Readonly<Record<AnswerFailureKind, readonly [number, string]>> = {
  'invalid-request': [400, 'INVALID_ARGUMENT'],
  'context-length': [400, 'INVALID_ARGUMENT'],
  'too-large': [413, 'INVALID_ARGUMENT'],
  'upstream-auth': [403, 'PERMISSION_DENIED'],
  permission: [403, 'PERMISSION_DENIED'],
  'model-not-found': [404, 'NOT_FOUND'],
  'rate-limit': [429, 'RESOURCE_EXHAUSTED'],
  quota: [429, 'RESOURCE_EXHAUSTED'],
  overload: [503, 'UNAVAILABLE'],
  server: [500, 'INTERNAL'],
  'bad-upstream': [502, 'UNAVAILABLE'],
  timeout: [504, 'DEADLINE_EXCEEDED'],
};

export function errorObject({ kind, message }: AnswerFailure): object {
  const [code, status] = shapes[kind];
  const isPhrased = kind !== 'context-length' || message.includes(TOO_LONG);
  return {
    code,
    message: isPhrased ? message : `The input token count ${TOO_LONG} allowed. ${message}`,
    status,
  };
}

export function encodeFailure(failure: AnswerFailure): EncodedResponse {
  const [status] = shapes[failure.kind];
  return { status, body: JSON.stringify({ error: errorObject(failure) }) };
}
