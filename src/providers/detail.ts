import { STATUS_CODES } from 'node:http';
import type { Refusal } from './refusal.ts';

const MAX_DETAIL_CHARS = 300;
/** A title stands in the first lines of a page; the rest is not worth searching. */
const MAX_PAGE_CHARS = 4096;

/** Some servers repeat the key they refuse; it must not reach a log or a terminal. */
const LOOKS_LIKE_A_KEY =
  /\b(?:(?:sk|rk|pk|gsk|xai|hf|csk|r8|pplx|fw)[-_]|AIza|ya29\.|eyJ|Bearer\s+)[\w.~+/=-]{11,}[\w=]/g;

/** Whether an answer is a page for a browser: what an edge network or a gateway in between puts in place of the provider's. */
export function isHtml(answer: Refusal): boolean {
  const type = answer.headers['content-type'];
  return type === undefined
    ? /^\s*<(?:!doctype\s+html|html)/i.test(answer.body)
    : /^\s*text\/html/i.test(type);
}

/**
 * What an upstream says about its refusal, for people: the error's message wherever it lies, its code, a page's title,
 * the plain text, or at least the status line. At most 300 characters, without control characters or keys.
 */
export function detailOf(answer: Refusal): string {
  return printable(sentenceOf(answer)) || statusLine(answer.status);
}

function sentenceOf(answer: Refusal): string {
  if (isHtml(answer)) return /<title[^<>]*>([^<]*)</i.exec(answer.body.slice(0, MAX_PAGE_CHARS))?.[1] ?? '';
  const { message, codes } = answer.error;
  const isJson = /^\s*[[{"]/.test(answer.body);
  return message ?? codes[0] ?? (isJson ? '' : answer.body);
}

function statusLine(status: number): string {
  const reason = status === 529 ? 'Overloaded' : STATUS_CODES[status];
  return reason === undefined ? `HTTP ${status}` : `HTTP ${status} ${reason}`;
}

function printable(text: string): string {
  const clean = text
    .slice(0, MAX_PAGE_CHARS)
    .replace(LOOKS_LIKE_A_KEY, '[redacted]')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]+/gu, ' ')
    .trim();
  if (clean.length <= MAX_DETAIL_CHARS) return clean;
  // Half of a surrogate pair at the cut would not survive being encoded.
  return `${clean.slice(0, MAX_DETAIL_CHARS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
