import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../secret.ts';
import { fileErrorCode, storeFailure } from './store-failure.ts';

/** A variable of the environment by which `login` and `serve` are given the passphrase without a person. */
const VARIABLE = 'ROTA_PASSPHRASE';
/** The name of the systemd credential (`LoadCredential=rota-passphrase:...`). */
const SYSTEMD_CREDENTIAL = 'rota-passphrase';

/**
 * What gives the passphrase: from the file that `ROTA_PASSPHRASE_FILE` names, else systemd's credential
 * `rota-passphrase`, else `ROTA_PASSPHRASE`; `undefined` where there is none. Files are read only when asked.
 * The variable is deleted from `env` at once, so that no child process inherits it.
 * @throws RotaError of kind `store`, problem `no-passphrase`, where a file that was named cannot be read or is empty.
 */
export function takePassphrase(env: NodeJS.ProcessEnv): () => Promise<Secret | undefined> {
  const given = env[VARIABLE];
  delete env[VARIABLE];
  const named = env['ROTA_PASSPHRASE_FILE'];
  const credentials = env['CREDENTIALS_DIRECTORY'];
  return async () => {
    if (named) return readPassphrase(named);
    const fromSystemd = credentials && (await readIfThere(join(credentials, SYSTEMD_CREDENTIAL)));
    if (fromSystemd) return fromSystemd;
    return given ? new Secret(given) : undefined;
  };
}

async function readIfThere(path: string): Promise<Secret | undefined> {
  try {
    return await readPassphrase(path);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (fileErrorCode(cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws RotaError of kind `store`, problem `no-passphrase`, where the file cannot be read or is empty. */
export async function readPassphrase(path: string): Promise<Secret> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw storeFailure(
      'no-passphrase',
      `The passphrase file "${path}" cannot be read (${fileErrorCode(cause) ?? 'unknown reason'}): set ROTA_PASSPHRASE_FILE to a file that your user may read.`,
      cause,
    );
  });
  // Editors and `echo` end a line; that is no part of what was meant.
  const passphrase = new Secret(text.replace(/\r?\n$/, ''));
  if (passphrase.isEmpty)
    throw storeFailure(
      'no-passphrase',
      `The passphrase file "${path}" is empty: write the passphrase to it.`,
    );
  return passphrase;
}
