import { RotaError } from '../failure.ts';
import type { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import type { AccountToken, TokenParts } from './account-token.ts';
import { openAccountToken } from './account-token.ts';
import type { TokenStatus } from './token-state.ts';
import { keepUnsavedCredentials } from './unsaved-credentials.ts';

/**
 * The running daemon's credentials: in memory, refreshed ahead of expiry, each account's by one flight at a time.
 * All waits reject with a `RotaError`: `needs-login` where only a new sign-in helps, `refresh` or `store` where it may
 * pass, `not-found` for an account that is gone, `shutting-down` after {@link TokenSource.close}.
 */
export interface TokenSource {
  /** What to send now, if it is in memory and fresh; never waits. */
  peek(accountId: string): Secret | undefined;
  /** What to send; waits for the store or the token endpoint where it must. Empty for a server that asks for nothing. */
  secretFor(accountId: string): Promise<Secret>;
  /**
   * After a 401: another secret than the one that was refused. Any number of callers cause one refresh, and none where
   * memory already has a newer one. `cannot` for a key, and where there is no refresh token.
   */
  refreshNow(accountId: string, used: Secret): Promise<Secret | 'cannot'>;
  /** Takes up the accounts as they are recorded now: added, renewed, changed or removed ones. Reading goes on behind it. */
  reload(accounts: readonly Account[]): void;
  /** Resolves when every account's credential has been read once, or could not be. */
  loaded(): Promise<void>;
  status(accountId: string): TokenStatus | undefined;
  /** Ends all plans, waits for refreshes under way, and offers what is not stored to the store once more. */
  close(): Promise<void>;
}

export function openTokens(parts: TokenParts): TokenSource {
  const unsaved = keepUnsavedCredentials(parts);
  const tokens = new Map<string, AccountToken>();
  let closed = false;

  const required = (accountId: string): AccountToken => {
    if (closed) throw new RotaError({ kind: 'shutting-down', message: 'Rota is shutting down.' });
    const token = tokens.get(accountId);
    if (token !== undefined) return token;
    throw new RotaError({
      kind: 'not-found',
      message: `There is no account with the id "${accountId}" any more: it was removed.`,
    });
  };
  const end = async (token: AccountToken): Promise<void> => {
    await token.stop();
    // A refresh that was under way may have left one that the store refused; what the sign-in stored is newer.
    unsaved.forget(token.account.id);
  };
  const takeUp = (account: Account): void => {
    const present = tokens.get(account.id);
    if (present?.account.renewedAt === account.renewedAt) return present.update(account);
    if (present !== undefined) void end(present);
    tokens.set(account.id, openAccountToken(parts, unsaved, account));
  };

  return {
    peek: (accountId) => (closed ? undefined : tokens.get(accountId)?.peek()),
    async secretFor(accountId) {
      return required(accountId).secret();
    },
    async refreshNow(accountId, used) {
      return required(accountId).refreshNow(used);
    },
    reload(accounts) {
      if (closed) return;
      const ids = new Set(accounts.map(({ id }) => id));
      for (const [id, token] of tokens) {
        if (ids.has(id)) continue;
        tokens.delete(id);
        void end(token);
      }
      for (const account of accounts) takeUp(account);
    },
    async loaded() {
      await Promise.all([...tokens.values()].map((token) => token.settled()));
    },
    status: (accountId) => tokens.get(accountId)?.status(),
    async close() {
      closed = true;
      await Promise.all([...tokens.values()].map((token) => token.stop()));
      const lost = await unsaved.close();
      if (lost.length === 0) return;
      parts.log.error(
        'rotated credentials could not be stored before the end; these accounts may need a new sign-in',
        { accounts: lost.join(', ') },
      );
    },
  };
}
