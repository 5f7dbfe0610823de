import type { Clock, Random } from '../clock.ts';
import { RotaError } from '../failure.ts';
import type { Logger } from '../log/logger.ts';
import type { Account } from './account.ts';
import type { OAuthCredential } from './credential.ts';
import type { Cancel, Scheduler } from './scheduler.ts';
import { backOffMs } from './token-timing.ts';
import type { Vault } from './vault.ts';

/** Rotated credentials that the store has refused: used from memory, and offered to it again until it takes them. */
export interface UnsavedCredentials {
  has(accountId: string): boolean;
  /** Begins to offer the credential again; takes the place of an earlier one of the account. */
  keep(account: Account, credential: OAuthCredential, cause: unknown): void;
  /** Something newer is in the store, or the account is gone. */
  forget(accountId: string): void;
  /** Offers each once more. @returns the labels of the accounts whose credential is lost with this process. */
  close(): Promise<readonly string[]>;
}

export interface UnsavedParts {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly log: Logger;
}

interface Waiting {
  readonly account: Account;
  readonly credential: OAuthCredential;
  failures: number;
  cancel: Cancel;
}

export function keepUnsavedCredentials(parts: UnsavedParts): UnsavedCredentials {
  const waiting = new Map<string, Waiting>();

  const forget = (accountId: string): void => {
    waiting.get(accountId)?.cancel();
    waiting.delete(accountId);
  };
  const plan = (entry: Waiting): void => {
    const waitMs = backOffMs(entry.failures, parts.random());
    entry.cancel = parts.scheduler.at(parts.clock.now() + waitMs, () => void offer(entry));
  };
  const isCurrent = (entry: Waiting): boolean => waiting.get(entry.account.id) === entry;

  const offer = async (entry: Waiting): Promise<void> => {
    try {
      await parts.vault.locked(entry.account.id, async () => {
        // While this one waited for the lock, a refresh may have stored its successor.
        if (!isCurrent(entry)) return;
        if (!(await isSuperseded(parts.vault, entry))) {
          await parts.vault.save(entry.account.id, entry.credential);
        }
        forget(entry.account.id);
        parts.log.info('the rotated credential is stored now', { account: entry.account.label });
      });
    } catch {
      // Said once, when it was refused first; the account's status shows that it goes on.
      if (!isCurrent(entry)) return;
      // Shows other processes that this one still lives, and has it.
      await parts.vault.markRotating(entry.account.id);
      entry.failures += 1;
      plan(entry);
    }
  };

  return {
    has: (accountId) => waiting.has(accountId),
    keep(account, credential, cause) {
      const isFirst = !waiting.has(account.id);
      forget(account.id);
      const entry: Waiting = { account, credential, failures: 1, cancel: () => undefined };
      waiting.set(account.id, entry);
      plan(entry);
      if (!isFirst) return;
      parts.log.warn(
        'the credential store refused a rotated credential; it is used from memory and offered again until it is stored',
        { account: account.label, problem: cause instanceof Error ? cause.message : 'unknown' },
      );
    },
    forget,
    async close() {
      const entries = [...waiting.values()];
      for (const entry of entries) entry.cancel();
      await Promise.all(entries.map(offer));
      const lost = [...waiting.values()];
      for (const entry of lost) entry.cancel();
      return lost.map(({ account }) => account.label);
    },
  };
}

/** Whether a later sign-in, or the account's removal, has made the credential worthless. */
async function isSuperseded(vault: Vault, { account, credential }: Waiting): Promise<boolean> {
  try {
    const stored = await vault.credential(account.id);
    return stored.kind !== 'oauth' || (stored.issuedAt ?? 0) > (credential.issuedAt ?? 0);
  } catch (error) {
    if (!(error instanceof RotaError)) throw error;
    const { failure } = error;
    if (failure.kind === 'not-found') return true;
    if (failure.kind === 'store' && ['item-missing', 'corrupt'].includes(failure.problem)) return false;
    throw error;
  }
}
