import { join } from 'node:path';
import { RotaError } from '../../failure.ts';
import type { Secret } from '../../secret.ts';
import { encryptedFileKind, encryptedFileStore } from './encrypted-file.ts';
import type { KeychainFailure } from './keychain-problems.ts';
import { keychainBindingPath, keychainStore } from './keychain.ts';
import { keyFileKey, passphraseKey } from './key-source.ts';
import { takePassphrase } from './passphrase.ts';
import { ensureFolder } from './private-file.ts';
import { probeKeychain, type ProbeOptions } from './probe.ts';
import { serviceName } from './service-name.ts';
import { storeFailure } from './store-failure.ts';
import type { CredentialStore, StoreKind } from './store.ts';

const KINDS: readonly StoreKind[] = ['os', 'passphrase', 'file'];
const ENCRYPTED_FILE = 'credentials.enc';
/** In a folder of its own: whoever copies the encrypted file with its folder shall not have the key by accident. */
const KEY_FILE = join('key', 'credentials.key');

export interface OpenStoreOptions {
  /** Rota's own folder, where the encrypted file lies. */
  readonly home: string;
  /** Where the key of the kind `file` lies; `key/credentials.key` in `home` where not given. */
  readonly keyFile?: string;
  /** `ROTA_KEYCHAIN`, `ROTA_PASSPHRASE` (deleted once read) and the others; also by which the keychain is found. */
  readonly env: NodeJS.ProcessEnv;
  /** The kind that is in use; `undefined` before the first credential was stored. */
  readonly remembered?: StoreKind | undefined;
  /** Whether a person is at a terminal, who can unlock a keychain and type a passphrase. */
  readonly interactive: boolean;
  /** Called when the keychain has been waiting for somebody to unlock it for two seconds. */
  readonly onWaiting?: () => void;
  /** Asks a person for the passphrase: of a file that is there (`open`), or for a new one (`create`). */
  readonly askPassphrase?: (use: 'open' | 'create') => Promise<Secret>;
  /** In place of `probeKeychain`. */
  readonly probe?: (options: ProbeOptions) => Promise<KeychainFailure | undefined>;
}

/**
 * Opens the place where credentials lie: what is in use already, else what `ROTA_KEYCHAIN` says, else the keychain of
 * the operating system, else an encrypted file where a passphrase is given. Its `kind` is for the caller to remember.
 * A store that is in use is never changed for another, whatever the environment says.
 * @throws RotaError of kind `store`: `none-chosen` where there is no place or the environment contradicts the one in
 * use; else what keeps that place from being used. Of kind `settings` where `ROTA_KEYCHAIN` is none of the kinds.
 */
export async function openStore(options: OpenStoreOptions): Promise<CredentialStore> {
  const { env, home, remembered } = options;
  const passphrase = takePassphrase(env);
  const wanted = wantedKind(env);
  if (remembered !== undefined && wanted !== undefined && remembered !== wanted)
    throw contradiction(remembered, wanted);
  // An encrypted file is in use even where nobody remembers it: a new store beside it would hide what it holds.
  const kind = remembered ?? wanted ?? (await encryptedFileKind(join(home, ENCRYPTED_FILE)));
  if (kind === 'passphrase') return openPassphraseFile(options, await passphrase());
  if (kind === 'file') return openKeyedFile(options);
  const problem = await probe(options);
  if (problem === undefined) return openKeychain(options);
  if (kind === 'os') throw new RotaError(problem);
  const given = await passphrase();
  if (given !== undefined) return openPassphraseFile(options, given);
  throw noneChosen(problem);
}

function wantedKind(env: NodeJS.ProcessEnv): StoreKind | undefined {
  const value = env['ROTA_KEYCHAIN'];
  if (value === undefined || value === '') return undefined;
  const kind = KINDS.find((known) => known === value);
  if (kind !== undefined) return kind;
  throw new RotaError({
    kind: 'settings',
    key: 'ROTA_KEYCHAIN',
    message: `ROTA_KEYCHAIN is "${value}", and can be ${KINDS.map((known) => `"${known}"`).join(', ')}.`,
  });
}

function probe(options: OpenStoreOptions): Promise<KeychainFailure | undefined> {
  const { env, interactive, onWaiting } = options;
  return (options.probe ?? probeKeychain)({
    service: serviceName(env['ROTA_HOME']),
    bindingPath: keychainBindingPath(),
    env,
    interactive,
    ...(onWaiting && { onWaiting }),
  });
}

function openKeychain({ env, home }: OpenStoreOptions): CredentialStore {
  return keychainStore({ service: serviceName(env['ROTA_HOME']), lockPath: join(home, 'keychain') });
}

async function openPassphraseFile(options: OpenStoreOptions, given?: Secret): Promise<CredentialStore> {
  const path = join(options.home, ENCRYPTED_FILE);
  const exists = (await encryptedFileKind(path)) !== undefined;
  const asked = options.interactive ? options.askPassphrase : undefined;
  const passphrase = given ?? (await asked?.(exists ? 'open' : 'create'));
  if (passphrase === undefined || passphrase.isEmpty) throw noPassphrase(path);
  return opened(path, encryptedFileStore(path, passphraseKey(passphrase)));
}

function openKeyedFile({ home, keyFile }: OpenStoreOptions): Promise<CredentialStore> {
  const path = join(home, ENCRYPTED_FILE);
  return opened(path, encryptedFileStore(path, keyFileKey(keyFile ?? join(home, KEY_FILE))));
}

/** Says now what would be in the way later: a wrong passphrase, or that nothing can be stored there. */
async function opened(path: string, store: CredentialStore): Promise<CredentialStore> {
  if ((await encryptedFileKind(path)) === undefined) await ensureFolder(path);
  else await store.list();
  return store;
}

function contradiction(remembered: StoreKind, wanted: StoreKind): RotaError {
  return storeFailure(
    'none-chosen',
    `Credentials are kept in the store "${remembered}", and ROTA_KEYCHAIN asks for "${wanted}": unset ROTA_KEYCHAIN; or, to move, \`proxy logout\` every account and \`proxy login\` again with ROTA_KEYCHAIN=${wanted}; or set ROTA_HOME to another folder, which has a store of its own.`,
  );
}

function noPassphrase(path: string): RotaError {
  return storeFailure(
    'no-passphrase',
    `The encrypted credential file "${path}" needs a passphrase: name a file that holds it with ROTA_PASSPHRASE_FILE, set ROTA_PASSPHRASE, or run this on a terminal to be asked.`,
  );
}

function noneChosen(problem: KeychainFailure): RotaError {
  return storeFailure(
    'none-chosen',
    `There is no place to keep credentials. ${problem.message} Less safe, without a passphrase: ROTA_KEYCHAIN=file, which keeps the key in a file, too.`,
  );
}
