import { noRests, type Health, type Rest } from '../rotation/rests.ts';
import type { SeenWindow } from '../rotation/windows.ts';

const VERSION = 2;

interface Content {
  readonly version: number;
  readonly rests: readonly (readonly [string, Rest])[];
  readonly streaks: readonly (readonly [string, number])[];
  readonly windows: readonly (readonly [string, readonly SeenWindow[]])[];
}

type Unchecked = { readonly [name in keyof Content]?: unknown } | null;

export function encodeHealth({ rests, streaks, windows }: Health): string {
  const content: Content = {
    version: VERSION,
    rests: [...rests],
    streaks: [...streaks],
    windows: [...windows],
  };
  return JSON.stringify(content);
}

/**
 * Rests whose time came while nobody was there have still to be proven, but say no more than that an account may be tried: they
 * are left out, like windows that are full again. Undefined where the text is not what was written.
 */
export function decodeHealth(text: string, now: number): Health | undefined {
  let content: Unchecked;
  try {
    content = JSON.parse(text) as Unchecked;
  } catch {
    return undefined;
  }
  // The first version knew no windows.
  const windows = content?.version === 1 ? [] : content?.windows;
  if (content?.version !== VERSION && content?.version !== 1) return undefined;
  if (!isListOf(content.rests, isRestEntry) || !isListOf(content.streaks, isStreakEntry)) return undefined;
  if (!isListOf(windows, isWindowsEntry)) return undefined;
  const rests = new Map(content.rests.filter(([, rest]) => rest.until > now));
  const open = windows.map(
    ([account, list]) => [account, list.filter(({ resetsAt }) => resetsAt > now)] as const,
  );
  return {
    ...noRests,
    rests,
    streaks: new Map(content.streaks.filter(([key]) => rests.has(key))),
    windows: new Map(open.filter(([, list]) => list.length > 0)),
  };
}

function isListOf<T>(value: unknown, isEntry: (entry: unknown) => entry is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isEntry);
}

function isRestEntry(entry: unknown): entry is readonly [string, Rest] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
  const rest = entry[1] as Partial<Rest> | null;
  return typeof rest?.kind === 'string' && Number.isFinite(rest.since) && Number.isFinite(rest.until);
}

function isStreakEntry(entry: unknown): entry is readonly [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1]);
}

function isWindowsEntry(entry: unknown): entry is readonly [string, readonly SeenWindow[]] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && isListOf(entry[1], isWindow);
}

function isWindow(value: unknown): value is SeenWindow {
  const window = value as Partial<SeenWindow> | null;
  return (
    typeof window?.name === 'string' &&
    Number.isFinite(window.used) &&
    Number.isFinite(window.resetsAt) &&
    Number.isFinite(window.seenAt) &&
    (window.model === undefined || typeof window.model === 'string') &&
    (window.refill === 'gradual' || window.refill === 'at-once')
  );
}
