import type { AuthorizationServer } from 'oauth4webapi';
import { RotaError } from '../failure.ts';
import { isLoopbackHost, readAddress } from './addresses.ts';
import { loadLibrary, requestOptions } from './library.ts';
import type { Library } from './library.ts';
import type { ResolvedServer } from './resolved-server.ts';
import { signInError } from './sign-in-failure.ts';
import type { OAuthContext, TokenLogin } from './types.ts';

interface Endpoints {
  readonly startEndpoint?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
  readonly revocationEndpoint?: string | undefined;
  readonly userinfoEndpoint?: string | undefined;
}

/** Not the symmetric ones: a desktop client's secret is no secret. */
const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * Finds a login's endpoints: those it names, else those its issuer publishes (OpenID Connect Discovery 1.0 §4, then
 * RFC 8414 §3). A published document must carry the very issuer that was asked for.
 * @throws RotaError `sign-in`/`discovery`, or `cancelled`.
 */
export async function resolveServer(login: TokenLogin, context: OAuthContext): Promise<ResolvedServer> {
  const start = startOf(login);
  if (start.endpoint !== undefined && login.tokenEndpoint !== undefined) {
    return {
      ...(login.issuer === undefined ? {} : { issuer: login.issuer }),
      issPromised: false,
      ...checkedEndpoints({ ...login, startEndpoint: start.endpoint }, start, 'everywhere'),
      signingAlgorithms: asymmetric,
      secretInHeader: false,
    };
  }
  if (login.issuer === undefined) {
    throw discoveryError(
      `This sign-in names neither an issuer nor both ${start.name} and a token endpoint. Give one or the other.`,
    );
  }
  const issuer = requireAddress(login.issuer, 'issuer');
  const document = await discover(issuer, context);
  return {
    issuer: document.issuer,
    issPromised: document.authorization_response_iss_parameter_supported === true,
    // A server elsewhere must not point a credential at a port of this machine over plain http.
    ...checkedEndpoints(
      endpoints(login, document),
      start,
      isLoopbackHost(issuer.hostname) ? 'everywhere' : 'https',
    ),
    signingAlgorithms: document.id_token_signing_alg_values_supported ?? ['RS256'],
    secretInHeader: wantsHeader(document.token_endpoint_auth_methods_supported),
  };
}

async function discover(issuer: URL, context: OAuthContext): Promise<AuthorizationServer> {
  const library = await loadLibrary();
  const document =
    (await readDocument(library, issuer, 'oidc', context)) ??
    (await readDocument(library, issuer, 'oauth2', context));
  if (document !== undefined) return document;
  throw discoveryError(
    `${issuer.href} publishes no sign-in addresses (neither OpenID Connect Discovery nor RFC 8414). Check the issuer, or give the endpoints themselves.`,
  );
}

async function readDocument(
  library: Library,
  issuer: URL,
  algorithm: 'oidc' | 'oauth2',
  context: OAuthContext,
): Promise<AuthorizationServer | undefined> {
  try {
    const options = { algorithm, ...requestOptions(library, context, issuer.href) };
    const response = await library.discoveryRequest(issuer, options);
    return await library.processDiscoveryResponse(issuer, response);
  } catch (error) {
    if (error instanceof RotaError) throw asDiscovery(error, issuer);
    if (
      error instanceof library.OperationProcessingError &&
      error.code !== library.JSON_ATTRIBUTE_COMPARISON
    ) {
      return undefined;
    }
    throw discoveryError(
      `The document that ${issuer.href} publishes names another issuer, so it is not to be trusted. Check the issuer's spelling, down to the last slash.`,
    );
  }
}

function asDiscovery(error: RotaError, issuer: URL): RotaError {
  if (error.failure.kind === 'cancelled') return error;
  return discoveryError(`The sign-in addresses of ${issuer.href} could not be read: ${error.message}`);
}

interface Start {
  readonly name: string;
  readonly endpoint: string | undefined;
}

/** Where the login itself says that it begins, and what to call that place. */
function startOf(login: TokenLogin): Start {
  return login.kind === 'device-code'
    ? { name: 'a device authorization endpoint', endpoint: login.deviceAuthorizationEndpoint }
    : { name: 'an authorization endpoint', endpoint: login.authorizationEndpoint };
}

function endpoints(login: TokenLogin, document: AuthorizationServer): Endpoints {
  const published =
    login.kind === 'device-code' ? document.device_authorization_endpoint : document.authorization_endpoint;
  return {
    startEndpoint: startOf(login).endpoint ?? published,
    tokenEndpoint: login.tokenEndpoint ?? document.token_endpoint,
    revocationEndpoint: login.revocationEndpoint ?? document.revocation_endpoint,
    userinfoEndpoint: login.userinfoEndpoint ?? document.userinfo_endpoint,
  };
}

function checkedEndpoints(endpoints: Endpoints, start: Start, allowed: 'https' | 'everywhere') {
  const check = (address: string | undefined, name: string): string =>
    requireAddress(address, name, allowed).href;
  const { startEndpoint, tokenEndpoint, revocationEndpoint, userinfoEndpoint } = endpoints;
  return {
    startEndpoint: check(startEndpoint, start.name.replace(/^an? /, '')),
    tokenEndpoint: check(tokenEndpoint, 'token endpoint'),
    ...(revocationEndpoint === undefined
      ? {}
      : { revocationEndpoint: check(revocationEndpoint, 'revocation endpoint') }),
    ...(userinfoEndpoint === undefined
      ? {}
      : { userinfoEndpoint: check(userinfoEndpoint, 'userinfo endpoint') }),
  };
}

function requireAddress(
  text: string | undefined,
  name: string,
  allowed: 'https' | 'everywhere' = 'everywhere',
): URL {
  if (typeof text !== 'string') throw discoveryError(`The server's description lacks the ${name}.`);
  const address = readAddress(text);
  if (address !== undefined && (allowed === 'everywhere' || address.protocol === 'https:')) return address;
  throw discoveryError(
    `The ${name} is not an address a credential may be sent to. It must be https; plain http is for this machine only.`,
  );
}

// RFC 8414 §2: where nothing is published, `client_secret_basic` is meant.
function wantsHeader(methods: readonly string[] | undefined): boolean {
  return methods === undefined || !methods.includes('client_secret_post');
}

function discoveryError(message: string): RotaError {
  return signInError('discovery', message);
}
