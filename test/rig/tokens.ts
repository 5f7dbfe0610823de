import type { RefreshTokens } from '../../src/accounts/credential-refresh.ts';
import { decodeCredential } from '../../src/accounts/credential-codec.ts';
import type { Credential } from '../../src/accounts/credential.ts';
import type { MintToken } from '../../src/accounts/minted-token.ts';
import type { PrintToken } from '../../src/accounts/printed-token.ts';
import { openRecords } from '../../src/accounts/records.ts';
import type { Records } from '../../src/accounts/records.ts';
import { openTokens } from '../../src/accounts/tokens.ts';
import { openVault } from '../../src/accounts/vault.ts';
import { RotaError } from '../../src/failure.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { TokenAnswer } from '../../src/oauth/types.ts';
import { Secret } from '../../src/secret.ts';
import {
  manualTime,
  memoryStore,
  oauth,
  provider,
  realFetch,
  recordAccount,
  recordingLogger,
  temporaryFolder,
} from './accounts.ts';

export const HOUR_MS = 3_600_000;

export interface World {
  readonly refresh?: RefreshTokens;
  readonly credential?: Credential;
  readonly printToken?: PrintToken;
  readonly mintToken?: MintToken;
  /** The ways to sign in that the provider has, where it is not the usual one. */
  readonly login?: Provider['login'];
}

/** A daemon with one account, `one`, whose token lives for an hour from the start. */
export async function world({
  refresh,
  printToken,
  mintToken,
  login,
  credential = oauth('first'),
}: World = {}) {
  const time = manualTime();
  const store = memoryStore();
  const { log, lines } = recordingLogger();
  const records = openRecords(temporaryFolder());
  const vault = openVault(records, store);
  const spent: string[] = [];
  const answerWith: RefreshTokens =
    refresh ??
    (async () => tokenAnswer(`token-${spent.length}`, time.clock.now(), `refresh-${spent.length}`));
  const account = await recordAccount(records, 'one');
  await vault.save('one', credential);
  store.written.length = 0;
  const start = () =>
    openTokens({
      // Each is a process of its own, as far as its marks tell.
      vault: openVault(records, store),
      records,
      log,
      clock: time.clock,
      scheduler: time.scheduler,
      random: () => 0,
      provider: () => provider(login && { login }),
      fetchFor: () => realFetch,
      printToken: printToken ?? (() => Promise.reject(new Error('no command was expected'))),
      mintToken: mintToken ?? (() => Promise.reject(new Error('no service account was expected'))),
      refresh: (login, refreshToken, context) => {
        spent.push(refreshToken.reveal());
        return answerWith(login, refreshToken, context);
      },
    });
  const tokens = start();
  tokens.reload([account]);
  await tokens.loaded();
  const stored = (): Credential => {
    const item = store.items.get('account:one');
    if (item === undefined) throw new Error('nothing is stored');
    return decodeCredential(item, account);
  };
  /** The same store with other records. */
  const vaultOf = (others: Records) => openVault(others, store);
  return { time, store, lines, records, vault, vaultOf, tokens, account, spent, stored, start };
}

export function tokenAnswer(accessToken: string, nowMs: number, refreshToken?: string): TokenAnswer {
  return {
    kind: 'tokens',
    accessToken: new Secret(accessToken),
    expiresAt: nowMs + HOUR_MS,
    claims: {},
    ...(refreshToken !== undefined && { refreshToken: new Secret(refreshToken) }),
  };
}

export function refuseWith(final: boolean): RefreshTokens {
  return async () => {
    throw new RotaError({
      kind: 'refresh',
      final,
      message: final ? 'Acme says: invalid_grant.' : 'Acme says 503.',
    });
  };
}

export const accessIn = (credential: Credential): string | undefined =>
  credential.kind === 'oauth' ? credential.accessToken?.reveal() : undefined;
export const refreshIn = (credential: Credential): string | undefined =>
  credential.kind === 'oauth' ? credential.refreshToken?.reveal() : undefined;
