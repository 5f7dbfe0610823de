import { statSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import type { Cancel, Scheduler } from './scheduler.ts';

const EVERY_MS = 1000;

export interface WatchOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/**
 * Calls `onChange` within a second of any change of the records file, by this process or another; begins with the file
 * as it is now. Polled, because file events get lost on network folders and when a file is replaced by renaming.
 * @returns what ends it.
 */
export function watchRecords(path: string, options: WatchOptions, onChange: () => void): Cancel {
  let seen = stampOf(path);
  let cancel: Cancel;
  const look = (): void => {
    plan();
    const stamp = stampOf(path);
    if (stamp === seen) return;
    seen = stamp;
    onChange();
  };
  const plan = (): void => {
    cancel = options.scheduler.at(options.clock.now() + EVERY_MS, look);
  };
  plan();
  return () => cancel();
}

/** Changes with every write: a replaced file has another inode even within one tick of the file system's clock. */
function stampOf(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    return stat === undefined ? 'absent' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
  } catch {
    // A folder that may not be looked into any more, say; reading the records will tell of it.
    return 'hidden';
  }
}
