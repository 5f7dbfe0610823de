import type { QuotaWindow } from '../outcome.ts';
import { upstreamNow } from './hints.ts';
import type { AnswerHeaders } from './provider.ts';
import { readUsed } from './quota-windows.ts';
import { isRefusedWindow } from './spent-window.ts';
import { readNumber, untilResetMs } from './wait-values.ts';

const PREFIX = 'anthropic-ratelimit-';
const UNIFIED = `${PREFIX}unified-`;
const RESET = '-reset';
const NONE: readonly QuotaWindow[] = [];

/** Where the parts of a window stand. */
interface Places {
  readonly name: string;
  readonly isUnified: boolean;
  readonly limit: string;
  readonly remaining: string;
  readonly utilization: string;
  readonly status: string;
}

/** Those that come on nearly every answer, by the header of their reset: putting their names together each time would take longer than reading them. */
const USUAL: ReadonlyMap<string, Places> = new Map(
  ['requests', 'tokens', 'input-tokens', 'output-tokens', 'unified-5h', 'unified-7d'].map((name) => {
    const header = `${PREFIX}${name}${RESET}`;
    return [header, placesOf(header)] as const;
  }),
);

/**
 * What Anthropic's headers say on every answer (platform.claude.com/docs/en/api/rate-limits): of a key the buckets
 * `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, which fill up all the time and are
 * counted for each class of models; of a plan the windows `anthropic-ratelimit-unified-5h-{status,utilization,reset}` (undocumented),
 * of which those with a suffix (`7d_sonnet`) are of a family of models.
 */
export function anthropicWindows(headers: AnswerHeaders, now: number): readonly QuotaWindow[] {
  let windows: QuotaWindow[] | undefined;
  let upstream: number | undefined;
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(PREFIX) || !header.endsWith(RESET)) continue;
    const places = USUAL.get(header) ?? placesOf(header);
    const used = places.isUnified ? unifiedUse(headers, places) : keyUse(headers, places);
    if (used === undefined) continue;
    upstream ??= upstreamNow({ headers, now });
    const waitMs = untilResetMs(headers[header], upstream);
    if (waitMs === undefined) continue;
    const { name, isUnified } = places;
    windows ??= [];
    windows.push({
      name,
      scope: isUnified && !name.includes('_') ? 'account' : 'account-model',
      used,
      resetsAt: now + waitMs,
      refill: isUnified ? 'at-once' : 'gradual',
    });
  }
  return windows ?? NONE;
}

function placesOf(reset: string): Places {
  const stem = reset.slice(0, -RESET.length);
  const isUnified = stem.startsWith(UNIFIED);
  return {
    name: stem.slice(isUnified ? UNIFIED.length : PREFIX.length),
    isUnified,
    limit: `${stem}-limit`,
    remaining: `${stem}-remaining`,
    utilization: `${stem}-utilization`,
    status: `${stem}-status`,
  };
}

function keyUse(headers: AnswerHeaders, places: Places): number | undefined {
  return readUsed(headers[places.limit], headers[places.remaining]);
}

function unifiedUse(headers: AnswerHeaders, places: Places): number | undefined {
  // Neither the verdict over all windows nor paid overflow (`overage`) is a window.
  if (!/^\d+[hd](?:_\w+)?$/.test(places.name)) return undefined;
  const utilization = readNumber(headers[places.utilization] ?? '');
  const used = isRefusedWindow(headers[places.status]) ? Math.max(utilization ?? 1, 1) : utilization;
  return used !== undefined && Number.isFinite(used) ? used : undefined;
}
