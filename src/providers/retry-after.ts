import { fieldsOf, objectsOf, textOf } from './json-fields.ts';
import type { Refusal } from './refusal.ts';
import {
  boundedMs,
  readDurationMs,
  readHttpDate,
  readNumber,
  untilMidnightMs,
  untilResetMs,
} from './wait-values.ts';

/** The parts of an answer in which an upstream says how long to stay away. Header names are lower case. */
export type Hints = Pick<Refusal, 'headers' | 'error' | 'now'>;

/** A quota window that is used up until it resets. */
export interface SpentWindow {
  readonly waitMs: number;
  readonly scope: 'account' | 'account-model';
}

/** Google's daily quotas begin anew at midnight there (ai.google.dev/gemini-api/docs/rate-limits). */
const GOOGLE_TIME_ZONE = 'America/Los_Angeles';

const WINDOW_REFUSED: ReadonlySet<string> = new Set(['rejected', 'rate_limited', 'blocked']);

/**
 * How long the upstream asks to be left alone, in milliseconds (0 to 8 days), or `undefined` where it gives no hint.
 * A spent long window outranks an explicit wait, and that the reset of the buckets in which nothing remains.
 */
export function readWaitMs(hints: Hints): number | undefined {
  return spentWindow(hints)?.waitMs ?? explicitWaitMs(hints) ?? emptyBucketWaitMs(hints);
}

/**
 * The long window (5 hours, a day, a week) that the answer says is used up, with the time until its reset. One whose reset
 * has passed is no longer spent.
 */
export function spentWindow(hints: Hints): SpentWindow | undefined {
  return unifiedWindow(hints) ?? dailyWindow(hints) ?? bodyWindow(hints);
}

/** A wait in so many words: `retry-after-ms` or `retry-after`, else RetryInfo in the body. */
export function explicitWaitMs(hints: Hints): number | undefined {
  return headerWaitMs(hints) ?? retryInfoMs(hints);
}

/**
 * `retry-after-ms` (OpenAI and Azure: finer, and meant to win), else `retry-after` (RFC 9110 §10.2.3: seconds, which some
 * send with decimals, or an HTTP date).
 */
export function headerWaitMs(hints: Hints): number | undefined {
  const ms = readNumber(hints.headers['retry-after-ms'] ?? '');
  if (ms !== undefined) return boundedMs(ms);
  const value = hints.headers['retry-after'] ?? '';
  const seconds = readNumber(value);
  if (seconds !== undefined) return boundedMs(seconds * 1000);
  const date = readHttpDate(value, hints.now);
  return date === undefined ? undefined : boundedMs(date - upstreamNow(hints));
}

/**
 * The latest reset among the buckets (requests, tokens …) that have nothing remaining. Reset headers come on every answer and
 * mean "full again": taking the latest of all would turn a burst of a second into minutes.
 */
