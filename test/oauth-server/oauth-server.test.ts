import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginAuthorization } from '../../src/oauth/authorization-code.ts';
import { beginDeviceAuthorization } from '../../src/oauth/device-code.ts';
import { refreshTokens } from '../../src/oauth/refresh.ts';
import { revokeToken } from '../../src/oauth/revoke.ts';
import type {
  AuthorizationCodeLogin,
  DeviceCodeLogin,
  OAuthContext,
  TokenAnswer,
} from '../../src/oauth/types.ts';
import { Secret } from '../../src/secret.ts';
import { startOAuthServer } from './server.ts';
import type { OAuthServer } from './server.ts';

const context: OAuthContext = { fetch: (url, init) => fetch(url, init), clock: { now: () => Date.now() } };

let server: OAuthServer;
let login: AuthorizationCodeLogin;

beforeAll(async () => {
  server = await startOAuthServer({ accessTokenSeconds: 120 });
  login = {
    kind: 'authorization-code',
    issuer: server.issuer,
    clientId: server.clientId,
    scopes: ['openid', 'email', 'offline_access'],
  };
});

afterAll(() => server.close());

async function signIn(person: string, with_: AuthorizationCodeLogin = login): Promise<TokenAnswer> {
  const pending = await beginAuthorization(with_, context);
  await server.consent(pending.url, { login: person });
  const answer = await pending.answer;
  if (answer.kind !== 'tokens') throw new Error('expected tokens');
  return answer;
}

function refreshTokenOf(answer: TokenAnswer): Secret {
  if (answer.refreshToken === undefined) throw new Error('expected a refresh token');
  return answer.refreshToken;
}

