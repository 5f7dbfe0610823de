import { RotaError } from '../failure.ts';
import type { OAuthContext, ServiceAccountKey, ServiceAccountLogin, TokenAnswer } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { Account } from './account.ts';
import { recordNeedsLogin } from './credential-refresh.ts';
import type { RefreshParts } from './credential-refresh.ts';
import type { ServiceAccountCredential } from './credential.ts';
import type { MadeToken } from './made-token.ts';

/** RFC 7523 §2.1, as `src/oauth` performs it. Rejects with a `RotaError` of kind `refresh`, or `cancelled`. */
export type MintToken = (
  login: ServiceAccountLogin,
  key: ServiceAccountKey,
  context: OAuthContext,
) => Promise<TokenAnswer>;

export interface MintParts extends Pick<RefreshParts, 'provider' | 'fetchFor' | 'clock' | 'records' | 'log'> {
  readonly mintToken: MintToken;
}

/** For how long a token is used, in milliseconds, where the server does not say. */
const LIFETIME_MS = 300_000;

/**
 * Asks for a token with an account's key, once. Nothing is spent by that, so that processes need not wait for each other.
 * @throws RotaError of kind `refresh` (`final` where only a new sign-in helps, which is recorded by then), or `cancelled`.
 */
export async function mintedToken(
  parts: MintParts,
  account: Account,
  key: ServiceAccountCredential,
  signal: AbortSignal,
): Promise<MadeToken> {
  const { clock } = parts;
  const login = serviceAccountLoginOf(parts.provider(account.provider));
  if (login === undefined) {
    throw failed(account, `the provider "${account.provider}" takes no service accounts any more`);
  }
  try {
    const context = { fetch: parts.fetchFor(account), clock, signal };
    const { accessToken, expiresAt } = await parts.mintToken(login, key, context);
    const issuedAt = clock.now();
    return { secret: accessToken, issuedAt, expiresAt: expiresAt ?? issuedAt + LIFETIME_MS };
  } catch (error) {
    // Without the cause: what a failing call throws can quote its body.
    if (!(error instanceof RotaError)) throw failed(account, 'the token endpoint could not be used');
    const { failure } = error;
    if (failure.kind === 'refresh' && failure.final) {
      await recordNeedsLogin(parts, account, failure.message);
    }
    throw error;
  }
}

export function serviceAccountLoginOf(provider: Provider | undefined): ServiceAccountLogin | undefined {
  return provider?.login.find((way): way is ServiceAccountLogin => way.kind === 'service-account');
}

function failed({ label, provider }: Account, why: string): RotaError {
  return new RotaError({
    kind: 'refresh',
    final: false,
    message: `No access token could be had for the account "${label}" (${provider}): ${why}.`,
  });
}
