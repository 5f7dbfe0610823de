import { randomBytes } from 'node:crypto';
import { Secret } from '../secret.ts';
import { call } from './call.ts';
import { judgeCallback } from './callback.ts';
import { resolveServer } from './discovery.ts';
import type { Flow } from './flow.ts';
import { loadLibrary } from './library.ts';
import { signInError } from './sign-in-failure.ts';
import { withParameters } from './token-flow.ts';
import { isPassing } from './token-request.ts';
import { readObject } from './token-response.ts';
import type { AuthorizationCodeLogin, KeyAnswer, OAuthContext } from './types.ts';

type KeyExchange = NonNullable<AuthorizationCodeLogin['keyExchange']>;

/**
 * A code that is exchanged for a permanent key. The provider knows no client id and no state: a nonce in the
 * callback's path binds the callback, and the verifier binds the code, so that a code alone is enough.
 * @throws RotaError `sign-in`/`discovery`, `cancelled`.
 */
export async function keyFlow(
  login: AuthorizationCodeLogin,
  exchange: KeyExchange,
  context: OAuthContext,
): Promise<Flow> {
  const library = await loadLibrary();
  const server = await resolveServer(login, context);
  const verifier = library.generateRandomCodeVerifier();
  const parameters = {
    ...login.parameters,
    code_challenge: await library.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  const base = (login.redirect?.path ?? '/callback').replace(/\/$/, '');
  return {
    path: `${base}/${randomBytes(32).toString('base64url')}`,
    acceptsBareCode: true,
    codeUrl: withParameters(server.startEndpoint, parameters),
    url: (redirectUri) =>
      withParameters(server.startEndpoint, {
        ...parameters,
        [exchange.callbackParameter]: redirectUri,
      }),
    judge: (query) => judgeCallback(query, { issPromised: false }),
    exchange: (code, _redirectUri, context) =>
      requestKey(server.tokenEndpoint, { code, verifier, keyField: exchange.keyField }, context),
  };
}

interface KeyGrant {
  readonly code: string;
  readonly verifier: string;
  readonly keyField: string;
}

async function requestKey(endpoint: string, grant: KeyGrant, context: OAuthContext): Promise<KeyAnswer> {
  const { host } = new URL(endpoint);
  const response = await call(context, endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      code: grant.code,
      code_verifier: grant.verifier,
      code_challenge_method: 'S256',
    }),
  });
  const { status } = response;
  if (status === 403) {
    throw signInError(
      'code-expired',
      `${host} does not accept the code: it is wrong, expired or used. Sign in again.`,
    );
  }
  if (isPassing(status)) {
    throw signInError(
      'unreachable',
      `${host} cannot finish the sign-in at the moment (HTTP ${status}). Try again later.`,
    );
  }
  const members = readObject(await response.text()) ?? {};
  const { [grant.keyField]: key, ...fields } = members;
  if (!response.ok || typeof key !== 'string' || key === '') {
    throw signInError(
      'token-answer',
      `${host} answered the sign-in with something else than a key (HTTP ${status}).`,
    );
  }
  return { kind: 'key', key: new Secret(key), fields };
}
