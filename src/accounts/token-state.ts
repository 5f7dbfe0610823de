import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import type { Credential, OAuthCredential } from './credential.ts';
import { makesTokens } from './made-token.ts';
import type { MadeToken } from './made-token.ts';
import { isUsable, refreshMoment } from './token-timing.ts';

/** A token that is handed out with no life left would otherwise be refreshed without end. */
const LEAST_BETWEEN_REFRESHES_MS = 5_000;

/** What the daemon has in memory about one account's credential. */
export interface TokenState {
  account: Account;
  /** `undefined` until the store has given it. */
  credential: Credential | undefined;
  /** The last token, where the credential makes them. */
  made: MadeToken | undefined;
  /** Whether anybody has asked for the secret since it was made: nothing is made for an account that rests. */
  wanted: boolean;
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
  return {
    account,
    credential: undefined,
    made: undefined,
    wanted: false,
    needsLogin,
    trouble: undefined,
    refreshedAt: -Infinity,
  };
}

/** What may be sent now. */
export function usableSecret(state: TokenState, nowMs: number): Secret | undefined {
  const { needsLogin, credential, made } = state;
  if (needsLogin !== undefined || credential === undefined) return undefined;
  if (credential.kind === 'oauth' && !isUsable(credential, nowMs)) return undefined;
  if (makesTokens(credential) && (made === undefined || !isUsable(livingAs(made), nowMs))) return undefined;
  return latestSecret(state);
}

/** What to send once everything has been done to have something; empty where there is nothing. */
export function latestSecret({ credential, made }: TokenState): Secret {
  if (credential?.kind === 'apiKey') return credential.key;
  const token = makesTokens(credential) ? made?.secret : accessTokenOf(credential);
  return token ?? new Secret('');
}

function accessTokenOf(credential: Credential | undefined): Secret | undefined {
  return credential?.kind === 'oauth' ? credential.accessToken : undefined;
}

/** A token that was made lives and is renewed like any other; what renews it is what has made it. */
function livingAs({ secret, issuedAt, expiresAt }: MadeToken): OAuthCredential {
  return { kind: 'oauth', accessToken: secret, refreshToken: secret, issuedAt, expiresAt };
}

/** When something is to be done about it by itself, in milliseconds since the epoch; `undefined` for never. */
export function nextMoment(state: TokenState, nowMs: number, chance: number): number | undefined {
  const { account, needsLogin, trouble, refreshedAt } = state;
  if (needsLogin !== undefined || !account.enabled) return undefined;
  if (trouble !== undefined) return trouble.retryAt;
  const living = livingOf(state);
  if (living === undefined) return undefined;
  const atMs = refreshMoment(living, nowMs, chance);
  return atMs === undefined ? undefined : Math.max(atMs, refreshedAt + LEAST_BETWEEN_REFRESHES_MS);
}

function livingOf({ credential, made }: TokenState): OAuthCredential | undefined {
  if (credential?.kind === 'oauth') return credential;
  return makesTokens(credential) && made !== undefined ? livingAs(made) : undefined;
}

export function statusOf(state: TokenState, nowMs: number, unsaved: boolean): TokenStatus {
  const { needsLogin, trouble } = state;
  const expiresAt = livingOf(state)?.expiresAt;
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
  // A token that is made is had when it is asked for.
  if (makesTokens(state.credential) && state.trouble === undefined) return 'ready';
  return usableSecret(state, nowMs) === undefined ? 'expired' : 'ready';
}

export function needsLoginError(account: Account, reason: string): RotaError {
  return new RotaError({
    kind: 'needs-login',
    message: `The account "${account.label}" (${account.provider}) needs a new sign-in: \`proxy login ${account.provider} --label "${account.label}"\`. ${reason}`,
  });
}
