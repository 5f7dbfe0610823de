import type { Random } from '../clock.ts';
import { RotaError } from '../failure.ts';
import type { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import type { RefreshParts } from './credential-refresh.ts';
import { refreshCredential } from './credential-refresh.ts';
import type { Credential } from './credential.ts';
import { makesTokens } from './made-token.ts';
import type { TokenMaker } from './made-token.ts';
import { mintedToken } from './minted-token.ts';
import type { MintToken } from './minted-token.ts';
import type { PrintToken } from './printed-token.ts';
import { sameSecret } from './same-secret.ts';
import type { Cancel } from './scheduler.ts';
import { backOffMs } from './token-timing.ts';
import type { TokenStatus } from './token-state.ts';
import {
  initialState,
  needsLoginError,
  nextMoment,
  latestSecret,
  statusOf,
  usableSecret,
} from './token-state.ts';
import type { UnsavedCredentials } from './unsaved-credentials.ts';

export interface TokenParts extends RefreshParts {
  readonly random: Random;
  readonly printToken: PrintToken;
  readonly mintToken: MintToken;
}

/** One account's credential in memory, kept fresh. */
export interface AccountToken {
  readonly account: Account;
  peek(): Secret | undefined;
  secret(): Promise<Secret>;
  refreshNow(used: Secret): Promise<Secret | 'cannot'>;
  /** Takes up a changed record of the same sign-in. */
  update(account: Account): void;
  status(): TokenStatus;
  /** Resolves when what is under way has ended, well or not. */
  settled(): Promise<void>;
  /** Plans nothing more; resolves like {@link AccountToken.settled}. */
  stop(): Promise<void>;
}

export function openAccountToken(
  parts: TokenParts,
  unsaved: UnsavedCredentials,
  account: Account,
): AccountToken {
  const { clock } = parts;
  const state = initialState(account);
  let loading: Promise<void> | undefined;
  let flight: Promise<Credential> | undefined;
  let stopped = false;
  const stopping = new AbortController();
  let cancel: Cancel = () => undefined;

  const peek = (): Secret | undefined => {
    state.wanted = true;
    return usableSecret(state, clock.now());
  };
  const plan = (): void => {
    cancel();
    const atMs = nextMoment(state, clock.now(), parts.random());
    if (stopped || atMs === undefined) return;
    cancel = parts.scheduler.at(atMs, () => {
      // Nobody needs a token to be made for an account that nothing is sent with.
      if (makesTokens(state.credential) && !state.wanted) return;
      // A planned run has nobody who waits for it; what goes wrong is kept as trouble.
      const run: Promise<unknown> = state.credential === undefined ? load() : refresh();
      run.catch(() => undefined);
    });
  };
  const troubled = (error: RotaError): RotaError => {
    const failures = (state.trouble?.failures ?? 0) + 1;
    const backOffAt = clock.now() + backOffMs(failures, parts.random());
    state.trouble = { error, failures, retryAt: Math.max(backOffAt, namedTime(error)) };
    const level = failures === 1 ? 'warn' : 'debug';
    parts.log[level](error.failure.message, { account: state.account.label, failures });
    return error;
  };

  const load = (): Promise<void> => {
    loading ??= read().finally(() => {
      loading = undefined;
      plan();
    });
    return loading;
  };
  const read = async (): Promise<void> => {
    try {
      state.credential = await parts.vault.credential(account.id);
      state.trouble = undefined;
    } catch (error) {
      throw troubled(asRotaError(error));
    }
  };

  const refresh = (refused?: Secret): Promise<Credential> => {
    flight ??= run(refused).finally(() => {
      flight = undefined;
      plan();
    });
    return flight;
  };
  const run = async (refused?: Secret): Promise<Credential> => {
    const { credential, needsLogin, trouble } = state;
    if (needsLogin !== undefined) throw needsLoginError(state.account, needsLogin);
    if (trouble !== undefined && clock.now() < trouble.retryAt) throw trouble.error;
    if (makesTokens(credential)) return make(credential);
    // A sign-in has put a key in the token's place.
    if (credential?.kind !== 'oauth') return credential ?? { kind: 'none' };
    try {
      const held = { credential, unsaved: unsaved.has(account.id) };
      const result = await refreshCredential(parts, state.account, held, refused);
      if (result.kind === 'refreshed') state.refreshedAt = clock.now();
      if (result.kind === 'refreshed' && result.unsaved !== undefined) {
        unsaved.keep(state.account, result.credential, result.unsaved);
      } else {
        unsaved.forget(account.id);
      }
      state.credential = result.credential;
      if (result.credential.kind === 'oauth' && result.credential.accessToken === undefined) {
        throw noAccessToken(state.account);
      }
      state.trouble = undefined;
      return result.credential;
    } catch (error) {
      throw failed(asRotaError(error));
    }
  };
  const make = async (maker: TokenMaker): Promise<Credential> => {
    const { signal } = stopping;
    try {
      state.made =
        maker.kind === 'command'
          ? await parts.printToken(maker, signal)
          : await mintedToken(parts, state.account, maker, signal);
    } catch (error) {
      throw stopped ? error : failed(asRotaError(error));
    }
    state.wanted = false;
    state.trouble = undefined;
    state.refreshedAt = clock.now();
    return maker;
  };
  const failed = (error: RotaError): RotaError => {
    if (error.failure.kind !== 'refresh' || !error.failure.final) return troubled(error);
    state.needsLogin = error.failure.message;
    state.trouble = undefined;
    const told = needsLoginError(state.account, state.needsLogin);
    parts.log.warn(told.failure.message, { account: state.account.label });
    return told;
  };
  const settled = async (): Promise<void> => {
    await Promise.allSettled([loading, flight].filter((work) => work !== undefined));
  };

  if (state.needsLogin === undefined) load().catch(() => undefined);

  return {
    get account() {
      return state.account;
    },
    peek,
    async secret() {
      if (state.needsLogin !== undefined) throw needsLoginError(state.account, state.needsLogin);
      if (state.credential === undefined) await load();
      const ready = peek();
      if (ready !== undefined) return ready;
      await refresh();
      return latestSecret(state);
    },
    async refreshNow(used) {
      if (state.needsLogin !== undefined) throw needsLoginError(state.account, state.needsLogin);
      if (state.credential === undefined) await load();
      const current = peek();
      if (current !== undefined && !sameSecret(current, used)) return current;
      if (!isRenewable(state.credential)) return 'cannot';
      await refresh(used);
      const renewed = latestSecret(state);
      // Whatever makes once more what was refused has nothing better.
      return makesTokens(state.credential) && sameSecret(renewed, used) ? 'cannot' : renewed;
    },
    update(next) {
      state.account = next;
      state.needsLogin ??= next.needsLogin?.reason;
      plan();
    },
    status: () => statusOf(state, clock.now(), unsaved.has(account.id)),
    settled,
    stop() {
      stopped = true;
      stopping.abort();
      cancel();
      return settled();
    },
  };
}

function isRenewable(credential: Credential | undefined): boolean {
  if (credential?.kind === 'oauth') return credential.refreshToken !== undefined;
  return makesTokens(credential);
}

/** The rotated refresh token is kept; it is spent again after the back-off. */
function noAccessToken({ label, provider }: Account): RotaError {
  return new RotaError({
    kind: 'refresh',
    final: false,
    message: `The refresh of the account "${label}" (${provider}) brought no access token. It will be tried again.`,
  });
}

/** Before when the provider does not want to be asked again, in milliseconds since the epoch. */
function namedTime({ failure }: RotaError): number {
  return failure.kind === 'refresh' ? (failure.retryAt ?? 0) : 0;
}

function asRotaError(error: unknown): RotaError {
  if (error instanceof RotaError) return error;
  return new RotaError(
    { kind: 'internal', message: 'An unexpected error came up while a credential was prepared.' },
    { cause: error },
  );
}
