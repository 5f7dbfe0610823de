import type { Complaint, Vendor } from './behaviour.ts';

interface Words {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  /** Anthropic's type. */
  readonly anthropic: string;
  /** Gemini's canonical name. */
  readonly gemini: string;
}

/** What the vendors say with each status, as their error references have it. */
const WORDS: Readonly<Record<number, Words>> = {
  200: words('The server had an error.', 'server_error', null, 'api_error', 'INTERNAL'),
  400: words('Invalid request.', 'invalid_request_error', null, 'invalid_request_error', 'INVALID_ARGUMENT'),
  401: words(
    'Incorrect API key provided.',
    'invalid_request_error',
    'invalid_api_key',
    'authentication_error',
    'UNAUTHENTICATED',
  ),
  402: words(
    'Insufficient credits.',
    'insufficient_quota',
    'insufficient_quota',
    'billing_error',
    'RESOURCE_EXHAUSTED',
  ),
  403: words(
    'You do not have permission to do this.',
    'permission_error',
    null,
    'permission_error',
    'PERMISSION_DENIED',
  ),
  404: words(
    'The model does not exist or you do not have access to it.',
    'invalid_request_error',
    'model_not_found',
    'not_found_error',
    'NOT_FOUND',
  ),
  405: words('Method not allowed.', 'invalid_request_error', null, 'invalid_request_error', 'UNIMPLEMENTED'),
  408: words('Request timed out.', 'server_error', 'timeout', 'timeout_error', 'DEADLINE_EXCEEDED'),
  413: words(
    'The request is too large.',
    'invalid_request_error',
    null,
    'request_too_large',
    'INVALID_ARGUMENT',
  ),
  415: words(
    'Unsupported content type.',
    'invalid_request_error',
    'unsupported_content_type',
    'invalid_request_error',
    'INVALID_ARGUMENT',
  ),
  429: words(
    'Rate limit reached.',
    'requests',
    'rate_limit_exceeded',
    'rate_limit_error',
    'RESOURCE_EXHAUSTED',
  ),
  500: words('The server had an error.', 'server_error', null, 'api_error', 'INTERNAL'),
  502: words('Bad gateway.', 'server_error', null, 'api_error', 'UNAVAILABLE'),
  503: words(
    'The engine is currently overloaded.',
    'service_unavailable_error',
    'server_is_overloaded',
    'overloaded_error',
    'UNAVAILABLE',
  ),
  504: words('The server timed out.', 'server_error', 'timeout', 'timeout_error', 'DEADLINE_EXCEEDED'),
  529: words('Overloaded.', 'server_error', 'server_is_overloaded', 'overloaded_error', 'UNAVAILABLE'),
};

function words(message: string, type: string, code: string | null, anthropic: string, gemini: string): Words {
  return { message, type, code, anthropic, gemini };
}

function wordsFor(status: number): Words {
  const exact = WORDS[status] ?? WORDS[status >= 500 ? 500 : 400];
  if (exact === undefined) throw new Error(`No words for the status ${status}.`);
  return exact;
}

/** The error object itself, as it stands under `error` in a body and in a stream's error event. */
export function errorMember(vendor: Vendor, status: number, complaint: Complaint = {}): object {
  const usual = wordsFor(status);
  return MEMBERS[vendor](status, { ...complaint, message: complaint.message ?? usual.message }, usual);
}

type Member = (status: number, said: Complaint & { readonly message: string }, usual: Words) => object;

const MEMBERS: Readonly<Record<Vendor, Member>> = {
  openai: (_status, said, usual) => ({
    message: said.message,
    type: said.type ?? usual.type,
    param: said.param ?? null,
    code: said.code === undefined ? usual.code : said.code,
  }),
  openrouter: (status, said) => ({
    code: said.code ?? status,
    message: said.message,
    ...(said.details === undefined ? {} : { metadata: said.details }),
  }),
  anthropic: (_status, said, usual) => ({ type: said.type ?? usual.anthropic, message: said.message }),
  gemini: (status, said, usual) => ({
    code: status,
    message: said.message,
    status: said.type ?? usual.gemini,
    ...(said.details === undefined ? {} : { details: said.details }),
  }),
};

export function errorBody(vendor: Vendor, status: number, complaint: Complaint = {}): object {
  const error = errorMember(vendor, status, complaint);
  return vendor === 'anthropic' ? { type: 'error', error, request_id: 'req_simulated' } : { error };
}

interface Refusal {
  readonly status: number;
  readonly complaint: Complaint;
}

/** What each vendor says to a key that it does not know. Gemini says it with a 400. */
export const WRONG_KEY: Readonly<Record<Vendor, Refusal>> = {
  openai: { status: 401, complaint: {} },
  openrouter: { status: 401, complaint: { message: 'No auth credentials found' } },
  anthropic: { status: 401, complaint: { message: 'invalid x-api-key' } },
  gemini: {
    status: 400,
    complaint: {
      message: 'API key not valid. Please pass a valid API key.',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        },
      ],
    },
  },
};
