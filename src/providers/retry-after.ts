import { longest, upstreamNow, waitOf, type Hints, type Wait } from './hints.ts';
import { textOf } from './json-fields.ts';
import { spentWindow } from './spent-window.ts';
import { boundedMs, readDurationMs, readHttpDate, readNumber, untilResetMs } from './wait-values.ts';

/**
 * How long the upstream asks to be left alone (up to 8 days), or `undefined` where it gives no hint.
 * A spent long window outranks an explicit wait, and that the reset of the buckets in which nothing remains.
 */
export function readWait(hints: Hints): Wait | undefined {
  const spent = spentWindow(hints);
  if (spent !== undefined) return { waitMs: spent.waitMs, waitFrom: spent.waitFrom };
  return explicitWait(hints) ?? emptyBucketWait(hints);
}

/** A wait in so many words: `retry-after-ms` or `retry-after`, else RetryInfo in the body. */
export function explicitWait(hints: Hints): Wait | undefined {
  return headerWait(hints) ?? retryInfoWait(hints);
}

/**
 * `retry-after-ms` (OpenAI and Azure: finer, and meant to win), else `retry-after` (RFC 9110 §10.2.3: seconds, which some
 * send with decimals, or an HTTP date; some servers put the moment of a reset there).
 */
export function headerWait(hints: Hints): Wait | undefined {
  const ms = readNumber(hints.headers['retry-after-ms'] ?? '');
  const fine = ms === undefined ? undefined : waitOf(boundedMs(ms), 'retry-after-ms');
  return fine ?? waitOf(retryAfterMs(hints), 'retry-after');
}

function retryAfterMs(hints: Hints): number | undefined {
  const value = hints.headers['retry-after'];
  if (value === undefined) return undefined;
  const date = readHttpDate(value, hints.now);
  return date === undefined ? untilResetMs(value, upstreamNow(hints)) : boundedMs(date - upstreamNow(hints));
}

/**
 * The latest reset among the buckets (requests, tokens …) that have nothing remaining. Reset headers come on every answer and
 * mean "full again": taking the latest of all would turn a burst of a second into minutes.
 */
export function emptyBucketWait(hints: Hints): Wait | undefined {
  const waits: Wait[] = [];
  for (const [name, remaining] of Object.entries(hints.headers)) {
    const reset = resetHeaderOf(name);
    if (reset === undefined || !isNothing(remaining)) continue;
    const wait = waitOf(untilResetMs(hints.headers[reset], upstreamNow(hints)), reset);
    if (wait !== undefined) waits.push(wait);
  }
  return longest(waits);
}

function isNothing(remaining: string | undefined): boolean {
  return remaining !== undefined && remaining.trim() !== '' && Number(remaining) <= 0;
}

/** Whether any header speaks of rates at all: their absence is itself a signal (a limiter that knows nothing of the account). */
export function hasRateHeader(hints: Hints): boolean {
  const rate = /^(?:retry-after|x-ratelimit-|ratelimit|anthropic-ratelimit-|x-codex-)/;
  return Object.entries(hints.headers).some(([name, value]) => value !== undefined && rate.test(name));
}

/** `x-ratelimit-remaining-tokens` goes with `x-ratelimit-reset-tokens`; Anthropic puts the word last; OpenRouter has one bucket. */
function resetHeaderOf(remaining: string): string | undefined {
  if (/^x-ratelimit-remaining(?:-|$)/.test(remaining)) return remaining.replace('-remaining', '-reset');
  if (!/^anthropic-ratelimit-.+-remaining$/.test(remaining)) return undefined;
  return remaining.replace(/-remaining$/, '-reset');
}

/** google.rpc.RetryInfo in the body's details: `retryDelay: "38.2s"`. */
function retryInfoWait({ error }: Hints): Wait | undefined {
  const info = error.details.find((detail) => textOf(detail['@type'])?.endsWith('google.rpc.RetryInfo'));
  const delay = info?.['retryDelay'];
  const ms = typeof delay === 'string' ? readDurationMs(delay) : undefined;
  return ms === undefined ? undefined : waitOf(boundedMs(ms), 'RetryInfo');
}
