import { Secret } from '../secret.ts';
import { judgeCallback } from './callback.ts';
import { resolveServer } from './discovery.ts';
import type { Flow } from './flow.ts';
import {
  clientAuthentication,
  libraryClient,
  libraryServer,
  loadLibrary,
  requestOptions,
} from './library.ts';
import type { Library } from './library.ts';
import type { ResolvedServer } from './resolved-server.ts';
import { isOpenId, tokenAnswer } from './token-answer.ts';
import { exchangeFailure, tokenParameters } from './token-request.ts';
import { readTokenResponse } from './token-response.ts';
import type { TokenBody } from './token-response.ts';
import type { AuthorizationCodeLogin, OAuthContext } from './types.ts';

/**
 * Authorization code with PKCE (RFC 6749 §4.1, RFC 7636): a state binds the callback, a nonce the id token.
 * @throws RotaError `sign-in`/`discovery` or `unsupported`, `cancelled`.
 */
export async function tokenFlow(login: AuthorizationCodeLogin, context: OAuthContext): Promise<Flow> {
  const library = await loadLibrary();
  const client = libraryClient(library, login, context);
  const server = await resolveServer(login, context);
  const state = library.generateRandomState();
  const verifier = library.generateRandomCodeVerifier();
  const nonce = isOpenId(login) ? library.generateRandomNonce() : undefined;
  const challenge = await library.calculatePKCECodeChallenge(verifier);
  const { issuer, issPromised } = server;
  const expected = { state: new Secret(state), issPromised, ...(issuer === undefined ? {} : { issuer }) };
  return {
    path: login.redirect?.path ?? '/callback',
    acceptsBareCode: false,
    url: (redirectUri) =>
      withParameters(server.startEndpoint, {
        ...consent(login),
        ...login.parameters,
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: redirectUri,
        ...(login.scopes === undefined ? {} : { scope: login.scopes.join(' ') }),
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...(nonce === undefined ? {} : { nonce }),
      }),
    judge: (query) => judgeCallback(query, expected),
    async exchange(code, redirectUri, context) {
      const grant = { library, login, server, redirectUri, code, verifier };
      const body = await requestTokens(grant, context);
      return tokenAnswer(grant, body, nonce, context);
    },
  };
}

/** An address with parameters set, over any it has already. */
export function withParameters(address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

interface Grant {
  readonly library: Library;
  readonly login: AuthorizationCodeLogin;
  readonly server: ResolvedServer;
  readonly redirectUri: string;
  readonly code: string;
  readonly verifier: string;
}

async function requestTokens(grant: Grant, context: OAuthContext): Promise<TokenBody> {
  const { library, login, server, code, verifier } = grant;
  const described = libraryServer(server);
  const client = libraryClient(library, login, context);
  // The callback was judged already; this only gives the code the form that the library asks for.
  const judged = library.validateAuthResponse(
    described,
    client,
    new URLSearchParams({ code }),
    library.expectNoState,
  );
  const response = await library.authorizationCodeGrantRequest(
    described,
    client,
    clientAuthentication(library, login, server),
    judged,
    grant.redirectUri,
    verifier,
    {
      additionalParameters: tokenParameters(login),
      ...requestOptions(library, context, server.tokenEndpoint),
    },
  );
  const reading = readTokenResponse(response.status, await response.text(), login.answerNames);
  if (reading.kind === 'tokens') return reading.body;
  const secrets = [code, verifier, login.clientSecret?.reveal() ?? ''];
  throw exchangeFailure(response.status, reading, server.tokenEndpoint, secrets);
}

// Without it a server ignores `offline_access` (OpenID Connect Core 1.0 §11). A login's own `prompt` goes before.
function consent(login: AuthorizationCodeLogin): Record<string, string> {
  return login.scopes?.includes('offline_access') === true ? { prompt: 'consent' } : {};
}
