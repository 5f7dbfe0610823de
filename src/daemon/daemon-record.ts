import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** In the state folder. */
export const CONTROL_FILE = 'daemon.json';

/** Where a running daemon can be reached, for the commands beside it. Holds no secret. */
export interface DaemonRecord {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export async function writeDaemonRecord(path: string, record: DaemonRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** What is written there; the process may be gone all the same. */
export async function readDaemonRecord(path: string): Promise<DaemonRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as Partial<DaemonRecord> | null;
    if (typeof record?.url !== 'string' || typeof record.pid !== 'number') return undefined;
    return { version: '', startedAt: '', ...record, url: record.url, pid: record.pid };
  } catch {
    return undefined;
  }
}

/** Removes the record, unless another daemon has written its own meanwhile. */
export async function removeDaemonRecord(path: string, pid: number): Promise<void> {
  const record = await readDaemonRecord(path);
  if (record?.pid === pid) await rm(path, { force: true });
}
