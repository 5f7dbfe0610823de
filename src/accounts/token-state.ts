import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import type { Credential } from './credential.ts';
import { isUsable, refreshMoment } from './token-timing.ts';

/** A token that is handed out with no life left would otherwise be refreshed without end. */
const LEAST_BETWEEN_REFRESHES_MS = 5_000;

/** What the daemon has in memory about one account's credential. */
export interface TokenState {
  account: Account;
  /** `undefined` until the store has given it. */
  credential: Credential | undefined;
  /** Why only a new sign-in helps, in a sentence. */
  needsLogin: string | undefined;
  /** What went wrong last and may pass. */
  trouble: Trouble | undefined;
  /** When this process refreshed it last, in milliseconds since the epoch. */
  refreshedAt: number;
}

export interface Trouble {
  readonly error: RotaError;
  /** In a row. */
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
}

/** How an account's credential is doing, for `status`. */
export interface TokenStatus {
  /** `unreadable`: the credential store does not give it. */
  readonly state: 'loading' | 'ready' | 'expired' | 'unreadable' | 'needs-login';
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** When something that failed is tried again, in milliseconds since the epoch. */
  readonly retryAt?: number;
  readonly problem?: string;
  /** The credential is in memory only: the store refused it so far. */
  readonly unsaved: boolean;
}

export function initialState(account: Account): TokenState {
  const needsLogin = account.needsLogin?.reason;
  return { account, credential: undefined, needsLogin, trouble: undefined, refreshedAt: -Infinity };
}

/** What may be sent now. */
export function usableSecret({ needsLogin, credential }: TokenState, nowMs: number): Secret | undefined {
  if (needsLogin !== undefined || credential === undefined) return undefined;
  if (credential.kind === 'oauth' && !isUsable(credential, nowMs)) return undefined;
  return secretIn(credential);
}

export function secretIn(credential: Credential): Secret {
  const { kind } = credential;
  if (kind === 'none') return new Secret('');
  return kind === 'apiKey' ? credential.key : (credential.accessToken ?? new Secret(''));
}

/** When something is to be done about it by itself, in milliseconds since the epoch; `undefined` for never. */
export function nextMoment(state: TokenState, nowMs: number, chance: number): number | undefined {
  const { account, credential, needsLogin, trouble, refreshedAt } = state;
  if (needsLogin !== undefined || !account.enabled) return undefined;
  if (trouble !== undefined) return trouble.retryAt;
  if (credential?.kind !== 'oauth') return undefined;
  const atMs = refreshMoment(credential, nowMs, chance);
  return atMs === undefined ? undefined : Math.max(atMs, refreshedAt + LEAST_BETWEEN_REFRESHES_MS);
}

export function statusOf(state: TokenState, nowMs: number, unsaved: boolean): TokenStatus {
  const { credential, needsLogin, trouble } = state;
  const expiresAt = credential?.kind === 'oauth' ? credential.expiresAt : undefined;
  const problem = needsLogin ?? trouble?.error.failure.message;
  return {
    state: conditionOf(state, nowMs),
    unsaved,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(trouble !== undefined && { retryAt: trouble.retryAt }),
    ...(problem !== undefined && { problem }),
  };
}

function conditionOf(state: TokenState, nowMs: number): TokenStatus['state'] {
  if (state.needsLogin !== undefined) return 'needs-login';
  if (state.credential === undefined) return state.trouble === undefined ? 'loading' : 'unreadable';
  return usableSecret(state, nowMs) === undefined ? 'expired' : 'ready';
}

export function needsLoginError(account: Account, reason: string): RotaError {
  return new RotaError({
    kind: 'needs-login',
    message: `The account "${account.label}" (${account.provider}) needs a new sign-in: \`proxy login ${account.provider} --label "${account.label}"\`. ${reason}`,
  });
}
