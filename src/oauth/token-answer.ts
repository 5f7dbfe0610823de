import { Secret } from '../secret.ts';
import { signInClaims, userinfoClaims } from './claims.ts';
import { libraryClient } from './library.ts';
import type { Library } from './library.ts';
import type { ResolvedServer } from './resolved-server.ts';
import { signInError } from './sign-in-failure.ts';
import type { TokenBody } from './token-response.ts';
import type { OAuthContext, TokenAnswer, TokenLogin } from './types.ts';

/** Who was asked for tokens, and how. */
export interface TokenSide {
  readonly library: Library;
  readonly login: TokenLogin;
  readonly server: ResolvedServer;
}

/**
 * What a token endpoint gave at a sign-in, with the claims of its id token and of the userinfo endpoint.
 * @param nonce what the id token must hold, where one was sent.
 * @throws RotaError `sign-in`/`token-answer`, `cancelled`.
 */
export async function tokenAnswer(
  side: TokenSide,
  body: TokenBody,
  nonce: string | undefined,
  context: OAuthContext,
): Promise<TokenAnswer> {
  const { library, login, server } = side;
  const { accessToken, refreshToken, idToken, tokenType, expiresInSeconds } = body;
  const { host } = new URL(server.tokenEndpoint);
  if (accessToken === undefined) {
    throw signInError('token-answer', `${host} answered the sign-in without an access token.`);
  }
  if (tokenType !== undefined && tokenType.toLowerCase() !== 'bearer') {
    throw signInError(
      'token-answer',
      `${host} hands out tokens of a kind that is not known here; only bearer tokens are.`,
    );
  }
  const expiresAt =
    expiresInSeconds === undefined ? {} : { expiresAt: context.clock.now() + expiresInSeconds * 1000 };
  const client = libraryClient(library, login, context);
  const own = idToken === undefined ? {} : await signInClaims(library, server, client, idToken, nonce);
  const further = isOpenId(login)
    ? await userinfoClaims(library, server, client, accessToken, own['sub'], context)
    : {};
  return {
    kind: 'tokens',
    accessToken: new Secret(accessToken),
    ...(refreshToken === undefined ? {} : { refreshToken: new Secret(refreshToken) }),
    ...expiresAt,
    claims: { ...further, ...own },
  };
}

export function isOpenId(login: TokenLogin): boolean {
  return login.scopes?.includes('openid') ?? false;
}
