import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type Conf from 'conf';
import { RotaError } from '../failure.ts';
import { findClash } from './account-lookup.ts';
import { withLock } from './lock.ts';
import type { RecordsContent } from './records-content.ts';
import { EMPTY_RECORDS } from './records-content.ts';
import type { RecordsFile } from './records-schema.ts';
import { RECORDS_SCHEMA, RECORDS_VERSION } from './records-schema.ts';

const NAME = 'accounts';
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const LOCK_WAIT_MS = 15_000;

/** The accounts and endpoints that Rota knows, without their secrets: `accounts.json` in the records folder. */
export interface Records {
  readonly folder: string;
  readonly path: string;
  /**
   * Reads the file anew. No file means no accounts.
   * @throws RotaError of kind `records` where the file cannot be read or is broken; it is never repaired or deleted.
   */
  read(): Promise<RecordsContent>;
  /**
   * Reads, changes and writes under a lock across processes, so that two commands at once, or a command beside the
   * daemon, lose nothing. `work` is one of the pure changes; returning what it was given writes nothing.
   * @returns what the file holds afterwards.
   * @throws RotaError of kind `records`, and whatever `work` throws, with the file as it was.
   */
  change(work: (content: RecordsContent) => RecordsContent): Promise<RecordsContent>;
}

/** @param folder made with mode 0700 where it does not exist. */
export function openRecords(folder: string): Records {
  const path = join(folder, `${NAME}.json`);
  let opened: Promise<Conf<RecordsFile>> | undefined;

  const file = async (): Promise<Conf<RecordsFile>> => {
    // Kept once it has succeeded only: a file that was broken may have been mended since.
    opened ??= openFile(folder);
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  const read = async (): Promise<RecordsContent> => {
    try {
      return checked((await file()).store, path);
    } catch (error) {
      throw unreadable(error, path);
    }
  };

  return {
    folder,
    path,
    read,
    async change(work) {
      await makeFolder(folder, path);
      return withLock(
        path,
        async (lost) => {
          const before = await read();
          const after = work(before);
          if (after === before) return after;
          if (lost.aborted) throw new RotaError({ kind: 'records', message: lostLock(path) });
          write(await file(), after, path);
          return after;
        },
        { waitMs: LOCK_WAIT_MS },
      );
    },
  };
}

async function openFile(folder: string): Promise<Conf<RecordsFile>> {
  await makeFolder(folder, join(folder, `${NAME}.json`));
  // Loaded when first needed: it takes a good part of the time that a command has to start.
  const { default: Conf } = await import('conf');
  return new Conf<RecordsFile>({
    cwd: folder,
    configName: NAME,
    schema: RECORDS_SCHEMA,
    configFileMode: FILE_MODE,
    clearInvalidConfig: false,
    accessPropertiesByDotNotation: false,
  });
}

async function makeFolder(folder: string, path: string): Promise<void> {
  try {
    // Made here and not by conf, which would let others of the machine list it.
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw unreadable(error, path);
  }
}

function write(file: Conf<RecordsFile>, content: RecordsContent, path: string): void {
  try {
    file.store = { ...content, version: RECORDS_VERSION };
  } catch (error) {
    throw new RotaError(
      {
        kind: 'records',
        message: `The account records in ${path} could not be written: ${wordsOf(error)}. Nothing was changed.`,
      },
      { cause: error },
    );
  }
}

function lostLock(path: string): string {
  return `The lock of the account records in ${path} was lost while they were changed, perhaps because the machine slept. Nothing was changed: try again.`;
}

function checked(file: RecordsFile, path: string): RecordsContent {
  const { version = RECORDS_VERSION, ...parts } = file;
  if (version > RECORDS_VERSION) {
    throw new RotaError({
      kind: 'records',
      message: `The account records in ${path} were written by a newer Rota (version ${version} of the file; this one knows ${RECORDS_VERSION}). Use that Rota, or update this one.`,
    });
  }
  const content = { ...EMPTY_RECORDS, ...parts };
  const clash = findClash(content.accounts);
  if (clash !== undefined) throw new Error(clash);
  return content;
}

function unreadable(error: unknown, path: string): RotaError {
  if (error instanceof RotaError) return error;
  return new RotaError(
    {
      kind: 'records',
      message: `The account records in ${path} cannot be used: ${wordsOf(error)}. Correct the file, or move it away and sign in again. It was left as it is.`,
    },
    { cause: error },
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