export function emptyBucketWaitMs(hints: Hints): number | undefined {
  const waits: number[] = [];
  for (const [name, remaining] of Object.entries(hints.headers)) {
    const reset = resetHeaderOf(name);
    if (reset === undefined || !isNothing(remaining)) continue;
    const wait = untilResetMs(hints.headers[reset], upstreamNow(hints));
    if (wait !== undefined) waits.push(wait);
  }
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function isNothing(remaining: string | undefined): boolean {
  return remaining !== undefined && remaining.trim() !== '' && Number(remaining) <= 0;
}

/** Whether any header speaks of rates at all: their absence is itself a signal (a limiter that knows nothing of the account). */
export function hasRateHeader(hints: Hints): boolean {
  const rate = /^(?:retry-after|x-ratelimit-|ratelimit|anthropic-ratelimit-|x-codex-)/;
  return Object.entries(hints.headers).some(([name, value]) => value !== undefined && rate.test(name));
}

/** The upstream's own idea of now, from its `date` header, so that a moment it names is right though the clocks differ. */
function upstreamNow(hints: Hints): number {
  return readHttpDate(hints.headers['date'] ?? '', hints.now) ?? hints.now;
}

/** `x-ratelimit-remaining-tokens` goes with `x-ratelimit-reset-tokens`; Anthropic puts the word last; OpenRouter has one bucket. */
function resetHeaderOf(remaining: string): string | undefined {
  if (/^x-ratelimit-remaining(?:-|$)/.test(remaining)) return remaining.replace('-remaining', '-reset');
  if (!/^anthropic-ratelimit-.+-remaining$/.test(remaining)) return undefined;
  return remaining.replace(/-remaining$/, '-reset');
}

/** google.rpc.RetryInfo in the body's details: `retryDelay: "38.2s"`. */
function retryInfoMs({ error }: Hints): number | undefined {
  const info = error.details.find((detail) => typeOf(detail).endsWith('google.rpc.RetryInfo'));
  const delay = info?.['retryDelay'];
  const ms = typeof delay === 'string' ? readDurationMs(delay) : undefined;
  return ms === undefined ? undefined : boundedMs(ms);
}

/** google.rpc.QuotaFailure that names a quota `…PerDay…`: spent until midnight Pacific, whatever RetryInfo says beside it. */
function dailyWindow(hints: Hints): SpentWindow | undefined {
  const daily = hints.error.details
    .filter((detail) => typeOf(detail).endsWith('google.rpc.QuotaFailure'))
    .flatMap((detail) => objectsOf(detail['violations']))
    .some((violation) => /PerDay|Daily/.test(textOf(violation['quotaId']) ?? ''));
  if (!daily) return undefined;
  return { waitMs: untilMidnightMs(upstreamNow(hints), GOOGLE_TIME_ZONE), scope: 'account-model' };
}

/** `resets_at` (epoch seconds, or a timestamp) and `resets_in_seconds` in the body: `usage_limit_reached` of a plan. */
function bodyWindow(hints: Hints): SpentWindow | undefined {
  const at = untilResetMs(hints.error.fields['resets_at'], upstreamNow(hints));
  const seconds = numberIn(hints.error.fields['resets_in_seconds']);
  const waitMs = at || (seconds === undefined ? undefined : boundedMs(seconds * 1000));
  return waitMs ? { waitMs, scope: 'account' } : undefined;
}

/** A body may hold anything where a number belongs. */
function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? readNumber(String(value)) : undefined;
}

/**
 * Anthropic's unified windows (`anthropic-ratelimit-unified-…`; undocumented, so every part is optional). Those of the whole
 * account outrank those of one model family, whose names have a suffix (`7d_sonnet`).
 */
function unifiedWindow(hints: Hints): SpentWindow | undefined {
  const spent = [overallWindow(hints), ...namedWindows(hints)].filter((window) => window !== undefined);
  const whole = spent.filter((window) => window.scope === 'account');
  const waits = (whole.length > 0 ? whole : spent).map((window) => window.waitMs);
  if (waits.length === 0) return undefined;
  return { waitMs: Math.max(...waits), scope: whole.length > 0 ? 'account' : 'account-model' };
}

function overallWindow(hints: Hints): SpentWindow | undefined {
  if (!WINDOW_REFUSED.has(hints.headers['anthropic-ratelimit-unified-status'] ?? '')) return undefined;
  const claim = hints.headers['anthropic-ratelimit-unified-representative-claim'] ?? '';
  const waitMs = untilResetMs(hints.headers['anthropic-ratelimit-unified-reset'], upstreamNow(hints));
  return waitMs ? { waitMs, scope: /^seven_day_./.test(claim) ? 'account-model' : 'account' } : undefined;
}

function namedWindows(hints: Hints): SpentWindow[] {
  return Object.entries(hints.headers).flatMap(([header, reset]) => {
    const name = /^anthropic-ratelimit-unified-(\d+[hd](?:_\w+)?)-reset$/.exec(header)?.[1];
    if (name === undefined) return [];
    const status = hints.headers[`anthropic-ratelimit-unified-${name}-status`] ?? '';
    const used = readNumber(hints.headers[`anthropic-ratelimit-unified-${name}-utilization`] ?? '') ?? 0;
    const waitMs = untilResetMs(reset, upstreamNow(hints));
    if (!waitMs || (used < 1 && !WINDOW_REFUSED.has(status))) return [];
    return [{ waitMs, scope: name.includes('_') ? 'account-model' : 'account' }];
  });
}

function typeOf(detail: unknown): string {
  return textOf(fieldsOf(detail)['@type']) ?? '';
}
