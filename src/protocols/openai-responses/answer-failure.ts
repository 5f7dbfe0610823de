import type { AnswerFailure, AnswerFailureKind } from '../../chat/event.ts';
import { isRecord } from '../json-value.ts';
import { readOpenaiError } from '../openai-answer-failure.ts';

/** Codes of this protocol's streams that blame the request. */
const requestCodes = new Set([
  'invalid_prompt',
  'bio_policy',
  'cyber_policy',
  'misalignment_policy_violation',
  'data_residency_mismatch',
]);

/** @param error the object behind `error`, or a whole `error` event of the flat form */
export function readStreamError(error: unknown): AnswerFailure {
  const known = isRecord(error) ? error : { message: 'The upstream failed to answer.' };
  const failure = readOpenaiError(known);
  return requestCodes.has(failure.code ?? '') ? { ...failure, kind: 'invalid-request' } : failure;
}

/** What stands in `response.error` of a stream that has begun; the vendor's types know few codes. */
export function streamErrorOf({ kind, message }: AnswerFailure): {
  readonly code: string;
  readonly message: string;
} {
  return { code: codeOf(kind), message };
}

function codeOf(kind: AnswerFailureKind): string {
  switch (kind) {
    case 'rate-limit':
      return 'rate_limit_exceeded';
    case 'quota':
      return 'insufficient_quota';
    case 'context-length':
      return 'context_length_exceeded';
    case 'invalid-request':
    case 'too-large':
      return 'invalid_prompt';
    // One client ends for good on the code of an overload, and asks again on this one.
    case 'overload':
    case 'server':
    case 'upstream-auth':
    case 'permission':
    case 'model-not-found':
    case 'bad-upstream':
    case 'timeout':
      return 'server_error';
  }
}
