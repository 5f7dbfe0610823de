import { open, readdir } from 'node:fs/promises';
import type { ImportSource, ReadFile } from '../providers/importing/source.ts';
import type { CliContext } from './context.ts';

const MAX_BYTES = 256 * 1024;

/** What of a source's files and folders is there. One that is there and cannot be read is told on stderr. */
export async function readSource(context: CliContext, source: ImportSource): Promise<readonly ReadFile[]> {
  const { importHome } = context;
  const files = source.files?.(importHome) ?? [];
  const folders = source.folders?.(importHome) ?? [];
  const read = await Promise.all([
    ...files.map((path) => attempt(context, path, () => textIn(path))),
    ...folders.map((path) => attempt(context, path, async () => (await readdir(path)).sort().join('\n'))),
  ]);
  return read.flat();
}

async function attempt(
  { terminal }: CliContext,
  path: string,
  read: () => Promise<string>,
): Promise<readonly ReadFile[]> {
  try {
    return [{ path, text: await read() }];
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      terminal.note(`${path} cannot be read${typeof code === 'string' ? ` (${code})` : ''}.`);
    }
    return [];
  }
}

/** No further than a file of this kind can be long. */
async function textIn(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_BYTES);
    const { bytesRead } = await file.read(buffer, 0, MAX_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
