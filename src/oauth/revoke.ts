import type { Secret } from '../secret.ts';
import { resolveServer } from './discovery.ts';
import {
  clientAuthentication,
  libraryClient,
  libraryServer,
  loadLibrary,
  requestOptions,
} from './library.ts';
import { errorPhrase } from './provider-words.ts';
import { signInError } from './sign-in-failure.ts';
import { isPassing } from './token-request.ts';
import { readTokenResponse } from './token-response.ts';
import type { TokenLogin, OAuthContext } from './types.ts';

/**
 * Tells the provider that a token is no longer wanted (RFC 7009). A token that the provider does not know counts as
 * revoked. `unsupported` where the provider has no way to be told.
 * @throws RotaError `sign-in` (`discovery`, `unreachable`, `token-answer`), or `cancelled`.
 */
export async function revokeToken(
  login: TokenLogin,
  token: Secret,
  context: OAuthContext,
): Promise<'revoked' | 'unsupported'> {
  if (login.kind === 'authorization-code' && login.keyExchange !== undefined) return 'unsupported';
  const library = await loadLibrary();
  const client = libraryClient(library, login, context);
  const server = await resolveServer(login, context);
  if (server.revocationEndpoint === undefined) return 'unsupported';
  const response = await library.revocationRequest(
    libraryServer(server),
    client,
    clientAuthentication(library, login, server),
    token.reveal(),
    requestOptions(library, context, server.revocationEndpoint),
  );
  if (response.ok) return 'revoked';
  const secrets = [token.reveal(), login.clientSecret?.reveal() ?? ''];
  return readRefusal(response.status, await response.text(), server.revocationEndpoint, secrets);
}

function readRefusal(
  status: number,
  text: string,
  endpoint: string,
  secrets: readonly string[],
): 'revoked' | 'unsupported' {
  const { host } = new URL(endpoint);
  if (isPassing(status)) {
    throw signInError('unreachable', `${host} cannot revoke the token at the moment (HTTP ${status}).`);
  }
  const reading = readTokenResponse(status, text);
  const code = reading.kind === 'error' ? reading.code : undefined;
  // Not in RFC 7009, but said of tokens that are gone by servers that are widely used.
  if (code === 'invalid_token') return 'revoked';
  if (code === 'unsupported_token_type') return 'unsupported';
  const words =
    reading.kind === 'error' ? errorPhrase(reading.code, reading.description, secrets) : `HTTP ${status}`;
  throw signInError('token-answer', `${host} refused to revoke the token (${words}).`);
}
