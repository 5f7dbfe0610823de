import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startOddServer, unsignedIdToken } from '../../test/oauth-server/odd-server.ts';
import type { OddAnswer, OddRequest, OddServer } from '../../test/oauth-server/odd-server.ts';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { beginAuthorization } from './authorization-code.ts';
import type { AuthorizationCodeLogin, OAuthContext, PendingSignIn } from './types.ts';

const context: OAuthContext = { fetch: (url, init) => fetch(url, init), clock: { now: () => Date.now() } };
const started: OddServer[] = [];
const begun: PendingSignIn[] = [];

afterEach(async () => {
  for (const pending of begun.splice(0)) pending.close();
  await Promise.all(started.splice(0).map((server) => server.close()));
});

interface Rig {
  readonly server: OddServer;
  readonly login: AuthorizationCodeLogin;
}

async function serve(answer: OddAnswer | ((request: OddRequest) => OddAnswer)): Promise<Rig> {
  const server = await startOddServer(typeof answer === 'function' ? answer : () => answer);
  started.push(server);
  const login: AuthorizationCodeLogin = {
    kind: 'authorization-code',
    authorizationEndpoint: `${server.origin}/authorize?tenant=t`,
    tokenEndpoint: `${server.origin}/token`,
    clientId: 'client',
  };
  return { server, login };
}

async function begin(login: AuthorizationCodeLogin, within = context): Promise<PendingSignIn> {
  const pending = await beginAuthorization(login, within);
  begun.push(pending);
  return pending;
}

const parametersOf = (address: string) => new URL(address).searchParams;
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

/** What a browser does once the provider sends it back. */
function comeBack(pending: PendingSignIn, query: Record<string, string>): Promise<Response> {
  const state = parametersOf(pending.url).get('state');
  const full = new URLSearchParams({ ...(state === null ? {} : { state }), ...query });
  return fetch(`${pending.redirectUri}?${full.toString()}`);
}

describe('an authorization request', () => {
  it('holds what RFC 6749, RFC 7636 and OpenID Connect ask for, and the login cannot weaken it', async () => {
    const { login } = await serve({});
    const pending = await begin({
      ...login,
      scopes: ['openid', 'email'],
      parameters: { access_type: 'offline', state: 'fixed', code_challenge_method: 'plain' },
    });
    const parameters = Object.fromEntries(parametersOf(pending.url));
    expect(parameters).toMatchObject({
      tenant: 't',
      response_type: 'code',
      client_id: 'client',
      redirect_uri: pending.redirectUri,
      scope: 'openid email',
      code_challenge_method: 'S256',
      access_type: 'offline',
    });
    expect(pending.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(parameters[name]).toMatch(/^[\w-]{43}$/);
    }
    expect(new Set(Object.values(parameters)).size).toBe(Object.keys(parameters).length);
  });

  it('asks for consent where offline access is wanted, unless the login says otherwise', async () => {
    const { login } = await serve({});
    const scopes = ['offline_access'];
    expect(parametersOf((await begin({ ...login, scopes })).url).get('prompt')).toBe('consent');
    const own = await begin({ ...login, scopes, parameters: { prompt: 'select_account' } });
    expect(parametersOf(own.url).get('prompt')).toBe('select_account');
    expect(parametersOf((await begin(login)).url).has('prompt')).toBe(false);
  });

  it('cannot begin without a client id, with a broken path, or when it is cancelled already', async () => {
    const { login } = await serve({});
    const { clientId: _none, ...nameless } = login;
    await expect(begin(nameless)).rejects.toMatchObject({ failure: { reason: 'unsupported' } });
    await expect(begin({ ...login, redirect: { path: '/a?b' } })).rejects.toMatchObject({
      failure: { reason: 'listener' },
    });
    await expect(begin(login, { ...context, signal: AbortSignal.abort() })).rejects.toMatchObject({
      failure: { kind: 'cancelled' },
    });
  });

  it('uses the host, port and path that the provider demands, and names the port when it is taken', async () => {
    const { login } = await serve({});
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    const demanding = { ...login, redirect: { port, path: '/auth/done' } };
    await expect(begin(demanding)).rejects.toMatchObject({
      failure: { reason: 'listener', message: expect.stringContaining(String(port)) },
    });
    await new Promise((resolve) => holder.close(resolve));
    expect((await begin(demanding)).redirectUri).toBe(`http://127.0.0.1:${port}/auth/done`);
  });
});