describe('the code flow against a real authorization server', () => {
  it('ends with tokens, their expiry and the claims of the id token and of userinfo', async () => {
    const before = Date.now();
    const answer = await signIn('ada');
    expect(answer.claims).toMatchObject({ sub: 'ada', email: 'ada@example.com', aud: server.clientId });
    expect(answer.refreshToken).toBeInstanceOf(Secret);
    expect(answer.expiresAt).toBeGreaterThanOrEqual(before + 120_000);
    expect(answer.expiresAt).toBeLessThanOrEqual(Date.now() + 120_000);
    await expect(server.loginOf(answer.accessToken.reveal())).resolves.toBe('ada');
  });

  it.each([
    ['behind', -600_000],
    ['ahead', 600_000],
  ])('bears a clock that is ten minutes %s, and counts a token’s life on it', async (_name, offMs) => {
    const clock = { now: () => Date.now() + offMs };
    const pending = await beginAuthorization(login, { ...context, clock });
    await server.consent(pending.url, { login: 'ada' });
    const answer = await pending.answer;
    expect(answer).toMatchObject({ kind: 'tokens', claims: { sub: 'ada' } });
    const leftMs = (answer.kind === 'tokens' ? (answer.expiresAt ?? 0) : 0) - clock.now();
    expect(leftMs).toBeGreaterThan(60_000);
    expect(leftMs).toBeLessThanOrEqual(120_000);
    if (answer.kind !== 'tokens') throw new Error('expected tokens');
    const renewed = await refreshTokens(login, refreshTokenOf(answer), { ...context, clock });
    expect(renewed.claims).toMatchObject({ sub: 'ada' });
  });

  it.each(['localhost', '::1'])('receives the redirect on %s', async (host) => {
    await expect(signIn('ada', { ...login, redirect: { host } })).resolves.toMatchObject({ kind: 'tokens' });
  });

  it('keeps two sign-ins apart that are under way at once', async () => {
    const [first, second] = await Promise.all([
      beginAuthorization(login, context),
      beginAuthorization(login, context),
    ]);
    await server.consent(second.url, { login: 'grace' });
    await expect(second.answer).resolves.toMatchObject({ claims: { sub: 'grace' } });
    await server.consent(first.url, { login: 'ada' });
    await expect(first.answer).resolves.toMatchObject({ claims: { sub: 'ada' } });
  });

  it("does not take one sign-in's redirect for another's, and goes on waiting", async () => {
    const [first, second] = await Promise.all([
      beginAuthorization(login, context),
      beginAuthorization(login, context),
    ]);
    const redirected = new URL(await server.consent(second.url, { login: 'eve', redirect: 'return' }));
    const crossed = await fetch(`${first.redirectUri}${redirected.search}`);
    expect(crossed.status).toBe(400);
    await server.consent(first.url, { login: 'ada' });
    await expect(first.answer).resolves.toMatchObject({ claims: { sub: 'ada' } });
    second.close();
    await expect(second.answer).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
  });

  it('takes the pasted address of a redirect that went nowhere', async () => {
    const pending = await beginAuthorization(login, context);
    const redirected = await server.consent(pending.url, { login: 'ada', redirect: 'return' });
    expect(pending.paste(redirected.replace(/state=[^&]+/, 'state=other'))).toMatch(/another sign-in/);
    expect(pending.paste(` ${redirected.slice(0, 60)}\n${redirected.slice(60)} `)).toBeUndefined();
    await expect(pending.answer).resolves.toMatchObject({ kind: 'tokens', claims: { sub: 'ada' } });
  });

  it('says that the person refused, in the words of the server', async () => {
    const pending = await beginAuthorization(login, context);
    await server.consent(pending.url, { login: 'ada', deny: true });
    await expect(pending.answer).rejects.toMatchObject({
      failure: { kind: 'sign-in', reason: 'denied', message: expect.stringContaining('The person said no') },
    });
  });

  it('says that the code is expired', async () => {
    const pending = await beginAuthorization(login, context);
    const redirected = await server.consent(pending.url, { login: 'ada', redirect: 'return' });
    server.expireCodes();
    expect(pending.paste(redirected)).toBeUndefined();
    await expect(pending.answer).rejects.toMatchObject({
      failure: { kind: 'sign-in', reason: 'code-expired' },
    });
  });

  it('leaves nobody listening after the end', async () => {
    const pending = await beginAuthorization(login, context);
    const redirected = await server.consent(pending.url, { login: 'ada' });
    await pending.answer;
    await expect(fetch(redirected)).rejects.toThrow();
    expect(pending.paste(redirected)).toMatch(/ended already/);
  });

  it('refuses an answer that claims to be from another server', async () => {
    const pending = await beginAuthorization(login, context);
    const redirected = new URL(await server.consent(pending.url, { login: 'ada', redirect: 'return' }));
    redirected.searchParams.set('iss', 'https://evil.example');
    await fetch(redirected);
    await expect(pending.answer).rejects.toMatchObject({
      failure: { kind: 'sign-in', reason: 'wrong-issuer' },
    });
  });

  it('refuses an answer that hides where it is from although the server always says so', async () => {
    const pending = await beginAuthorization(login, context);
    const redirected = new URL(await server.consent(pending.url, { login: 'ada', redirect: 'return' }));
    redirected.searchParams.delete('iss');
    await fetch(redirected);
    await expect(pending.answer).rejects.toMatchObject({ failure: { reason: 'wrong-issuer' } });
  });

  it('refuses a server that calls itself otherwise than it was asked for', async () => {
    const wrong = { ...login, issuer: server.issuer.replace('127.0.0.1', 'localhost') };
    await expect(beginAuthorization(wrong, context)).rejects.toMatchObject({
      failure: { kind: 'sign-in', reason: 'discovery' },
    });
  });

  it('gives up in time, and on a signal', async () => {
    const slow = await beginAuthorization(login, context, { timeoutMs: 10 });
    await expect(slow.answer).rejects.toMatchObject({ failure: { kind: 'sign-in', reason: 'timeout' } });
    const controller = new AbortController();
    const pending = await beginAuthorization(login, { ...context, signal: controller.signal });
    controller.abort();
    await expect(pending.answer).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
    await expect(fetch(pending.redirectUri)).rejects.toThrow();
  });
});

