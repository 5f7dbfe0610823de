import type { Secret } from '../../secret.ts';

/** `os`: the operating system's keychain. `passphrase`: an encrypted file. `file`: a file encrypted with a key that lies beside it. */
export type StoreKind = 'os' | 'passphrase' | 'file';

/**
 * Where secrets lie between runs, one named item each. Every method rejects with a `RotaError` of kind `store`
 * when the place itself cannot be used; a missing item is `undefined`, never an error.
 */
export interface CredentialStore {
  readonly kind: StoreKind;
  get(name: string): Promise<Secret | undefined>;
  /** Durable once the promise resolves. */
  set(name: string, value: Secret): Promise<void>;
  /** Whether there was such an item. */
  delete(name: string): Promise<boolean>;
  list(): Promise<readonly string[]>;
}
