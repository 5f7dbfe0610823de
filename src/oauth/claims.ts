import type { Client } from 'oauth4webapi';
import { RotaError } from '../failure.ts';
import { libraryServer, requestOptions } from './library.ts';
import type { Library } from './library.ts';
import type { ResolvedServer } from './resolved-server.ts';
import { readObject } from './token-response.ts';
import { signInError } from './sign-in-failure.ts';
import type { OAuthContext } from './types.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** How long a sign-in waits for the userinfo endpoint, in milliseconds: it adds a name, nothing more. */
const userinfoTimeoutMs = 10_000;

/**
 * The claims of an id token that came with a code's tokens, checked as OpenID Connect Core 1.0 §3.1.3.7 says
 * (issuer, audience, times, nonce). It came straight from the token endpoint, so TLS stands for its signature (item 6 there).
 * @throws RotaError `sign-in`/`token-answer`.
 */
export async function signInClaims(
  library: Library,
  server: ResolvedServer,
  client: Client,
  idToken: string,
  nonce: string | undefined,
): Promise<Claims> {
  try {
    const answer = await library.processAuthorizationCodeResponse(
      trusted(server, idToken),
      client,
      carrier(idToken),
      { expectedNonce: nonce ?? library.expectNoNonce },
    );
    const claims = library.getValidatedIdTokenClaims(answer);
    return { ...claims };
  } catch (error) {
    if (error instanceof library.OperationProcessingError && error.code === library.JWT_TIMESTAMP_CHECK) {
      throw signInError(
        'token-answer',
        "The id token is not valid at this time. Check this machine's clock.",
      );
    }
    throw signInError(
      'token-answer',
      'The id token that came with the sign-in is not to be trusted: it was made by or for somebody else, or is damaged.',
    );
  }
}

/** The claims of an id token that came with a refresh; none where it is not to be trusted. */
export async function refreshClaims(
  library: Library,
  server: ResolvedServer,
  client: Client,
  idToken: string,
): Promise<Claims> {
  try {
    const answer = await library.processRefreshTokenResponse(
      trusted(server, idToken),
      client,
      carrier(idToken),
    );
    const claims = library.getValidatedIdTokenClaims(answer);
    return { ...claims };
  } catch {
    return {};
  }
}

/**
 * The userinfo endpoint's claims (OpenID Connect Core 1.0 §5.3), of the id token's subject only. They are a help in
 * naming the account: where they cannot be had, there are none.
 * @throws RotaError `cancelled`.
 */
export async function userinfoClaims(
  library: Library,
  server: ResolvedServer,
  client: Client,
  accessToken: string,
  subject: unknown,
  context: OAuthContext,
): Promise<Claims> {
  if (server.userinfoEndpoint === undefined) return {};
  const described = libraryServer(server);
  const expected = typeof subject === 'string' ? subject : library.skipSubjectCheck;
  try {
    const options = requestOptions(library, context, server.userinfoEndpoint, userinfoTimeoutMs);
    const response = await library.userInfoRequest(described, client, accessToken, options);
    return { ...(await library.processUserInfoResponse(described, client, expected, response)) };
  } catch (error) {
    if (error instanceof RotaError && error.failure.kind === 'cancelled') throw error;
    return {};
  }
}

// Only the id token is judged here: the other members of the answer were read already, and less strictly.
function carrier(idToken: string): Response {
  return Response.json({ access_token: 'read already', token_type: 'bearer', id_token: idToken });
}

// Where nobody named an issuer, the token's own stands: there is nothing to compare it with.
function trusted(server: ResolvedServer, idToken: string) {
  const described = libraryServer(server);
  if (server.issuer !== undefined) return described;
  const payload = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString();
  const issuer = readObject(payload)?.['iss'];
  return typeof issuer === 'string' && issuer !== '' ? { ...described, issuer } : described;
}
