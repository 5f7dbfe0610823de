import { afterEach, describe, expect, it } from 'vitest';
import { startOddServer } from '../../test/oauth-server/odd-server.ts';
import type { OddAnswer, OddServer } from '../../test/oauth-server/odd-server.ts';
import { resolveServer } from './discovery.ts';
import type { AuthorizationCodeLogin, OAuthContext } from './types.ts';

const context: OAuthContext = { fetch: (url, init) => fetch(url, init), clock: { now: () => Date.now() } };
const started: OddServer[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

type Documents = (origin: string) => Readonly<Record<string, OddAnswer>>;

async function serve(documents: Documents): Promise<OddServer> {
  const server = await startOddServer(({ path, headers }) => {
    const answers = documents(`http://${String(headers['host'])}`);
    return answers[path] ?? { status: 404, body: 'not found' };
  });
  started.push(server);
  return server;
}

const login = (more: Partial<AuthorizationCodeLogin>): AuthorizationCodeLogin => ({
  kind: 'authorization-code',
  ...more,
});

const endpoints = (origin: string) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
});

const discovery = { failure: { kind: 'sign-in', reason: 'discovery' } };

describe('resolveServer', () => {
  it('takes the endpoints that the login names, without asking anybody', async () => {
    const silent: OAuthContext = { ...context, fetch: () => Promise.reject(new Error('asked')) };
    const named = login({
      authorizationEndpoint: 'https://id.example/authorize',
      tokenEndpoint: 'https://id.example/token',
      issuer: 'https://id.example',
    });
    await expect(resolveServer(named, silent)).resolves.toMatchObject({
      issuer: 'https://id.example',
      issPromised: false,
      tokenEndpoint: 'https://id.example/token',
    });
  });

  it('reads what OpenID Connect Discovery publishes', async () => {
    const server = await serve((origin) => ({
      '/.well-known/openid-configuration': {
        body: {
          ...endpoints(origin),
          revocation_endpoint: `${origin}/revoke`,
          userinfo_endpoint: `${origin}/me`,
          authorization_response_iss_parameter_supported: true,
          token_endpoint_auth_methods_supported: ['client_secret_post'],
        },
      },
    }));
    const resolved = await resolveServer(login({ issuer: server.origin }), context);
    expect(resolved).toMatchObject({
      issuer: server.origin,
      issPromised: true,
      startEndpoint: `${server.origin}/authorize`,
      revocationEndpoint: `${server.origin}/revoke`,
      userinfoEndpoint: `${server.origin}/me`,
      secretInHeader: false,
    });
    expect(server.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration']);
  });

  it.each([
    ['there is none', { status: 404, body: 'not found' }],
    ['a page stands in its place', { status: 200, body: '<html>' }],
  ])('falls back to RFC 8414 where %s', async (_name, missing) => {
    const server = await serve((origin) => ({
      '/tenant/.well-known/openid-configuration': missing,
      '/.well-known/oauth-authorization-server/tenant': {
        body: { ...endpoints(origin), issuer: `${origin}/tenant` },
      },
    }));
    await expect(resolveServer(login({ issuer: `${server.origin}/tenant` }), context)).resolves.toMatchObject(
      { issPromised: false, secretInHeader: true },
    );
  });

  it("lets the login's own endpoint go before the published one", async () => {
    const server = await serve((origin) => ({
      '/.well-known/openid-configuration': { body: endpoints(origin) },
    }));
    const own = { issuer: server.origin, revocationEndpoint: `${server.origin}/my-revoke` };
    await expect(resolveServer(login(own), context)).resolves.toMatchObject({
      revocationEndpoint: `${server.origin}/my-revoke`,
      tokenEndpoint: `${server.origin}/token`,
    });
  });

  const documents: readonly (readonly [string, (origin: string) => object])[] = [
    ['of another issuer', (origin) => ({ ...endpoints(origin), issuer: 'https://evil.example' })],
    ['of a longer issuer', (origin) => ({ ...endpoints(origin), issuer: `${origin}/x` })],
    ['of no proper issuer', (origin) => ({ ...endpoints(origin), issuer: 'nobody' })],
    ['without a token endpoint', (origin) => ({ ...endpoints(origin), token_endpoint: undefined })],
    [
      'with a plain http endpoint',
      (origin) => ({ ...endpoints(origin), token_endpoint: 'http://id.example/' }),
    ],
    ['with an endpoint of a wrong type', (origin) => ({ ...endpoints(origin), token_endpoint: 1 })],
  ];
  it.each(documents)('refuses a document %s', async (_name, document) => {
    const server = await serve((origin) => ({
      '/.well-known/openid-configuration': { body: document(origin) },
    }));
    await expect(resolveServer(login({ issuer: server.origin }), context)).rejects.toMatchObject(discovery);
  });

  it('looks no further after a document of another issuer', async () => {
    const server = await serve((origin) => ({
      '/.well-known/openid-configuration': { body: { ...endpoints(origin), issuer: 'https://evil.example' } },
      '/.well-known/oauth-authorization-server': { body: endpoints(origin) },
    }));
    await expect(resolveServer(login({ issuer: server.origin }), context)).rejects.toMatchObject(discovery);
    expect(server.requests).toHaveLength(1);
  });

  it('lets no server elsewhere point at a plain http port of this machine', async () => {
    const document = { ...endpoints('https://id.example'), token_endpoint: 'http://127.0.0.1:9/token' };
    const elsewhere: OAuthContext = { ...context, fetch: () => Promise.resolve(Response.json(document)) };
    await expect(resolveServer(login({ issuer: 'https://id.example' }), elsewhere)).rejects.toMatchObject(
      discovery,
    );
  });

  it('follows no redirect', async () => {
    const other = await serve((origin) => ({ '/moved': { body: endpoints(origin) } }));
    const server = await serve(() => ({
      '/.well-known/openid-configuration': { status: 302, headers: { location: `${other.origin}/moved` } },
    }));
    await expect(resolveServer(login({ issuer: server.origin }), context)).rejects.toMatchObject(discovery);
    expect(other.requests).toEqual([]);
  });

  it.each([
    ['nothing at all', {}],
    ['half of the endpoints', { tokenEndpoint: 'https://id.example/token' }],
    ['a plain http issuer', { issuer: 'http://id.example' }],
    ['an issuer that is no address', { issuer: 'id.example' }],
    [
      'a plain http endpoint',
      { authorizationEndpoint: 'http://id.example/a', tokenEndpoint: 'https://id.example/t' },
    ],
  ])('refuses a login that names %s', async (_name, more) => {
    await expect(resolveServer(login(more), context)).rejects.toMatchObject(discovery);
  });

  it('says that nobody is there, and why', async () => {
    const server = await startOddServer(() => ({}));
    await server.close();
    await expect(resolveServer(login({ issuer: server.origin }), context)).rejects.toMatchObject({
      failure: { reason: 'discovery', message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('ends with its signal', async () => {
    const server = await serve(() => ({ '/.well-known/openid-configuration': { manner: 'silence' } }));
    const controller = new AbortController();
    const resolving = resolveServer(login({ issuer: server.origin }), {
      ...context,
      signal: controller.signal,
    });
    controller.abort();
    await expect(resolving).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
  });
});
