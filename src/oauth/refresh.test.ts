import { afterEach, describe, expect, it } from 'vitest';
import { startOddServer, unsignedIdToken } from '../../test/oauth-server/odd-server.ts';
import type { OddAnswer, OddServer } from '../../test/oauth-server/odd-server.ts';
import { failureOf } from '../../test/rig/accounts.ts';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { refreshTokens } from './refresh.ts';
import type { AuthorizationCodeLogin, OAuthContext, TokenAnswer } from './types.ts';

// Long past on the machine's clock: only ours may count.
const now = 1_600_000_000_000;
const context: OAuthContext = { fetch: (url, init) => fetch(url, init), clock: { now: () => now } };
const old = new Secret('old-refresh-token');
const at = (seconds: number): string => new Date(now + seconds * 1000).toUTCString();
const started: OddServer[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

async function serve(answer: OddAnswer): Promise<{ server: OddServer; login: AuthorizationCodeLogin }> {
  const server = await startOddServer(() => answer);
  started.push(server);
  const login: AuthorizationCodeLogin = {
    kind: 'authorization-code',
    issuer: 'https://id.example',
    authorizationEndpoint: `${server.origin}/authorize`,
    tokenEndpoint: `${server.origin}/token`,
    clientId: 'client',
  };
  return { server, login };
}

async function refresh(answer: OddAnswer, more: Partial<AuthorizationCodeLogin> = {}): Promise<TokenAnswer> {
  const { login } = await serve(answer);
  return refreshTokens({ ...login, ...more }, old, context);
}

const claims = {
  iss: 'https://id.example',
  aud: 'client',
  sub: 'ada',
  iat: now / 1000,
  exp: now / 1000 + 60,
};

describe('refreshTokens', () => {
  it('sends what RFC 6749 §6 asks for, and a secret in the body', async () => {
    const { server, login } = await serve({ body: { access_token: 'a', token_type: 'Bearer' } });
    await refreshTokens(
      {
        ...login,
        clientSecret: new Secret('s'),
        parameters: { resource: 'https://api.example', prompt: 'x' },
      },
      old,
      context,
    );
    expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'old-refresh-token',
      client_id: 'client',
      client_secret: 's',
      resource: 'https://api.example',
    });
    expect(server.requests[0]?.headers['user-agent']).not.toMatch(/oauth4webapi/);
  });

  it('adopts the new refresh token, and the expiry on our clock', async () => {
    const answer = await refresh({ body: { access_token: 'a', refresh_token: 'new', expires_in: 60 } });
    expect(answer.accessToken.equals('a')).toBe(true);
    expect(answer.refreshToken?.equals('new')).toBe(true);
    expect(answer.expiresAt).toBe(now + 60_000);
  });

  it('keeps the old refresh token where none is given', async () => {
    const answer = await refresh({ body: { access_token: 'a' } });
    expect(answer.refreshToken?.equals('old-refresh-token')).toBe(true);
    expect(answer.expiresAt).toBeUndefined();
  });

  const beside: readonly (readonly [string, object])[] = [
    ['a broken id token', { id_token: 'not.a.token' }],
    ['an encrypted id token', { id_token: 'a.b.c.d.e' }],
    ['an id token of somebody else', { id_token: unsignedIdToken({ ...claims, aud: 'other' }) }],
    ['an id token that is no text', { id_token: 7 }],
    ['a foreign token type', { token_type: 'mac' }],
    ['no token type', {}],
    ['an absurd expiry', { expires_in: 'tomorrow', scope: ['a'] }],
    ['an error', { error: 'invalid_grant' }],
  ];
  it.each(beside)('loses no refresh token for %s beside it', async (_name, members) => {
    const answer = await refresh({ body: { access_token: 'a', refresh_token: 'new', ...members } });
    expect(answer.refreshToken?.equals('new')).toBe(true);
    expect(answer.claims).toEqual({});
  });

  it('loses no refresh token for a missing access token: what is there counts as expired', async () => {
    const answer = await refresh({ body: { refresh_token: 'new', expires_in: 60 } });
    expect(answer.refreshToken?.equals('new')).toBe(true);
    expect(answer.accessToken.isEmpty).toBe(true);
    expect(answer.expiresAt).toBe(now);
  });

  it('hands on the claims of a sound id token', async () => {
    const answer = await refresh({ body: { access_token: 'a', id_token: unsignedIdToken(claims) } });
    expect(answer.claims).toMatchObject({ sub: 'ada' });
  });

  it.each([
    [400, { error: 'invalid_grant' }, true],
    [400, { error: 'unauthorized_client' }, true],
    [401, { error: 'invalid_client' }, true],
    [200, { error: 'invalid_grant' }, true],
    [400, { error: 'invalid_request' }, false],
    [400, { error: 'invalid_scope' }, false],
    [400, { error: 'temporarily_unavailable' }, false],
    [429, { error: 'invalid_grant' }, false],
    [500, { error: 'invalid_grant' }, false],
    [503, 'unwell', false],
    [403, '<html>blocked by a gateway</html>', false],
    [401, '', false],
    [302, '', false],
    [200, '{"access_token":', false],
    [200, {}, false],
  ])('after %d %j: final is %s', async (status, body, final) => {
    await expect(refresh({ status, body })).rejects.toMatchObject({ failure: { kind: 'refresh', final } });
  });

  it.each([
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['a date of the server’s own clock', { 'retry-after': at(3_720), date: at(3_600) }, 120_000],
    ['a date by a server that tells no other', { 'retry-after': at(120), date: 'today' }, 120_000],
    ['years', { 'retry-after': '99999999' }, 86_400_000],
  ])('tells before when a server in trouble does not want to be asked again, given as %s', async (...row) => {
    const [, headers, waitMs] = row;
    await expect(refresh({ status: 429, headers })).rejects.toMatchObject({
      failure: { kind: 'refresh', final: false, retryAt: now + waitMs },
    });
  });

  it.each(['soon', '0', '-5', ''])('tells no such time for a Retry-After of "%s"', async (value) => {
    const failure = await failureOf(refresh({ status: 503, headers: { 'retry-after': value } }));
    expect(failure).toMatchObject({ kind: 'refresh', final: false });
    expect(failure).not.toHaveProperty('retryAt');
  });

  it('knows a refusal by its body also where a challenge comes with it', async () => {
    const refusal = {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="x"' },
      body: { error: 'invalid_client' },
    };
    await expect(refresh(refusal)).rejects.toMatchObject({ failure: { final: true } });
  });

  it('is not final for an answer that breaks off', async () => {
    const cut: OddAnswer = { body: { access_token: 'a', refresh_token: 'new' }, manner: 'cut' };
    await expect(refresh(cut)).rejects.toMatchObject({ failure: { kind: 'refresh', final: false } });
  });

  it('is not final where nobody is there', async () => {
    const { server, login } = await serve({});
    await server.close();
    await expect(refreshTokens(login, old, context)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: false, message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('is not final where the issuer cannot be asked', async () => {
    const { login } = await serve({ status: 503 });
    const { authorizationEndpoint, tokenEndpoint, ...discovered } = login;
    const issuer = new URL(String(tokenEndpoint)).origin;
    expect(authorizationEndpoint).toBeDefined();
    await expect(refreshTokens({ ...discovered, issuer }, old, context)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: false },
    });
  });

  it('ends in time, also where the fetch heeds no signal', async () => {
    const { login } = await serve({});
    const deaf: OAuthContext = { ...context, fetch: () => new Promise(() => undefined) };
    await expect(refreshTokens(login, old, deaf, 10)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: false },
    });
  });

  it('ends with its signal', async () => {
    const { login } = await serve({ manner: 'silence' });
    const controller = new AbortController();
    const refreshing = refreshTokens(login, old, { ...context, signal: controller.signal });
    controller.abort();
    await expect(refreshing).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
  });

  it('shows no secret in a message, even where the server echoes it', async () => {
    const description = 'old-refresh-token of client-secret is unknown';
    const error = await refresh(
      { status: 400, body: { error: 'invalid_grant', error_description: description } },
      { clientSecret: new Secret('client-secret') },
    ).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RotaError);
    const shown = `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ''}`;
    expect(shown).toContain('is unknown');
    expect(shown).not.toMatch(/old-refresh-token|client-secret/);
  });
});
