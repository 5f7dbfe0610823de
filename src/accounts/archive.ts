import { randomBytes } from 'node:crypto';
import { access, rename, rm } from 'node:fs/promises';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import { decodeCredential, encodeCredential } from './credential-codec.ts';
import type { Credential } from './credential.ts';
import type { Endpoint } from './records-content.ts';
import { encryptedFileStore } from './store/encrypted-file.ts';
import { passphraseKey } from './store/key-source.ts';
import { fileErrorCode } from './store/store-failure.ts';

/** All accounts with their credentials and the endpoints that they are of, to be carried to another machine. */
export interface Archive {
  readonly accounts: readonly ArchivedAccount[];
  readonly endpoints: readonly Endpoint[];
}

export interface ArchivedAccount {
  readonly account: Account;
  readonly credential: Credential;
}

const VERSION = 1;
/** The one item of the encrypted file; a credential store has others. */
const ITEM = 'accounts-archive';

/**
 * Writes the archive, encrypted like the credential store's own file (scrypt, AES-256-GCM), with mode 0600 and in one step.
 * @throws RotaError of kind `usage` where there is such a file and `force` is not set; `store` where it cannot be written.
 */
export async function writeArchive(
  path: string,
  passphrase: Secret,
  archive: Archive,
  force: boolean,
): Promise<void> {
  if (!force && (await exists(path))) {
    throw new RotaError({
      kind: 'usage',
      message: `"${path}" exists already. Choose another name, or replace it with --force.`,
    });
  }
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await encryptedFileStore(temporary, passphraseKey(passphrase)).set(ITEM, encode(archive));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof RotaError || fileErrorCode(cause) === undefined) throw cause;
    throw failed('unwritable', `"${path}" could not be written (${fileErrorCode(cause) ?? ''}).`, cause);
  }
}

/** @throws RotaError of kind `not-found`, or `store`: `wrong-passphrase`, `corrupt`, `readable-by-others`. */
export async function readArchive(path: string, passphrase: Secret): Promise<Archive> {
  if (!(await exists(path))) {
    throw new RotaError({ kind: 'not-found', message: `There is no file "${path}".` });
  }
  const item = await encryptedFileStore(path, passphraseKey(passphrase))
    .get(ITEM)
    .catch((error: unknown) => {
      throw inOwnWords(path, error);
    });
  if (item === undefined) {
    throw failed('corrupt', `"${path}" is a credential store, not what \`proxy accounts export\` wrote.`);
  }
  return decode(path, item);
}

function inOwnWords(path: string, error: unknown): unknown {
  if (!(error instanceof RotaError) || error.failure.kind !== 'store') return error;
  const { problem, message } = error.failure;
  if (problem === 'wrong-passphrase') {
    return failed(problem, `The passphrase is not the one that "${path}" was written with.`, error);
  }
  if (problem !== 'corrupt') return error;
  const reason = /\((.+)\)/.exec(message)?.[1] ?? 'it cannot be read';
  return failed(
    problem,
    `"${path}" cannot be restored: ${reason}. Copy it once more, or export it anew.`,
    error,
  );
}

function encode({ accounts, endpoints }: Archive): Secret {
  const carried = accounts.map(({ account, credential }) => ({
    account,
    credential: encodeCredential(credential).reveal(),
  }));
  return new Secret(JSON.stringify({ version: VERSION, accounts: carried, endpoints }));
}

/** What is in it was encrypted by this program with the person's passphrase; only the version may be another. */
function decode(path: string, item: Secret): Archive {
  const { version, accounts, endpoints } = JSON.parse(item.reveal()) as {
    readonly version: unknown;
    readonly accounts: readonly { readonly account: Account; readonly credential: string }[];
    readonly endpoints: readonly Endpoint[];
  };
  if (version !== VERSION) {
    const message = `"${path}" is of version ${String(version)}, and this Rota reads version ${VERSION}: use the version that wrote it, or a newer one.`;
    throw failed('corrupt', message);
  }
  return {
    accounts: accounts.map(({ account, credential }) => ({
      account,
      credential: decodeCredential(new Secret(credential), account),
    })),
    endpoints,
  };
}

function failed(
  problem: 'corrupt' | 'wrong-passphrase' | 'unwritable',
  message: string,
  cause?: unknown,
): RotaError {
  return new RotaError({ kind: 'store', problem, message }, { cause });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
