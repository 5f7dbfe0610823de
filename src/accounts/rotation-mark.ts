import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A holder renews its mark at least every five minutes; one that is older was left by a process that is gone. */
const STALE_MS = 600_000;

/**
 * Marks an account while a refresh token newer than the stored one exists, or may exist, in one process's memory alone: from
 * before a refresh token is spent until its successor is stored. Another process that would spend the stored one meanwhile
 * would be taken for a thief by a server that rotates refresh tokens (RFC 9700 §4.14.2), and the account would be dead.
 *
 * What cannot be written or read counts as no mark: a full disk must not stop accounts that serve.
 */
export interface RotationMarks {
  set(name: string): Promise<void>;
  clear(name: string): Promise<void>;
  /** Whether another process that lives has set it. */
  isOthers(name: string): Promise<boolean>;
}

interface Holder {
  readonly pid?: unknown;
  readonly host?: unknown;
  readonly id?: unknown;
}

export function openRotationMarks(folder: string): RotationMarks {
  const own = { pid: process.pid, host: hostname(), id: randomBytes(8).toString('hex') };
  const pathOf = (name: string): string => join(folder, `${name}.rotating`);

  return {
    async set(name) {
      await writeFile(pathOf(name), JSON.stringify(own), { mode: 0o600 }).catch(() => undefined);
    },
    async clear(name) {
      await rm(pathOf(name), { force: true }).catch(() => undefined);
    },
    async isOthers(name) {
      try {
        const { mtimeMs } = await stat(pathOf(name));
        const holder = JSON.parse(await readFile(pathOf(name), 'utf8')) as Holder;
        if (holder.id === own.id || Date.now() - mtimeMs > STALE_MS) return false;
        return holder.host !== own.host || isAlive(holder.pid);
      } catch {
        return false;
      }
    },
  };
}

/** Of a process of this machine; one that may not be asked lives, too. */
function isAlive(pid: unknown): boolean {
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
