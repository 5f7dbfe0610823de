import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../log/logger.ts';
import type { Health, Rest } from '../rotation/rests.ts';

/** Rests on disk, so that a restart forgets no long one. Nobody waits for it: losing the last moment costs one 429. */
export interface RestFile {
  /** Rests that are over are left out. A broken file is set aside, with a warning, and nothing is known then. */
  read(now: number): Promise<Health | undefined>;
  /** Written a moment later, so that a burst of failures costs one write. */
  keep(health: Health): void;
  /** Writes what is still to be written. */
  flush(): Promise<void>;
}

const VERSION = 1;
const DELAY_MS = 100;

interface Content {
  readonly version: number;
  readonly rests: readonly (readonly [string, Rest])[];
  readonly streaks: readonly (readonly [string, number])[];
}

type Unchecked = { readonly [name in keyof Content]?: unknown } | null;

export function openRestFile(path: string, log: Logger): RestFile {
  let waiting: Health | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const health = waiting;
    waiting = undefined;
    timer = undefined;
    if (!health) return;
    try {
      await replaceFile(path, encode(health));
    } catch (error) {
      log.warn('rests could not be written: a restart would forget them', { path, error });
    }
  }

  return {
    async read(now) {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch {
        return undefined;
      }
      const health = decode(text, now);
      if (health) return health;
      log.warn('the file of rests is broken: it is set aside', { path });
      await rename(path, `${path}.broken`).catch(() => undefined);
      return undefined;
    },
    keep(health) {
      waiting = health;
      timer ??= setTimeout(() => {
        writing = writing.then(write);
      }, DELAY_MS);
      timer.unref();
    },
    async flush() {
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}

/** A new file beside the old one, then renamed over it: whoever reads sees the one or the other, never a half. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

function encode({ rests, streaks }: Health): string {
  const content: Content = { version: VERSION, rests: [...rests], streaks: [...streaks] };
  return JSON.stringify(content);
}

function decode(text: string, now: number): Health | undefined {
  let content: Unchecked;
  try {
    content = JSON.parse(text) as Unchecked;
  } catch {
    return undefined;
  }
  if (content?.version !== VERSION || !isListOf(content.rests, isRestEntry)) return undefined;
  if (!isListOf(content.streaks, isStreakEntry)) return undefined;
  const rests = new Map(content.rests.filter(([, rest]) => rest.until > now));
  return { rests, streaks: new Map(content.streaks.filter(([key]) => rests.has(key))) };
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
