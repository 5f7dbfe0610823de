import type { QuotaWindow } from '../outcome.ts';
import type { Health } from './rests.ts';

/** A quota window as it was last told. */
export interface SeenWindow extends QuotaWindow {
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
  /** The model that it counts, where it is for one alone. */
  readonly model?: string;
}

/** An account has a handful for each model; more than this is a mistake of somebody's. */
const MOST_WINDOWS = 48;

/** Takes in what an answer told of its account's windows. */
export function noteWindows(
  health: Health,
  { account, model }: { readonly account: string; readonly model: string },
  told: readonly QuotaWindow[],
  now: number,
): Health {
  if (told.length === 0) return health;
  const seen = told.map((window): SeenWindow => ({
    ...window,
    seenAt: now,
    ...(window.scope === 'account-model' ? { model } : {}),
  }));
  const isNew = (old: SeenWindow) => seen.some((one) => one.name === old.name && one.model === old.model);
  const kept = (health.windows.get(account) ?? []).filter((old) => old.resetsAt > now && !isNew(old));
  const windows = [...kept, ...seen].slice(-MOST_WINDOWS);
  return { ...health, windows: new Map(health.windows).set(account, windows) };
}

/** The share that is used by now; undefined once the window is full again, when nobody knows. */
export function usedNow(window: SeenWindow, now: number): number | undefined {
  const { used, resetsAt, seenAt, refill } = window;
  if (now >= resetsAt) return undefined;
  return refill === 'at-once' ? used : (used * (resetsAt - now)) / Math.max(1, resetsAt - seenAt);
}

/** The fullest of the windows that count for a model, and how full; undefined where nothing is known. */
export function fullest(
  windows: readonly SeenWindow[],
  model: string,
  now: number,
): { readonly window: SeenWindow; readonly used: number } | undefined {
  let most: { window: SeenWindow; used: number } | undefined;
  for (const window of windows) {
    if (window.model !== undefined && window.model !== model) continue;
    const used = usedNow(window, now);
    if (used !== undefined && used > (most?.used ?? -1)) most = { window, used };
  }
  return most;
}

/** When an account is to be left before its limit says so. */
export interface Leaving {
  /** A share from 0 to 1; an account at or above it is used only where no other can be. */
  readonly leaveAt: number;
  /** Only for windows of which nothing comes back before their end: a bucket that fills up is not worth a lost cache. */
  readonly longOnly: boolean;
}

/** The window for which an account is better left alone; undefined where there is room, or nothing is known. */
export function nearWall(
  windows: readonly SeenWindow[],
  model: string,
  now: number,
  { leaveAt, longOnly }: Leaving,
): SeenWindow | undefined {
  for (const window of windows) {
    if (window.model !== undefined && window.model !== model) continue;
    if (longOnly && window.refill !== 'at-once') continue;
    const used = usedNow(window, now);
    if (used !== undefined && used >= leaveAt) return window;
  }
  return undefined;
}