describe('a device code against a real authorization server', () => {
  // Nobody waits five seconds here; the interval is what the module's own test is about.
  const pause = async () => undefined;
  const onDevice: DeviceCodeLogin = {
    kind: 'device-code',
    scopes: ['openid', 'email', 'offline_access'],
  };
  const begin = (more: Partial<DeviceCodeLogin> = {}) =>
    beginDeviceAuthorization(
      { ...onDevice, issuer: server.issuer, clientId: server.clientId, ...more },
      context,
      { pause },
    );
  const pendingCalls = () => server.calls.filter(({ error }) => error === 'authorization_pending').length;

  it('ends with tokens once the person has entered it, and they are refreshed like others', async () => {
    const before = pendingCalls();
    const pending = await begin();
    expect(pending.userCode).toMatch(/^\w{4}-\w{4}$/);
    expect(pending.verificationUriComplete).toContain(pending.userCode);
    await expect.poll(pendingCalls).toBeGreaterThan(before);
    const page = await server.enterCode(pending.verificationUri, pending.userCode, { login: 'ada' });
    expect(page).toContain('Success');
    const answer = await pending.answer;
    expect(answer.claims).toMatchObject({ sub: 'ada', email: 'ada@example.com' });
    await expect(server.loginOf(answer.accessToken.reveal())).resolves.toBe('ada');
    const device = { ...onDevice, issuer: server.issuer, clientId: server.clientId };
    const renewed = await refreshTokens(device, refreshTokenOf(answer), context);
    await expect(server.loginOf(renewed.accessToken.reveal())).resolves.toBe('ada');
    await expect(revokeToken(device, refreshTokenOf(renewed), context)).resolves.toBe('revoked');
  });

  it('says that the person refused', async () => {
    const pending = await begin();
    await server.enterCode(pending.verificationUri, pending.userCode, { login: 'ada', deny: true });
    await expect(pending.answer).rejects.toMatchObject({ failure: { kind: 'sign-in', reason: 'denied' } });
  });

  it('says that the code ran out', async () => {
    const hasty = await startOAuthServer({ deviceCodeSeconds: 1 });
    try {
      const pending = await beginDeviceAuthorization(
        { ...onDevice, issuer: hasty.issuer, clientId: hasty.clientId },
        // A clock that stands still: it is the server that must say so.
        { ...context, clock: { now: () => 0 } },
        { pause },
      );
      await expect(pending.answer).rejects.toMatchObject({
        failure: { kind: 'sign-in', reason: 'code-expired' },
      });
      expect(hasty.calls.at(-1)).toMatchObject({ error: 'expired_token' });
    } finally {
      await hasty.close();
    }
  });
});

describe('refreshing against a real authorization server', () => {
  it('adopts the rotated refresh token', async () => {
    const first = await signIn('ada');
    const second = await refreshTokens(login, refreshTokenOf(first), context);
    expect(refreshTokenOf(second).equals(refreshTokenOf(first).reveal())).toBe(false);
    expect(second.claims).toMatchObject({ sub: 'ada' });
    await expect(server.loginOf(second.accessToken.reveal())).resolves.toBe('ada');
    const third = await refreshTokens(login, refreshTokenOf(second), context);
    expect(third.accessToken.equals(second.accessToken.reveal())).toBe(false);
  });

  it('is over for good when a spent refresh token was used again', async () => {
    const first = await signIn('ada');
    const second = await refreshTokens(login, refreshTokenOf(first), context);
    await expect(refreshTokens(login, refreshTokenOf(first), context)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: true },
    });
    // The server takes it for theft, and the whole family with it.
    await expect(refreshTokens(login, refreshTokenOf(second), context)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: true },
    });
    expect(server.calls.at(-1)).toEqual({
      endpoint: 'token',
      grantType: 'refresh_token',
      status: 400,
      error: 'invalid_grant',
    });
  });

  it('is not over when the server is unwell', async () => {
    const first = await signIn('ada');
    server.failTokenCalls(503);
    await expect(refreshTokens(login, refreshTokenOf(first), context)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: false },
    });
    server.failTokenCalls(undefined);
    await expect(refreshTokens(login, refreshTokenOf(first), context)).resolves.toMatchObject({
      kind: 'tokens',
    });
  });

  it('is over when the server forgot the token', async () => {
    const first = await signIn('ada');
    server.expireRefreshTokens();
    await expect(refreshTokens(login, refreshTokenOf(first), context)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: true },
    });
  });
});

describe('revoking against a real authorization server', () => {
  it('ends the sign-in', async () => {
    const answer = await signIn('ada');
    await expect(revokeToken(login, refreshTokenOf(answer), context)).resolves.toBe('revoked');
    await expect(refreshTokens(login, refreshTokenOf(answer), context)).rejects.toMatchObject({
      failure: { kind: 'refresh', final: true },
    });
  });

  it('takes an unknown token for revoked', async () => {
    await expect(revokeToken(login, new Secret('nobody-knows-it'), context)).resolves.toBe('revoked');
    expect(server.calls.at(-1)).toMatchObject({ endpoint: 'revocation', status: 200 });
  });
});

describe('the test server itself', () => {
  it('tells whose an access token is until it expires', async () => {
    const answer = await signIn('ada');
    server.expireAccessTokens();
    await expect(server.loginOf(answer.accessToken.reveal())).resolves.toBeUndefined();
  });
});
