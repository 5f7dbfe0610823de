import type { Clock } from '../clock.ts';
import type { Failure } from '../failure.ts';
import { RotaError } from '../failure.ts';
import type { Fetch, OAuthContext, TokenAnswer, TokenLogin } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { Secret } from '../secret.ts';
import type { Logger } from '../log/logger.ts';
import type { Account } from './account.ts';
import { markNeedsLogin } from './account-changes.ts';
import type { Credential, OAuthCredential } from './credential.ts';
import type { Records } from './records.ts';
import { sameSecret } from './same-secret.ts';
import type { Scheduler } from './scheduler.ts';
import { tokenLoginOf } from './token-login.ts';
import { isUsable } from './token-timing.ts';
import type { Vault } from './vault.ts';

const TIMEOUT_MS = 30_000;
/** After the time-out: an answer that has arrived by then, and is still being read, may hold the only refresh token that is left. */
const GRACE_MS = 5_000;

/** RFC 6749 §6, as `src/oauth` performs it. Rejects with a `RotaError` of kind `refresh`. */
export type RefreshTokens = (
  login: TokenLogin,
  refreshToken: Secret,
  context: OAuthContext,
) => Promise<TokenAnswer>;

export interface RefreshParts {
  readonly vault: Vault;
  readonly records: Records;
  readonly log: Logger;
  readonly refresh: RefreshTokens;
  /** `undefined` where the provider is no longer in the settings. */
  readonly provider: (id: string) => Provider | undefined;
  /** The way out for this account: the same agent and egress proxy as its requests. */
  readonly fetchFor: (account: Account) => Fetch;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

export interface HeldCredential {
  readonly credential: OAuthCredential;
  /** The store has refused it so far: what the store has is older. */
  readonly unsaved: boolean;
}

export type Refreshed =
  /** Another process, or a new sign-in, had stored a newer credential: nothing was spent. */
  | { readonly kind: 'adopted'; readonly credential: Credential }
  | {
      readonly kind: 'refreshed';
      readonly credential: OAuthCredential;
      /** Why the store did not take it, where it did not. */
      readonly unsaved?: unknown;
    };

/**
 * Gets a new access token for one account, once: under the lock across processes; with what the store has, if that is
 * newer; and with the rotated refresh token stored before anyone uses the access token that came with it.
 * @param refused the access token that the provider has just answered with 401, where that is the occasion.
 * @throws RotaError of kind `refresh` (`final` where only a new sign-in helps), `not-found` where the account was
 * removed, or what the lock rejects with.
 */
export async function refreshCredential(
  parts: RefreshParts,
  account: Account,
  held: HeldCredential,
  refused?: Secret,
): Promise<Refreshed> {
  return parts.vault.locked(account.id, async () => {
    const stored = await readStored(parts.vault, account.id);
    const newest = newerOf(stored, held);
    if (newest.kind !== 'oauth') return { kind: 'adopted', credential: newest };
    const isNews = newest !== held.credential && !sameSecret(newest.accessToken, refused);
    if (isNews && isUsable(newest, parts.clock.now())) return { kind: 'adopted', credential: newest };
    await refuseWhatOthersKnow(parts, account);
    await parts.vault.markRotating(account.id);
    const answer = await exchange(parts, account, newest).catch(async (error: unknown) => {
      if (!held.unsaved) await parts.vault.clearRotating(account.id);
      const failure = judged(error, account, stored !== undefined || held.unsaved);
      // Still under the lock: whoever waits for it must not send the refused token once more.
      if (isFinal(failure)) await recordNeedsLogin(parts, account, failure.failure.message);
      throw failure;
    });
    const credential = merged(newest, answer, parts.clock.now());
    try {
      await parts.vault.save(account.id, credential);
      return { kind: 'refreshed', credential };
    } catch (error) {
      return { kind: 'refreshed', credential, unsaved: error };
    }
  });
}

/**
 * A token that another process was refused, or has already spent without being able to store what it got, is not sent again.
 * @throws RotaError of kind `refresh`
 */
async function refuseWhatOthersKnow({ vault, records }: RefreshParts, account: Account): Promise<void> {
  const content = await records.read().catch(() => undefined);
  const recorded = content?.accounts.find(({ id }) => id === account.id);
  if (recorded?.needsLogin !== undefined && recorded.renewedAt === account.renewedAt) {
    throw new RotaError({ kind: 'refresh', final: true, message: recorded.needsLogin.reason });
  }
  if (await vault.isRotatingElsewhere(account.id)) {
    const why = 'another process of Rota has renewed it, and cannot store what it got yet';
    throw failed(account, false, why);
  }
}

/** So that the next start, and every command, knows it too. */
export async function recordNeedsLogin(
  parts: Pick<RefreshParts, 'records' | 'clock' | 'log'>,
  account: Account,
  reason: string,
): Promise<void> {
  const { id, renewedAt } = account;
  const since = new Date(parts.clock.now()).toISOString();
  try {
    await parts.records.change((content) => markNeedsLogin(content, id, { renewedAt, since, reason }));
  } catch (error) {
    parts.log.warn('that an account needs a new sign-in could not be recorded', {
      account: account.label,
      problem: error instanceof RotaError ? error.failure.message : 'an unexpected error',
    });
  }
}

function isFinal({ failure }: RotaError): boolean {
  return failure.kind === 'refresh' && failure.final;
}

/** `undefined` where the store cannot tell: the credential in memory must do then, or a locked keyring would stop everything. */
async function readStored(vault: Vault, accountId: string): Promise<Credential | undefined> {
  try {
    return await vault.credential(accountId);
  } catch (error) {
    if (error instanceof RotaError && error.failure.kind === 'not-found') throw error;
    return undefined;
  }
}

function newerOf(stored: Credential | undefined, held: HeldCredential): Credential {
  if (stored === undefined) return held.credential;
  if (stored.kind !== 'oauth') return stored;
  const { accessToken, refreshToken, issuedAt = 0 } = held.credential;
  const isSame = sameSecret(stored.accessToken, accessToken) && sameSecret(stored.refreshToken, refreshToken);
  if (isSame) return held.credential;
  const storedAt = stored.issuedAt ?? 0;
  const isOlder = held.unsaved ? storedAt <= issuedAt : storedAt < issuedAt;
  return isOlder ? held.credential : stored;
}

async function exchange(
  parts: RefreshParts,
  account: Account,
  credential: OAuthCredential,
): Promise<TokenAnswer> {
  const { refreshToken } = credential;
  if (refreshToken === undefined) {
    throw failed(account, true, 'the provider gave no refresh token, and the access token has run out');
  }
  const login = tokenLoginOf(parts.provider(account.provider), credential);
  if (login === undefined) {
    throw failed(account, false, `the provider "${account.provider}" is not in the settings any more`);
  }
  const { clock, scheduler } = parts;
  const stop = new AbortController();
  return new Promise<TokenAnswer>((resolve, reject) => {
    const giveUp = (): void => reject(failed(account, false, `no answer came within ${TIMEOUT_MS / 1000} s`));
    let cancel = scheduler.at(clock.now() + TIMEOUT_MS, () => {
      cancel = scheduler.at(clock.now() + GRACE_MS, giveUp);
      stop.abort();
    });
    parts
      .refresh(login, refreshToken, { fetch: parts.fetchFor(account), clock, signal: stop.signal })
      .then(resolve, reject)
      .finally(() => cancel());
  });
}

/**
 * A refusal is final only where the refused token is known to be the newest: while the store cannot be read, another
 * process may have spent it and stored its successor.
 */
function judged(error: unknown, account: Account, isNewest: boolean): RotaError {
  if (!(error instanceof RotaError) || error.failure.kind !== 'refresh') {
    // Without the cause: what a failing call throws can quote its headers or body.
    return failed(account, false, 'the token endpoint could not be used');
  }
  if (!error.failure.final || isNewest) return error;
  return new RotaError({ ...error.failure, final: false }, { cause: error });
}

function failed(account: Account, final: boolean, why: string): RotaError {
  const failure: Failure = {
    kind: 'refresh',
    final,
    message: `The access token of the account "${account.label}" (${account.provider}) could not be refreshed: ${why}.`,
  };
  return new RotaError(failure);
}

/** RFC 6749 §6: a refresh token that the answer does not replace stays valid. */
function merged(before: OAuthCredential, answer: TokenAnswer, nowMs: number): OAuthCredential {
  const refreshToken = answer.refreshToken ?? before.refreshToken;
  return {
    kind: 'oauth',
    // Empty where the answer was of use for its refresh token alone.
    ...(!answer.accessToken.isEmpty && { accessToken: answer.accessToken }),
    // Which of two is the newer must not depend on a clock that was put back meanwhile.
    issuedAt: Math.max(nowMs, (before.issuedAt ?? 0) + 1),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(answer.expiresAt !== undefined && { expiresAt: answer.expiresAt }),
    ...(before.login !== undefined && { login: before.login }),
    ...(before.client !== undefined && { client: before.client }),
  };
}
