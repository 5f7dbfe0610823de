import { createRequire } from 'node:module';
import type { AsyncEntry } from '@napi-rs/keyring';
import { RotaError } from '../../failure.ts';
import { Secret } from '../../secret.ts';
import { withLock } from '../lock.ts';
import { inTurn } from './in-turn.ts';
import { keepIndex } from './item-index.ts';
import type { Items } from './items.ts';
import { classifyKeychainMessage, keychainFailure, type KeychainFailure } from './keychain-problems.ts';
import { splitItems } from './split-items.ts';
import type { CredentialStore } from './store.ts';

const BINDING = '@napi-rs/keyring';
/** Unpinned, the binding falls back to the kernel's keyring, which forgets everything at a restart. */
const PINNED = { linux: { store: 'secret-service' } } as const;
/** CRED_MAX_CREDENTIAL_BLOB_SIZE of the Windows Credential Manager. */
const WINDOWS_ITEM_BYTES = 2_560;
/** A call may wait for a person to unlock the keychain; whoever asked shall not wait as long. */
const CALL_LIMIT_MS = 20_000;

export interface KeychainOptions {
  /** What the items are filed under; see `serviceName`. */
  readonly service: string;
  /** Where writers of several processes exclude each other: a path that need not exist, in a folder that can be written. */
  readonly lockPath: string;
  readonly platform?: NodeJS.Platform;
  /** How long one call may take, in milliseconds. */
  readonly callLimitMs?: number;
}

/** Where the native binding lies, for a process that loads it by itself. */
export function keychainBindingPath(): string {
  return createRequire(import.meta.url).resolve(BINDING);
}

/**
 * The operating system's keychain: the Secret Service on Linux, the login keychain on macOS, the Credential Manager
 * on Windows. A call that waits for an unlock prompt cannot be cancelled and keeps the process from ending, so
 * `probeKeychain` should have found the keychain usable before.
 * @throws RotaError of kind `store`, from every method, with what `classifyKeychainMessage` makes of the native message.
 */
export function keychainStore(options: KeychainOptions): CredentialStore {
  const platform = options.platform ?? process.platform;
  const exclusively = <T>(work: () => Promise<T>): Promise<T> =>
    withLock(options.lockPath, work, {
      failure: (message) => ({ kind: 'store', problem: 'unwritable', message }),
    });
  const native = nativeItems(options, platform);
  const items = platform === 'win32' ? windowsItems(native, exclusively) : native;
  const index = keepIndex(items, exclusively);
  return {
    kind: 'os',
    async get(name) {
      const bytes = await items.get(name);
      return bytes === undefined ? undefined : new Secret(Buffer.from(bytes).toString('utf8'));
    },
    async set(name, value) {
      // The index first: a name without an item does no harm, an item without a name would be forgotten.
      await index.add(name);
      await items.set(name, Buffer.from(value.reveal(), 'utf8'));
    },
    async delete(name) {
      const existed = await items.delete(name);
      await index.remove(name);
      return existed;
    },
    list: () => index.names(),
  };
}

function windowsItems(native: Items, exclusively: <T>(work: () => Promise<T>) => Promise<T>): Items {
  const split = splitItems(native, WINDOWS_ITEM_BYTES);
  return {
    get: (name) => split.get(name),
    set: (name, value) => exclusively(() => split.set(name, value)),
    delete: (name) => exclusively(() => split.delete(name)),
  };
}

function nativeItems(options: KeychainOptions, platform: NodeJS.Platform): Items {
  // An entry holds a connection and takes milliseconds to make, so each is kept.
  const entries = new Map<string, AsyncEntry>();
  let hasAnswered = false;
  const limitMs = options.callLimitMs ?? CALL_LIMIT_MS;
  const turn = inTurn(limitMs, () => new RotaError(keychainFailure('timeout', platform, '')));

  async function entryOf(name: string): Promise<AsyncEntry> {
    const kept = entries.get(name);
    if (kept !== undefined) return kept;
    const binding = await import('@napi-rs/keyring');
    const entry = new binding.AsyncEntry(options.service, name, PINNED);
    entries.set(name, entry);
    return entry;
  }

  async function attempt<T>(name: string, action: (entry: AsyncEntry) => Promise<T>): Promise<T> {
    const wasKept = entries.has(name);
    try {
      const result = await action(await entryOf(name));
      hasAnswered = true;
      return result;
    } catch (cause) {
      // Its connection may be what failed: the next call makes another.
      entries.delete(name);
      const failure = asFailure(cause, platform, hasAnswered);
      // A keychain that was started anew does not know the sessions of before: ask it once with a new one.
      if (wasKept && failure.problem === 'gone') return attempt(name, action);
      throw new RotaError(failure, { cause });
    }
  }

  const use = <T>(name: string, action: (entry: AsyncEntry) => Promise<T>): Promise<T> =>
    turn(() => attempt(name, action));

  return {
    async get(name) {
      const bytes = await use(name, (entry) => entry.getSecret());
      return bytes === null ? undefined : Uint8Array.from(bytes);
    },
    set: (name, value) => use(name, (entry) => entry.setSecret(value)),
    delete: (name) => use(name, (entry) => entry.deleteCredential()),
  };
}

function asFailure(cause: unknown, platform: NodeJS.Platform, hasAnswered: boolean): KeychainFailure {
  const detail = cause instanceof Error ? cause.message : String(cause);
  const problem = classifyKeychainMessage(detail);
  // The words are the same whether there never was a service or it has just been stopped.
  const isGone = hasAnswered && (problem === 'no-service' || problem === 'no-session-bus');
  return keychainFailure(isGone ? 'gone' : problem, platform, detail);
}
