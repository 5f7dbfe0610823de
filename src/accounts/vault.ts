import { join } from 'node:path';
import { RotaError } from '../failure.ts';
import type { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import { decodeCredential, encodeCredential } from './credential-codec.ts';
import type { Credential } from './credential.ts';
import { withLock } from './lock.ts';
import { openOwnKeys } from './own-keys.ts';
import type { Records } from './records.ts';
import { openRotationMarks } from './rotation-mark.ts';
import type { CredentialStore, StoreKind } from './store/store.ts';

/** Longer than a refresh may take, which is what another process holds the lock for. */
const LOCK_WAIT_MS = 60_000;

/** The secrets of the accounts and of Rota itself. Every method rejects with what the credential store rejects with. */
export interface Vault {
  readonly kind: StoreKind;
  /**
   * What the account proves itself with, read from the store.
   * @throws RotaError of kind `not-found` where there is no such account; `store` with `item-missing` where there is,
   * but the store gives nothing for it; `store` with `corrupt` where it gives what cannot be read.
   */
  credential(accountId: string): Promise<Credential>;
  /** Durable once the promise resolves. */
  save(accountId: string, credential: Credential): Promise<void>;
  /** Whether there was one. */
  remove(accountId: string): Promise<boolean>;
  /** Keeps every other process, and every other caller here, from changing this account's credential meanwhile. */
  locked<T>(accountId: string, work: () => Promise<T>): Promise<T>;
  /**
   * Says, before a refresh token is spent and while its successor cannot be stored, that the store may be behind; `save` takes
   * it back. Only under {@link Vault.locked}.
   */
  markRotating(accountId: string): Promise<void>;
  /** The refresh token was not spent after all: what the store has is the newest. */
  clearRotating(accountId: string): Promise<void>;
  /** Whether another process that lives has, or is getting, a newer credential than the store. */
  isRotatingElsewhere(accountId: string): Promise<boolean>;
  /** The key that clients send; made at first need. */
  localKey(): Promise<Secret>;
  /** The key that control routes need; made at first need. */
  adminKey(): Promise<Secret>;
  /** Makes another local key; clients need to be given it. */
  newLocalKey(): Promise<Secret>;
}

export function openVault(records: Records, store: CredentialStore): Vault {
  const keys = openOwnKeys(records, store);
  const marks = openRotationMarks(records.folder);
  return {
    kind: store.kind,
    async credential(accountId) {
      const item = await store.get(itemOf(accountId));
      const { accounts } = await records.read();
      const account = accounts.find(({ id }) => id === accountId);
      if (account === undefined) throw removed(accountId);
      if (item === undefined) throw missing(account, store.kind);
      return decodeCredential(item, account);
    },
    async save(accountId, credential) {
      await store.set(itemOf(accountId), encodeCredential(credential));
      await marks.clear(itemFile(accountId));
    },
    async remove(accountId) {
      const existed = await store.delete(itemOf(accountId));
      await marks.clear(itemFile(accountId));
      return existed;
    },
    markRotating: (accountId) => marks.set(itemFile(accountId)),
    clearRotating: (accountId) => marks.clear(itemFile(accountId)),
    isRotatingElsewhere: (accountId) => marks.isOthers(itemFile(accountId)),
    locked: (accountId, work) =>
      withLock(join(records.folder, itemFile(accountId)), work, { waitMs: LOCK_WAIT_MS }),
    localKey: () => keys.keyFor('local-key'),
    adminKey: () => keys.keyFor('admin-key'),
    newLocalKey: () => keys.renew('local-key'),
  };
}

function itemOf(accountId: string): string {
  return `account:${accountId}`;
}

/** A colon is not allowed in a file name everywhere. */
function itemFile(accountId: string): string {
  return `account-${accountId}`;
}

function removed(accountId: string): RotaError {
  return new RotaError({
    kind: 'not-found',
    message: `There is no account with the id "${accountId}" any more: another command has removed it.`,
  });
}

/** An empty locked keyring answers like one that never had the item, so this is never taken for "not signed in". */
function missing(account: Account, kind: StoreKind): RotaError {
  const cause =
    kind === 'os'
      ? 'keychain locked or item missing. Unlock the keychain and try again; where'
      : 'its item is missing from the encrypted credential file. Where';
  return new RotaError({
    kind: 'store',
    problem: 'item-missing',
    message: `The credential of the account "${account.label}" (${account.provider}) cannot be read: ${cause} the item is lost, sign in again: \`proxy login ${account.provider} --label "${account.label}"\`.`,
  });
}
