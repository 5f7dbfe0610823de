import { readFile, stat } from 'node:fs/promises';
import { RotaError } from '../failure.ts';
import { usage } from './usage.ts';

const MAX_BYTES = 64 * 1024;

/**
 * The text of a file that a flag names, such as a console downloads.
 * @throws RotaError of kind `usage` that names the flag and the file.
 */
export async function readSmallFile(path: string, flag: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_BYTES) throw usage(`${flag}: ${path} is too large to be one.`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof RotaError) throw error;
    throw usage(`${flag}: ${path} cannot be read.`);
  }
}
