import { codexWindows } from './codex-windows.ts';
import { longest, upstreamNow, waitOf, type Hints, type Wait } from './hints.ts';
import { fieldsOf, objectsOf, textOf } from './json-fields.ts';
import { boundedMs, readNumber, untilMidnightMs, untilResetMs } from './wait-values.ts';

/** A quota window that is used up until it resets. */
export interface SpentWindow extends Wait {
  readonly scope: 'account' | 'account-model';
}

/** Google's daily quotas begin anew at midnight there (ai.google.dev/gemini-api/docs/rate-limits). */
const GOOGLE_TIME_ZONE = 'America/Los_Angeles';

const WINDOW_REFUSED: ReadonlySet<string> = new Set(['rejected', 'rate_limited', 'blocked']);

/**
 * The long window (5 hours, a day, a week) that the answer says is used up, with the time until its reset. One whose reset
 * has passed is no longer spent.
 */
export function spentWindow(hints: Hints): SpentWindow | undefined {
  return unifiedWindow(hints) ?? dailyWindow(hints) ?? bodyWindow(hints) ?? codexWindow(hints);
}

/** Whether the status of one of Anthropic's unified windows means that it lets nothing through. */
export function isRefusedWindow(status: string | undefined): boolean {
  return WINDOW_REFUSED.has(status ?? '');
}

/**
 * A quota `…PerDay…` in google.rpc.QuotaFailure, or in the metadata of an ErrorInfo: spent until midnight Pacific, whatever
 * RetryInfo says beside it.
 */
function dailyWindow(hints: Hints): SpentWindow | undefined {
  if (!quotaIds(hints).some((id) => /PerDay|Daily/.test(id))) return undefined;
  return {
    waitMs: untilMidnightMs(upstreamNow(hints), GOOGLE_TIME_ZONE),
    waitFrom: 'daily quota, midnight Pacific',
    scope: 'account-model',
  };
}

/** The quotas that Google says were exceeded. */
function quotaIds({ error }: Hints): readonly string[] {
  const ids = error.details.flatMap((detail) => [
    ...objectsOf(detail['violations']).map(({ quotaId }) => quotaId),
    fieldsOf(detail['metadata'])['quota_limit'],
  ]);
  return ids.map((id) => textOf(id) ?? '');
}

/** `resets_at` (epoch seconds, or a timestamp) and `resets_in_seconds` in the body: `usage_limit_reached` of a plan. */
function bodyWindow(hints: Hints): SpentWindow | undefined {
  const at = untilResetMs(hints.error.fields['resets_at'], upstreamNow(hints));
  const seconds = numberIn(hints.error.fields['resets_in_seconds']);
  const wait =
    waitOf(at, 'resets_at') ??
    waitOf(seconds === undefined ? undefined : boundedMs(seconds * 1000), 'resets_in_seconds');
  return wait && { ...wait, scope: 'account' };
}

/** A body may hold anything where a number belongs. */
function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? readNumber(String(value)) : undefined;
}

/** The windows of a ChatGPT plan, of which those of the whole account outrank those of one family of models. */
function codexWindow(hints: Hints): SpentWindow | undefined {
  const spent = codexWindows(hints.headers, hints.now).filter(({ window }) => window.used >= 1);
  return widest(spent.map(({ window, wait }) => ({ ...wait, scope: window.scope })));
}

/**
 * Anthropic's unified windows (`anthropic-ratelimit-unified-…`; undocumented, so every part is optional). Those of the whole
 * account outrank those of one model family, whose names have a suffix (`7d_sonnet`).
 */
function unifiedWindow(hints: Hints): SpentWindow | undefined {
  const overall = overallWindow(hints);
  return widest([...(overall === undefined ? [] : [overall]), ...namedWindows(hints)]);
}

function widest(spent: readonly SpentWindow[]): SpentWindow | undefined {
  const whole = spent.filter(({ scope }) => scope === 'account');
  return longest(whole.length > 0 ? whole : spent);
}

/** Paid overflow (`overage`) that is used up says nothing about the windows of the account itself. */
function overallWindow(hints: Hints): SpentWindow | undefined {
  const { headers } = hints;
  const claim = headers['anthropic-ratelimit-unified-representative-claim'] ?? '';
  if (!isRefusedWindow(headers['anthropic-ratelimit-unified-status']) || claim === 'overage')
    return undefined;
  const from = 'anthropic-ratelimit-unified-reset';
  const wait = waitOf(untilResetMs(headers[from], upstreamNow(hints)), from);
  return wait && { ...wait, scope: /^seven_day_./.test(claim) ? 'account-model' : 'account' };
}

function namedWindows(hints: Hints): SpentWindow[] {
  return Object.entries(hints.headers).flatMap(([header, reset]) => {
    const name = /^anthropic-ratelimit-unified-(\d+[hd](?:_\w+)?)-reset$/.exec(header)?.[1];
    if (name === undefined) return [];
    const status = hints.headers[`anthropic-ratelimit-unified-${name}-status`];
    const used = readNumber(hints.headers[`anthropic-ratelimit-unified-${name}-utilization`] ?? '') ?? 0;
    const wait = waitOf(untilResetMs(reset, upstreamNow(hints)), header);
    if (wait === undefined || (used < 1 && !isRefusedWindow(status))) return [];
    return [{ ...wait, scope: name.includes('_') ? 'account-model' : 'account' }];
  });
}
