import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Failure, RotaError } from '../failure.ts';

/** A holder shows every half of this that it lives; one that was killed keeps others waiting no longer than this. */
const STALE_MS = 5_000;
/** The library takes over a stale lock in two steps, and two processes may both think they did; so it never gets to. */
const NEVER_STALE_MS = 2 ** 40;
const WAIT_MS = 15_000;
const RETRY_LEAST_MS = 10;
const RETRY_SPREAD_MS = 40;

export interface LockOptions {
  /** How long to wait for another holder, in milliseconds; 15 seconds where not given. */
  readonly waitMs?: number;
  /** What kind of failure it is for the caller when the lock cannot be had; `records` where not given. */
  readonly failure?: (message: string) => Failure;
}

/**
 * Does `work` while no other process, and no other caller in this one, does work under the same path.
 * The path need not exist; its folder is made where missing. The lock is a folder `<path>.lock` beside it.
 *
 * Where the lock is lost meanwhile (the machine slept, somebody removed it), `work` is told through its signal:
 * whoever is about to replace a file should look at it first.
 * @throws RotaError as `options.failure` says, naming the lock, when it stayed taken or cannot be made.
 */
export async function withLock<T>(
  path: string,
  work: (lost: AbortSignal) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const failure = options.failure ?? recordsFailure;
  const lost = new AbortController();
  const release = await acquire(path, options.waitMs ?? WAIT_MS, lost, failure);
  try {
    return await work(lost.signal);
  } finally {
    // A lock that was lost meanwhile, or whose folder is gone, leaves nothing to release; the work counts.
    await release().catch(() => undefined);
  }
}

async function acquire(
  path: string,
  waitMs: number,
  lost: AbortController,
  failure: (message: string) => Failure,
): Promise<() => Promise<void>> {
  const { lock } = await import('proper-lockfile');
  const lockPath = `${resolve(path)}.lock`;
  const startedAt = performance.now();
  await mkdir(dirname(lockPath), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new RotaError(failure(cannotMake(lockPath, cause)), { cause });
  });
  for (;;) {
    try {
      return await lock(path, {
        realpath: false,
        lockfilePath: lockPath,
        stale: NEVER_STALE_MS,
        update: STALE_MS / 2,
        onCompromised: (reason) => lost.abort(reason),
      });
    } catch (cause) {
      if (!isTaken(cause)) throw new RotaError(failure(cannotMake(lockPath, cause)), { cause });
      if (await removeIfStale(lockPath)) continue;
      if (performance.now() - startedAt >= waitMs)
        throw new RotaError(failure(stayedTaken(lockPath, waitMs)), { cause });
    }
    await delay(RETRY_LEAST_MS + Math.random() * RETRY_SPREAD_MS);
  }
}

/**
 * Removes the lock of a holder that no longer lives. Only one process at a time may do so, and it looks again first:
 * otherwise the second one would remove what the first has just taken over.
 */
async function removeIfStale(lockPath: string): Promise<boolean> {
  const removal = `${lockPath}.stale`;
  if (!(await isStale(lockPath))) return false;
  if (!(await done(mkdir(removal)))) {
    // Left by a process that was killed in this very moment.
    if (await isStale(removal)) await done(rmdir(removal));
    return false;
  }
  try {
    return (await isStale(lockPath)) && (await done(rmdir(lockPath)));
  } finally {
    await done(rmdir(removal));
  }
}

async function isStale(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
}

async function done(change: Promise<unknown>): Promise<boolean> {
  return change.then(
    () => true,
    () => false,
  );
}

function isTaken(error: unknown): boolean {
  const code = errorCode(error);
  // Windows refuses to make a folder again while the removed one is still open somewhere.
  return code === 'ELOCKED' || (code === 'EPERM' && process.platform === 'win32');
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function cannotMake(lockPath: string, cause: unknown): string {
  return `The lock "${lockPath}" cannot be made (${errorCode(cause) ?? String(cause)}): its folder must exist, be writable and have room.`;
}

function stayedTaken(lockPath: string, waitMs: number): string {
  return `The lock "${lockPath}" was held by another process for ${Math.round(waitMs / 1000)} seconds: wait for the other rota command to end, or stop it; if none is running, remove that folder and try again.`;
}

function recordsFailure(message: string): Failure {
  return { kind: 'records', message };
}
