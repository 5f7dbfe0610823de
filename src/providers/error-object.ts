import { fieldsOf, isFields, objectsOf, parseJson, textOf, type Fields } from './json-fields.ts';

/** An upstream's error, read leniently: every vendor and every compatible server words it differently. */
export interface ErrorObject {
  /** Every code the error carries, the most specific first: `code`, reasons in its details, `status`, `type`. */
  readonly codes: readonly string[];
  /** The HTTP status that the object itself names, where it does. */
  readonly status?: number;
  /** The provider's sentence; for people, never read to decide anything (but see `classify.ts`). */
  readonly message?: string;
  /** `details` as Google gives them (google.rpc.RetryInfo, QuotaFailure, ErrorInfo). */
  readonly details: readonly Fields[];
  /** The members of the error itself, for what only one provider sends. */
  readonly fields: Fields;
}

/**
 * Reads an error out of what an upstream sent: `{error: {…}}`, `{error: "…"}`, `{message}`, `{detail}`, the bare error,
 * a Responses event with the error inside, or Google's `[{error}]`. Never throws; an unknown shape gives an empty error.
 */
export function readErrorObject(value: unknown): ErrorObject {
  const root = Array.isArray(value) ? fieldsOf(value[0]) : fieldsOf(value);
  const inner = [root['error'], fieldsOf(root['response'])['error']].find(isFields);
  const fields = inner ?? root;
  const sentence = textOf(value) ?? textOf(root['error']);
  const details = objectsOf(fields['details']);
  const message =
    textOf(fields['message']) ?? sentence ?? textOf(root['message']) ?? detailText(root['detail']);
  const status = namedStatus(fields);
  return {
    codes: codesOf(root, fields, details, sentence),
    details,
    fields,
    ...(message === undefined ? {} : { message }),
    ...(status === undefined ? {} : { status }),
  };
}

/** The same for the text of a body. */
export function parseErrorBody(body: string): ErrorObject {
  return readErrorObject(parseJson(body));
}

/** FastAPI gives `detail` as a text or as a list of `{msg}`. */
function detailText(detail: unknown): string | undefined {
  return textOf(detail) ?? textOf(objectsOf(detail)[0]?.['msg']);
}

function codesOf(root: Fields, fields: Fields, details: readonly Fields[], sentence?: string): string[] {
  const candidates = [
    fields['code'],
    // Anthropic's `details` is an object; Google's a list.
    fieldsOf(fields['details'])['error_code'],
    ...details.map((detail) => detail['reason']),
    fields['status'],
    fields['type'],
    root['code'],
    // `{"error": "insufficient_quota", "message": …}`: a word, not a sentence.
    sentence !== undefined && /^[\w.-]+$/.test(sentence) ? sentence : undefined,
  ];
  const codes = candidates.filter((code) => textOf(code) !== undefined).map(String);
  // `type: "error"` is the envelope's, and says nothing.
  return [...new Set(codes)].filter((code) => code !== 'error');
}

function namedStatus(fields: Fields): number | undefined {
  const candidates = [fields['code'], fields['status'], fields['status_code'], fields['statusCode']];
  return candidates
    .filter((code) => typeof code === 'number' || (typeof code === 'string' && /^\d{3}$/.test(code)))
    .map(Number)
    .find((code) => Number.isInteger(code) && code >= 400 && code <= 599);
}

/** The status that each vendor's codes go with when they come as an HTTP answer. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  // OpenAI: code, then type.
  rate_limit_exceeded: 429,
  slow_down: 429,
  insufficient_quota: 429,
  credit_balance_exhausted: 429,
  organization_usage_limit_exceeded: 429,
  usage_limit_reached: 429,
  usage_not_included: 403,
  requests: 429,
  tokens: 429,
  server_is_overloaded: 503,
  service_unavailable_error: 503,
  invalid_api_key: 401,
  token_expired: 401,
  token_invalidated: 401,
  unsupported_country_region_territory: 403,
  request_forbidden: 403,
  model_not_found: 404,
  context_length_exceeded: 400,
  invalid_prompt: 400,
  content_filter: 400,
  invalid_encrypted_content: 400,
  previous_response_not_found: 400,
  server_error: 500,
  timeout: 504,
  // Anthropic.
  rate_limit_error: 429,
  overloaded_error: 529,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  timeout_error: 504,
  api_error: 500,
  // Google.
  RESOURCE_EXHAUSTED: 429,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
  CANCELLED: 499,
  INTERNAL: 500,
  // Both OpenAI and Anthropic; general, so that any code above outranks it.
  invalid_request_error: 400,
};

/**
 * The HTTP status that an error object inside a 200 stream stands for, so that it is classified like any other answer:
 * the number it names itself (OpenRouter, Google), else that of its most specific known code, else 500.
 */
export function statusOfError(error: unknown): number {
  const read = readErrorObject(error);
  if (read.status !== undefined) return read.status;
  for (const code of read.codes) {
    if (Object.hasOwn(STATUS_OF_CODE, code)) return STATUS_OF_CODE[code] ?? 500;
    if (/_spend_limit_(?:exceeded|reached)$/.test(code)) return 429;
  }
  return 500;
}

/** The same for the text of an error. */
export function statusOfErrorBody(body: string): number {
  return statusOfError(parseJson(body));
}
