import type { Failure } from '../failure.ts';
import type { Outcome } from '../outcome.ts';
import type { Secret } from '../secret.ts';
import type { Serving } from './routing.ts';

/** The accounts, as the gateway needs them. */
export interface AccountPool {
  /** Why nothing can be served at all: no account yet, or a locked keychain. */
  obstacle(): Failure | undefined;
  serving(): readonly Serving[];
  /** Resolves when the model lists that are being fetched are there, or after a short while without them. */
  listsSettled(): Promise<void>;
  /** Resolves as soon as `isEnough` says so of the lists that have come, otherwise as {@link AccountPool.listsSettled}. */
  listsUntil(isEnough: () => boolean): Promise<void>;
  /** The credential, if it can be used without waiting. */
  peekSecret(account: string): Secret | undefined;
  /** @throws RotaError where there is none to be had */
  secret(account: string): Promise<Secret>;
  /** Renews a credential that was refused. An outcome tells why that failed. */
  renew(account: string, refused: Secret): Promise<Outcome | undefined>;
}
