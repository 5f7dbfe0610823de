import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'oidc-provider';
import { browse, enterCode } from './browser.ts';
import type { Person } from './browser.ts';
import { finishInteraction, interactionPath } from './interactions.ts';
import { createQuietProvider } from './quiet-provider.ts';
import { createRecords } from './records.ts';

export interface OAuthServerOptions {
  readonly clientId?: string;
  /** Paths of redirects on the loopback interface, at any port; `/callback` unless told. */
  readonly redirectPaths?: readonly string[];
  readonly accessTokenSeconds?: number;
  readonly refreshTokenSeconds?: number;
  readonly idTokenSeconds?: number;
  readonly deviceCodeSeconds?: number;
  /** What the server asks for between two questions about a device code; it names none unless told. */
  readonly deviceIntervalSeconds?: number;
  /** Told of each access token that goes out, so that a stand-in provider can know it. */
  readonly onIssued?: (accessToken: string, login: string) => void;
  /** Told of each refresh token that goes out, so that a test can look where it has been left. */
  readonly onRefreshToken?: (refreshToken: string) => void;
}

/** One call of the token or the revocation endpoint, without its secrets. */
export interface TokenCall {
  readonly endpoint: 'token' | 'revocation';
  readonly grantType?: string;
  readonly status: number;
  /** The OAuth error code of a refusal. */
  readonly error?: string;
}

/** A real authorization server on the loopback interface: OpenID Connect, PKCE, rotating refresh tokens, revocation. */
export interface OAuthServer {
  readonly issuer: string;
  readonly clientId: string;
  /** Every call of the token and the revocation endpoint, in order. */
  readonly calls: readonly TokenCall[];
  /** Plays the browser from an authorization address to the redirect, which it visits unless told otherwise. */
  consent(url: string, person: Person): Promise<string>;
  /** Plays a person who enters a device's code at the address that they were shown; gives what the page says. */
  enterCode(verificationUri: string, userCode: string, person: Person): Promise<string>;
  /** Every code that is out and not used is refused from now on. */
  expireCodes(): void;
  /** Every access token that is out is unknown from now on. */
  expireAccessTokens(): void;
  /** Every refresh token that is out is unknown from now on: the next refresh is an `invalid_grant`. */
  expireRefreshTokens(): void;
  /** Until called with `undefined`, the token endpoint answers with this status and says nothing more. */
  failTokenCalls(status: number | undefined): void;
  /** Whose access token this is, for an upstream that must tell; `undefined` for one that is unknown or expired. */
  loginOf(accessToken: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function startOAuthServer(options: OAuthServerOptions = {}): Promise<OAuthServer> {
  const clientId = options.clientId ?? 'rota-test-client';
  const records = createRecords();
  const calls: TokenCall[] = [];
  const server = createServer();
  const issuer = await listen(server);
  const provider = await createQuietProvider(issuer, {
    ...configuration(options, clientId),
    adapter: (kind: string) => records.adapter(kind),
  });
  provider.on('access_token.saved', (token: { jti: string; accountId?: string }) => {
    options.onIssued?.(token.jti, token.accountId ?? '');
  });
  provider.on('refresh_token.saved', (token: { jti: string }) => options.onRefreshToken?.(token.jti));
  let failure: number | undefined;
  provider.use((context, next) => recordCall(calls, failure, context, next));
  provider.use((context, next) => nameInterval(options.deviceIntervalSeconds, context, next));
  const handle = provider.callback();
  server.on('request', (request, response) => {
    const step = request.url?.startsWith(interactionPath) === true;
    void (step ? finishInteraction(provider, request, response) : handle(request, response)).catch(
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  return {
    issuer,
    clientId,
    calls,
    consent: (url, person) => browse(url, issuer, person),
    enterCode: (verificationUri, userCode, person) => enterCode(verificationUri, userCode, person),
    expireCodes: () => records.forget('AuthorizationCode'),
    expireAccessTokens: () => records.forget('AccessToken'),
    expireRefreshTokens: () => records.forget('RefreshToken'),
    failTokenCalls(status) {
      failure = status;
    },
    loginOf: async (accessToken) => (await provider.AccessToken.find(accessToken))?.accountId,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function configuration(options: OAuthServerOptions, clientId: string): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const redirects = (options.redirectPaths ?? ['/callback']).flatMap((path) =>
    ['127.0.0.1', 'localhost', '[::1]'].map((host) => `http://${host}${path}`),
  );
  return {
    clients: [
      {
        client_id: clientId,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: redirects,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }] },
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context: unknown, login: string) => ({
      accountId: login,
      claims: () => ({ sub: login, email: `${login}@example.com`, email_verified: true, name: login }),
    }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context: Context, form: string) => void (context.body = form),
        successSource: (context: Context) => void (context.body = 'Success'),
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_context: unknown, client: { clientId: string }, token: { clientId: string }) =>
          token.clientId === client.clientId,
      },
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `${interactionPath}${uid}` },
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 3600,
      AuthorizationCode: 60,
      DeviceCode: options.deviceCodeSeconds ?? 600,
      IdToken: options.idTokenSeconds ?? 3600,
      RefreshToken: options.refreshTokenSeconds ?? 86_400,
      Interaction: 600,
      Session: 600,
      Grant: 86_400,
    },
  };
}

const endpoints: Readonly<Record<string, TokenCall['endpoint']>> = {
  '/token': 'token',
  '/token/revocation': 'revocation',
};

async function recordCall(
  calls: TokenCall[],
  failure: number | undefined,
  context: Context,
  next: () => Promise<void>,
): Promise<void> {
  const endpoint = endpoints[context.path];
  if (endpoint === undefined) return next();
  if (endpoint === 'token' && failure !== undefined) {
    context.status = failure;
    context.body = 'The server is unwell.';
  } else {
    await next();
  }
  const grantType = context.oidc?.params?.['grant_type'];
  const { body } = context;
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  calls.push({
    endpoint,
    status: context.status,
    ...(typeof grantType === 'string' ? { grantType } : {}),
    ...(typeof error === 'string' ? { error } : {}),
  });
}

async function nameInterval(
  seconds: number | undefined,
  context: Context,
  next: () => Promise<void>,
): Promise<void> {
  await next();
  if (seconds === undefined || context.path !== '/device/auth' || context.status !== 200) return;
  context.body = { ...(context.body as object), interval: seconds };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}
