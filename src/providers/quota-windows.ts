import type { QuotaWindow } from '../outcome.ts';
import { upstreamNow } from './hints.ts';
import type { AnswerHeaders } from './provider.ts';
import { readNumber, untilResetMs } from './wait-values.ts';

const REMAINING = 'x-ratelimit-remaining';
const NONE: readonly QuotaWindow[] = [];

/** Shorter values are a time to wait; from here on they may be a moment by the upstream's clock. */
const MIN_MOMENT_CHARS = 10;

/**
 * The buckets that OpenAI tells of on every answer, and its imitators after it: `x-ratelimit-{limit,remaining,reset}-requests`
 * and `-tokens`, with further words behind (`-requests-day`), or with none (one bucket). They are counted for each account and
 * model. What is missing, cannot be read or contradicts itself is unknown, and its window left out.
 */
export function bucketWindows(headers: AnswerHeaders, now: number): readonly QuotaWindow[] {
  let windows: QuotaWindow[] | undefined;
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(REMAINING)) continue;
    const suffix = header.slice(REMAINING.length);
    const used = readUsed(headers[`x-ratelimit-limit${suffix}`], headers[header]);
    const reset = headers[`x-ratelimit-reset${suffix}`] ?? '';
    const waitMs = untilResetMs(reset, reset.length < MIN_MOMENT_CHARS ? now : upstreamNow({ headers, now }));
    if (used === undefined || waitMs === undefined) continue;
    windows ??= [];
    windows.push({
      name: suffix === '' ? 'requests' : suffix.slice(1),
      scope: 'account-model',
      used,
      resetsAt: now + waitMs,
      refill: /day|week|month/.test(suffix) ? 'at-once' : 'gradual',
    });
  }
  return windows ?? NONE;
}

/** The used share of a bucket by its limit and its remainder; nothing where one of them is missing or they make no sense together. */
export function readUsed(
  limitText: string | undefined,
  remainingText: string | undefined,
): number | undefined {
  const limit = readNumber(limitText ?? '');
  const remaining = readNumber(remainingText ?? '');
  // Some say -1 or 0 of what they do not count.
  if (limit === undefined || remaining === undefined || limit <= 0 || remaining > limit) return undefined;
  return Number.isFinite(limit) ? 1 - remaining / limit : undefined;
}
