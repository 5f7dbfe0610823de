import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileErrorCode, storeFailure } from './store-failure.ts';

const OTHERS = 0o077;
/** Older than any write in progress: what a process left that was killed meanwhile. */
const LEFT_OVER_MS = 60_000;

/**
 * The content of a file that only its owner may read; `undefined` where there is none.
 * @throws RotaError of kind `store`: `readable-by-others` with the command that sets it right (not on Windows, where
 * modes mean nothing), `unwritable` where the file cannot be opened.
 */
export async function readPrivateFile(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const found = await file.stat();
      if (process.platform !== 'win32' && found.isFile() && (found.mode & OTHERS) !== 0)
        throw readableByOthers(path, found.mode);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const code = fileErrorCode(cause);
    if (code === undefined) throw cause;
    if (code === 'ENOENT') return undefined;
    throw storeFailure(
      'unwritable',
      `The credential file "${path}" cannot be read (${code}): make it a file that your user may read and write.`,
      cause,
    );
  }
}

/**
 * Replaces the file in one step, with mode 0600: after an interruption, on a full or a read-only disk, the old one is
 * intact. On the disk once the promise resolves. Its folder is made, with mode 0700, where missing.
 * @param lost when the lock under which this happens was lost, the file stays as it is
 * @throws RotaError of kind `store`, problem `unwritable`.
 */
export async function replacePrivateFile(
  path: string,
  content: Uint8Array,
  lost: AbortSignal,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await removeLeftOvers(path).catch(() => undefined);
    await writeDurably(temporary, content);
    lost.throwIfAborted();
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw unwritable(path, lost.aborted ? 'another process took its lock' : describe(cause), cause);
  }
}

/**
 * Makes sure that a file could be made at `path`, before something is done that would be lost otherwise.
 * @throws RotaError of kind `store`, problem `unwritable`.
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await access(dirname(path), constants.W_OK);
  } catch (cause) {
    throw unwritable(path, describe(cause), cause);
  }
}

function unwritable(path: string, reason: string, cause?: unknown): Error {
  return storeFailure(
    'unwritable',
    `The credential file "${path}" could not be written (${reason}), and nothing was changed: see that its folder is writable and has room, then try again.`,
    cause,
  );
}

async function writeDurably(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the new name, too, survives a power failure; where the system can do so: Windows and some network disks cannot. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (fileErrorCode(cause) === 'EIO') throw cause;
  }
}

async function removeLeftOvers(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith('.tmp')) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > LEFT_OVER_MS) await unlink(join(folder, name));
  }
}

function readableByOthers(path: string, mode: number): Error {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return storeFailure(
    'readable-by-others',
    `The credential file "${path}" can be used by other users of this machine (mode ${octal}): run \`chmod 600 '${path}'\` and try again.`,
  );
}

function describe(cause: unknown): string {
  return fileErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
}
