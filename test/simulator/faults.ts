import type { AnswerOptions, Behaviour, Breakage, Complaint, Place } from './behaviour.ts';

/** The forms in which a wait is told. `httpDate` is in milliseconds since the epoch. */
export type RetryAfter =
  | { readonly seconds: number }
  | { readonly milliseconds: number }
  | { readonly httpDate: number }
  | { readonly resetRequests: string };

export function retryAfterHeaders(wait: RetryAfter): Record<string, string> {
  if ('seconds' in wait) return { 'retry-after': String(wait.seconds) };
  if ('milliseconds' in wait) return { 'retry-after-ms': String(wait.milliseconds) };
  if ('httpDate' in wait) return { 'retry-after': new Date(wait.httpDate).toUTCString() };
  return { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': wait.resetRequests };
}

/** A normal answer, to be told from the default by its options. */
export const answer = (options: AnswerOptions = {}): Behaviour => ({ kind: 'answer', ...options });

/** Any status, in the vendor's error shape. */
export const status = (status: number, complaint: Complaint = {}): Behaviour => ({
  kind: 'status',
  status,
  complaint,
});

/** 429 `rate_limit_exceeded`, with or without a hint. */
export const rateLimited = (wait?: RetryAfter, complaint: Complaint = {}): Behaviour => ({
  kind: 'status',
  status: 429,
  complaint,
  ...(wait === undefined ? {} : { headers: retryAfterHeaders(wait) }),
});

/** 429 that no waiting helps: the credits are used up. */
export const outOfCredits = (): Behaviour =>
  status(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  });

export const paymentRequired = (): Behaviour => status(402);
export const unauthorized = (): Behaviour => status(401);
export const forbidden = (): Behaviour => status(403);
export const modelNotFound = (model = 'this model'): Behaviour =>
  status(404, { message: `The model \`${model}\` does not exist or you do not have access to it.` });
export const requestTimeout = (): Behaviour => status(408);
export const contextTooLong = (): Behaviour =>
  status(400, {
    message: "This model's maximum context length is 400000 tokens.",
    code: 'context_length_exceeded',
    param: 'messages',
  });
export const serverError = (): Behaviour => status(500);
export const badGateway = (): Behaviour => status(502);
export const overloaded = (wait?: RetryAfter): Behaviour => ({
  kind: 'status',
  status: 503,
  ...(wait === undefined ? {} : { headers: retryAfterHeaders(wait) }),
});
export const gatewayTimeout = (): Behaviour => status(504);
export const siteOverloaded = (): Behaviour => status(529);

/** The page of an edge network that lets nothing through. */
export const edgeForbidden = (): Behaviour => ({
  kind: 'status',
  status: 403,
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare', 'cf-mitigated': 'challenge' },
  body: '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser.</body></html>',
});

export const redirect = (location: string, status = 302): Behaviour => ({
  kind: 'status',
  status,
  headers: { location },
  body: '',
});

/** A 200 whose JSON is an error object. */
export const okWithError = (complaint: Complaint = {}): Behaviour => ({
  kind: 'status',
  status: 200,
  complaint,
});

/** Nothing comes: the connection is reset, closed or left open before any header. */
export const nothing = (how: Breakage, afterMs?: number): Behaviour => ({
  kind: 'nothing',
  how,
  ...(afterMs === undefined ? {} : { afterMs }),
});

/** A good answer that stops at a place. `{share: 0.5}` of a JSON answer is a body cut short of its content-length. */
export const broken = (after: Place, how: Breakage, options: AnswerOptions = {}): Behaviour => ({
  kind: 'broken',
  after,
  how,
  answer: options,
});

/** A good answer, n bytes at a time. */
export const drip = (pieceBytes: number, delayMs: number, options: AnswerOptions = {}): Behaviour =>
  answer({ ...options, pieceBytes, delayMs });

export const wrongContentType = (contentType: string, options: AnswerOptions = {}): Behaviour =>
  answer({ ...options, headers: { ...options.headers, 'content-type': contentType } });

/** An error event after so many good events; 0 makes it the first. */
export const streamError = (
  afterEvents: number,
  complaint: Complaint = {},
  options: AnswerOptions = {},
): Behaviour => ({ kind: 'stream-error', afterEvents, complaint, answer: options });
