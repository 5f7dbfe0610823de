import type { AuthorizationServer, Client, ClientAuth } from 'oauth4webapi';
import { isLoopbackHost } from './addresses.ts';
import { call } from './call.ts';
import type { ResolvedServer } from './resolved-server.ts';
import { signInError } from './sign-in-failure.ts';
import type { TokenLogin, OAuthContext } from './types.ts';

/** How wrong a machine's clock may be before an id token is refused, in seconds: ten minutes, and what the calls themselves take. */
const clockToleranceSeconds = 660;

/** Stands for an issuer nobody told us; nothing is ever compared with it. */
export const unknownIssuer = 'urn:issuer:unknown';

/** Loaded when a person signs in or a token is refreshed, and not when the program starts. */
export function loadLibrary() {
  return import('oauth4webapi');
}

export type Library = Awaited<ReturnType<typeof loadLibrary>>;

export function libraryServer(server: ResolvedServer): AuthorizationServer {
  return {
    issuer: server.issuer ?? unknownIssuer,
    token_endpoint: server.tokenEndpoint,
    ...(server.revocationEndpoint === undefined ? {} : { revocation_endpoint: server.revocationEndpoint }),
    ...(server.userinfoEndpoint === undefined ? {} : { userinfo_endpoint: server.userinfoEndpoint }),
    id_token_signing_alg_values_supported: [...server.signingAlgorithms],
  };
}

/** @throws RotaError `sign-in`/`unsupported` where the login has no client id. */
export function libraryClient(library: Library, login: TokenLogin, context: OAuthContext): Client {
  if (login.clientId === undefined || login.clientId === '') {
    throw signInError(
      'unsupported',
      'This sign-in needs a client id: register an application with the provider and give its id.',
    );
  }
  return {
    client_id: login.clientId,
    // The library reads the machine's clock; the difference makes it follow ours.
    [library.clockSkew]: Math.round((context.clock.now() - Date.now()) / 1000),
    [library.clockTolerance]: clockToleranceSeconds,
  };
}

/** A secret goes into the body where the server allows it (desktop clients), else into the header (RFC 6749 §2.3.1). */
export function clientAuthentication(
  library: Library,
  login: TokenLogin,
  server: ResolvedServer,
): ClientAuth {
  if (login.clientSecret === undefined) return library.None();
  const secret = login.clientSecret.reveal();
  return server.secretInHeader ? library.ClientSecretBasic(secret) : library.ClientSecretPost(secret);
}

interface LibraryInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** The library's request options for one endpoint: our fetch, and plain http on this machine alone. */
export function requestOptions(library: Library, context: OAuthContext, endpoint: string, waitMs?: number) {
  return {
    [library.customFetch]: (url: string, init: LibraryInit) => call(context, url, ourInit(init), waitMs),
    [library.allowInsecureRequests]: isLoopbackHost(new URL(endpoint).hostname),
  };
}

function ourInit(init: LibraryInit) {
  // The library would sign with its own name; the injected fetch signs with ours.
  const { 'user-agent': _library, ...headers } = init.headers;
  return {
    method: init.method,
    headers,
    ...(init.body instanceof URLSearchParams ? { body: init.body.toString() } : {}),
  };
}
