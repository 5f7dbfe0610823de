import { stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { RotaError } from '../failure.ts';
import { jsonMistake } from './json-text.ts';
import type { RotaPaths } from './paths.ts';
import { isRecord } from './problem.ts';
import { defaultSettings } from './schema.ts';
import type { Settings } from './settings.ts';
import { validateSettings } from './validate.ts';
import type { KnownNames } from './validate.ts';

/**
 * Reads the settings file, which is never written. Where it is absent or empty, everything has its default, and
 * neither `conf` nor the validator is loaded.
 *
 * @throws {RotaError} of kind `settings`, with the place and the way on.
 */
export async function loadSettings(paths: Pick<RotaPaths, 'settings'>, names: KnownNames): Promise<Settings> {
  const file = paths.settings;
  if ((await sizeBytes(file)) === 0) return defaultSettings();
  return validateSettings(await readContent(file), names, file);
}

async function sizeBytes(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw unreadable(file, error);
  }
}

async function readContent(file: string): Promise<unknown> {
  const { default: Conf } = await import('conf');
  const extension = extname(file);
  try {
    const conf = new Conf<Record<string, unknown>>({
      cwd: dirname(file),
      configName: basename(file, extension),
      fileExtension: extension,
      configFileMode: 0o600,
      clearInvalidConfig: false,
      watch: false,
      deserialize: (text) => parse(text, file),
    });
    return { ...conf.store };
  } catch (error) {
    throw error instanceof RotaError ? error : unreadable(file, error);
  }
}

/** Stands in for `conf`'s own parsing, which cannot say where a mistake is and takes a list for an object. */
function parse(text: string, file: string): Record<string, unknown> {
  // Some editors put a byte order mark first, which RFC 8259 §8.1 allows a reader to pass over.
  const json = text.replace(/^\uFEFF/, '');
  if (json.trim() === '') return {};
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch {
    throw malformed(json, file);
  }
  if (isRecord(content)) return content;
  throw new RotaError({
    kind: 'settings',
    message: `The settings file ${file} must hold one JSON object, { … }, and holds something else.`,
  });
}

function malformed(json: string, file: string): RotaError {
  const mistake = jsonMistake(json);
  const place =
    mistake === undefined ? '' : `: line ${mistake.line}, column ${mistake.column}: ${mistake.advice}`;
  return new RotaError({ kind: 'settings', message: `The settings file ${file} is not JSON${place}.` });
}

function unreadable(file: string, cause: unknown): RotaError {
  const code = errorCode(cause);
  const reason = code === undefined ? '' : ` (${code})`;
  return new RotaError(
    {
      kind: 'settings',
      message: `The settings file ${file} cannot be read${reason}; make it readable for you, or move it away.`,
    },
    { cause },
  );
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
