import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../log/logger.ts';
import type { Health } from '../rotation/rests.ts';
import { decodeHealth, encodeHealth } from './rest-codec.ts';

/** Rests and quota windows on disk, so that a restart forgets no long one. Nobody waits for it: losing the last moment costs one 429. */
export interface RestFile {
  /** What is over is left out. A broken file is set aside, with a warning, and nothing is known then. */
  read(now: number): Promise<Health | undefined>;
  /** Written a moment later, so that a burst of changes costs one write. */
  keep(health: Health): void;
  /** Writes what is still to be written. */
  flush(): Promise<void>;
}

const REST_DELAY_MS = 100;
/** Every answer tells something of the windows; a rest is worth more, and rarer. */
const WINDOWS_DELAY_MS = 5000;

export function openRestFile(path: string, log: Logger): RestFile {
  let waiting: Health | undefined;
  let written: Health | undefined;
  let timer: { readonly handle: NodeJS.Timeout; readonly isQuick: boolean } | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const health = waiting;
    waiting = undefined;
    timer = undefined;
    if (!health) return;
    try {
      await replaceFile(path, encodeHealth(health));
      written = health;
    } catch (error) {
      log.warn('rests could not be written: a restart would forget them', { path, error });
    }
  }

  function schedule(isQuick: boolean): void {
    if (timer && (timer.isQuick || !isQuick)) return;
    clearTimeout(timer?.handle);
    const delayMs = isQuick ? REST_DELAY_MS : WINDOWS_DELAY_MS;
    const handle = setTimeout(() => {
      writing = writing.then(write);
    }, delayMs);
    handle.unref();
    timer = { handle, isQuick };
  }

  return {
    async read(now) {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch {
        return undefined;
      }
      const health = decodeHealth(text, now);
      if (health) return health;
      log.warn('the file of rests is broken: it is set aside', { path });
      await rename(path, `${path}.broken`).catch(() => undefined);
      return undefined;
    },
    keep(health) {
      const isQuick = health.rests !== (waiting ?? written)?.rests;
      // Signs and the like are for the moment only.
      if (!isQuick && health.windows === (waiting ?? written)?.windows) return;
      waiting = health;
      schedule(isQuick);
    },
    async flush() {
      clearTimeout(timer?.handle);
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
