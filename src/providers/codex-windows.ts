import type { QuotaWindow } from '../outcome.ts';
import { upstreamNow, waitOf, type Wait } from './hints.ts';
import type { AnswerHeaders } from './provider.ts';
import { readNumber, untilResetMs } from './wait-values.ts';

const PREFIX = 'x-codex-';
const USED_PERCENT = '-used-percent';
const NONE: readonly CodexWindow[] = [];

/** Where the parts of a window stand. */
interface Places {
  readonly slot: string;
  readonly minutes: string;
  readonly resetAt: string;
  readonly resetAfter: string;
}

/** Those that come on every answer, by the header of their use: putting their names together each time would take longer than reading them. */
const USUAL: ReadonlyMap<string, Places> = new Map(
  ['primary', 'secondary'].map((slot) => {
    const header = `${PREFIX}${slot}${USED_PERCENT}`;
    return [header, placesOf(header)] as const;
  }),
);

/** A window of a plan, with the time until its reset and where that stood. */
export interface CodexWindow {
  readonly window: QuotaWindow;
  readonly wait: Wait;
}

/**
 * The windows of a ChatGPT plan: `x-codex-{primary,secondary}-{used-percent,window-minutes,reset-at,reset-after-seconds}`, and
 * further pairs with the name of a family of models in front (`x-codex-spark-primary-…`). Undocumented, so every part is
 * optional. One that tells no time of its reset (all its values are zero) is absent.
 */
export function codexWindows(headers: AnswerHeaders, now: number): readonly CodexWindow[] {
  let windows: CodexWindow[] | undefined;
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(PREFIX) || !header.endsWith(USED_PERCENT)) continue;
    const read = codexWindow(headers, header, now);
    if (read === undefined) continue;
    windows ??= [];
    windows.push(read);
  }
  return windows ?? NONE;
}

function codexWindow(headers: AnswerHeaders, header: string, now: number): CodexWindow | undefined {
  const places = USUAL.get(header) ?? placesOf(header);
  const [, family = '', place = ''] = /^(.*?)-?(primary|secondary)$/.exec(places.slot) ?? [];
  const percent = readNumber(headers[header] ?? '');
  if (place === '' || percent === undefined || !Number.isFinite(percent)) return undefined;
  const wait = resetOf(headers, places, now);
  if (wait === undefined) return undefined;
  const minutes = readNumber(headers[places.minutes] ?? '') ?? 0;
  const length = minutes > 0 ? lengthOf(minutes) : place;
  const window: QuotaWindow = {
    name: family === '' ? length : `${family}-${length}`,
    scope: family === '' ? 'account' : 'account-model',
    used: percent / 100,
    resetsAt: now + wait.waitMs,
    refill: 'at-once',
  };
  return { window, wait };
}

function placesOf(used: string): Places {
  const stem = used.slice(0, -USED_PERCENT.length);
  return {
    slot: stem.slice(PREFIX.length),
    minutes: `${stem}-window-minutes`,
    resetAt: `${stem}-reset-at`,
    resetAfter: `${stem}-reset-after-seconds`,
  };
}

function resetOf(headers: AnswerHeaders, { resetAt, resetAfter }: Places, now: number): Wait | undefined {
  const at = headers[resetAt];
  return (
    waitOf(at === undefined ? undefined : untilResetMs(at, upstreamNow({ headers, now })), resetAt) ??
    waitOf(untilResetMs(headers[resetAfter], now), resetAfter)
  );
}

/** As people say it: `5h`, `7d`. */
function lengthOf(minutes: number): string {
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