describe('the exchange of a code', () => {
  it('proves with the verifier that it began the sign-in', async () => {
    const { server, login } = await serve({ body: { access_token: 'a', token_type: 'Bearer' } });
    const pending = await begin({ ...login, clientSecret: new Secret('desktop') });
    const page = await comeBack(pending, { code: 'c' });
    await expect(pending.answer).resolves.toMatchObject({ kind: 'tokens', claims: {} });
    expect(await page.text()).toContain('You are signed in');
    const sent = Object.fromEntries(new URLSearchParams(server.requests[0]?.body));
    expect(sent).toMatchObject({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: pending.redirectUri,
      client_id: 'client',
      client_secret: 'desktop',
    });
    expect(challengeOf(sent['code_verifier'] ?? '')).toBe(parametersOf(pending.url).get('code_challenge'));
  });

  it.each([
    [400, { error: 'invalid_grant', error_description: 'used' }, 'code-expired'],
    [400, { error: 'access_denied' }, 'denied'],
    [401, { error: 'invalid_client' }, 'token-answer'],
    [200, { token_type: 'bearer' }, 'token-answer'],
    [200, { refresh_token: 'r' }, 'token-answer'],
    [200, { access_token: 'a', token_type: 'mac' }, 'token-answer'],
    [200, 'access_token=a', 'token-answer'],
    [302, '', 'token-answer'],
    [500, { error: 'invalid_grant' }, 'unreachable'],
    [429, '', 'unreachable'],
  ])('after %d %j it fails: %s', async (status, body, reason) => {
    const { login } = await serve({ status, body });
    const pending = await begin(login);
    const page = await comeBack(pending, { code: 'c' });
    await expect(pending.answer).rejects.toMatchObject({ failure: { kind: 'sign-in', reason } });
    expect(await page.text()).toContain('did not succeed');
  });

  it('is unreachable where the connection breaks', async () => {
    const { login } = await serve({ body: { access_token: 'a' }, manner: 'cut' });
    const pending = await begin(login);
    await comeBack(pending, { code: 'c' });
    await expect(pending.answer).rejects.toMatchObject({ failure: { reason: 'unreachable' } });
  });

  it('follows no redirect with the code', async () => {
    const other = await serve({ body: { access_token: 'a' } });
    const { login } = await serve({ status: 307, headers: { location: `${other.server.origin}/token` } });
    const pending = await begin(login);
    await comeBack(pending, { code: 'c' });
    await expect(pending.answer).rejects.toMatchObject({ failure: { reason: 'token-answer' } });
    expect(other.server.requests).toEqual([]);
  });

  it('shows no code, verifier or secret, even where the server echoes them', async () => {
    const { login } = await serve(({ body }) => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: [...new URLSearchParams(body).values()].join(' ') },
    }));
    const pending = await begin({ ...login, clientSecret: new Secret('desktop-secret') });
    await comeBack(pending, { code: 'the-very-code' });
    const error = await pending.answer.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RotaError);
    const shown = `${String(error)} ${JSON.stringify(error)}`;
    expect(shown).toContain('client [secret]');
    expect(shown).not.toMatch(/the-very-code|desktop-secret|[\w-]{43}/);
  });

  it('takes one code only: a second callback is told so, and the code is sent once', async () => {
    let asked: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { server, login } = await serve(() => {
      asked();
      return { manner: 'silence' };
    });
    const pending = await begin(login);
    const first = comeBack(pending, { code: 'c' });
    await arrival;
    expect((await comeBack(pending, { code: 'c' })).status).toBe(410);
    expect(pending.paste('anything')).toMatch(/received already/);
    pending.close();
    await expect(pending.answer).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
    expect(await (await first).text()).toContain('did not succeed');
    expect(server.requests).toHaveLength(1);
  });
});

describe('the claims of a sign-in', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const openid = { issuer: 'https://id.example', scopes: ['openid'] };

  async function claimsAfter(
    idToken: (nonce: string) => Record<string, unknown>,
    userinfo: OddAnswer = { status: 404 },
  ): Promise<Readonly<Record<string, unknown>>> {
    let nonce = '';
    const { server, login } = await serve(({ path }) =>
      path === '/me'
        ? userinfo
        : { body: { access_token: 'a', token_type: 'bearer', id_token: unsignedIdToken(idToken(nonce)) } },
    );
    const pending = await begin({ ...login, ...openid, userinfoEndpoint: `${server.origin}/me` });
    nonce = parametersOf(pending.url).get('nonce') ?? '';
    await comeBack(pending, { code: 'c' });
    const answer = await pending.answer;
    return answer.kind === 'tokens' ? answer.claims : {};
  }

  const sound = (nonce: string) => ({
    iss: 'https://id.example',
    aud: 'client',
    sub: 'ada',
    nonce,
    iat: seconds(),
    exp: seconds() + 60,
  });

  it('are those of the id token and of userinfo', async () => {
    const userinfo = { body: { sub: 'ada', email: 'ada@example.com' } };
    await expect(claimsAfter(sound, userinfo)).resolves.toMatchObject({
      sub: 'ada',
      email: 'ada@example.com',
      aud: 'client',
    });
  });

  it.each([
    ['somebody else', { body: { sub: 'eve', email: 'eve@example.com' } }],
    ['nobody', { body: { email: 'eve@example.com' } }],
    ['an error', { status: 500, body: 'unwell' }],
  ])('are those of the id token alone where userinfo speaks of %s', async (_name, userinfo) => {
    const claims = await claimsAfter(sound, userinfo);
    expect(claims).toMatchObject({ sub: 'ada' });
    expect(claims).not.toHaveProperty('email');
  });

  it('bear a clock that is ten minutes wrong', async () => {
    await expect(claimsAfter((nonce) => ({ ...sound(nonce), exp: seconds() - 600 }))).resolves.toMatchObject({
      sub: 'ada',
    });
    await expect(claimsAfter((nonce) => ({ ...sound(nonce), nbf: seconds() + 600 }))).resolves.toMatchObject({
      sub: 'ada',
    });
  });

  it.each([
    ['of another nonce', () => ({ nonce: 'other' })],
    ['of no nonce', () => ({ nonce: undefined })],
    ['of another issuer', () => ({ iss: 'https://evil.example' })],
    ['for another client', () => ({ aud: 'other' })],
    ['without a subject', () => ({ sub: undefined })],
    ['long expired', () => ({ exp: seconds() - 700 })],
  ])('are not taken from an id token %s', async (_name, change) => {
    await expect(claimsAfter((nonce) => ({ ...sound(nonce), ...change() }))).rejects.toMatchObject({
      failure: { kind: 'sign-in', reason: 'token-answer' },
    });
  });
});
