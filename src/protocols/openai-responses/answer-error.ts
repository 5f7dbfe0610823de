import { isRecord } from '../json-value.ts';

/** Codes that say that the request itself is at fault. */
const ofRequest = new Set([
  'context_length_exceeded',
  'invalid_prompt',
  'previous_response_not_found',
  'invalid_encrypted_content',
  'cyber_policy',
  'bio_policy',
  'misalignment_policy_violation',
]);

/**
 * The error of an answer as an error body has it: from a `response.failed`, or from an `error` event, which is flat in
 * the API's description and nested on the wire.
 */
export function errorBodyOf(event: unknown): string {
  const root = isRecord(event) ? event : {};
  const response = isRecord(root.response) ? root.response : {};
  const error = [root.error, response.error].find(isRecord) ?? root;
  const code = typeof error.code === 'string' ? error.code : null;
  const type = typeof error.type === 'string' && error.type !== 'error' ? error.type : typeOf(code);
  const message = typeof error.message === 'string' ? error.message : 'The upstream failed without a word.';
  return JSON.stringify({ error: { ...error, message, type, param: error.param ?? null, code } });
}

function typeOf(code: string | null): string {
  return code !== null && ofRequest.has(code) ? 'invalid_request_error' : 'server_error';
}
