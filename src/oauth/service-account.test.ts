import { describe, expect, it, onTestFinished } from 'vitest';
import { refused, startServiceAccounts } from '../../test/oauth-server/service-accounts.ts';
import type { ServiceAccountServer } from '../../test/oauth-server/service-accounts.ts';
import { failureOf, realFetch } from '../../test/rig/accounts.ts';
import { systemClock } from '../clock.ts';
import { Secret } from '../secret.ts';
import { readServiceAccountFile } from './service-account-file.ts';
import { mintToken } from './service-account.ts';
import type { OAuthContext, ServiceAccountLogin } from './types.ts';

const login: ServiceAccountLogin = { kind: 'service-account', scopes: ['one', 'two'] };

async function open(): Promise<ServiceAccountServer> {
  const server = await startServiceAccounts();
  onTestFinished(() => server.close());
  return server;
}

async function mint(
  server: ServiceAccountServer,
  fields: object = {},
  context: Partial<OAuthContext> = {},
  timeoutMs?: number,
) {
  const reading = readServiceAccountFile(new Secret(server.keyFile({ ...fields })));
  if (reading.kind === 'none') throw new Error(reading.problem);
  return mintToken(login, reading.key, { fetch: realFetch, clock: systemClock, ...context }, timeoutMs);
}

describe('a token by the key of a service account', () => {
  it('is given for what the key has signed', async () => {
    const server = await open();
    const clock = { now: () => 1000 * Math.floor(Date.now() / 1000) + 999 };
    const before = clock.now();
    const answer = await mint(server, {}, { clock });
    expect(answer).toMatchObject({ kind: 'tokens', claims: {} });
    expect(answer.accessToken.equals('ya29.minted-1-a1b2c3d4e5')).toBe(true);
    expect(answer.expiresAt).toBeGreaterThanOrEqual(before + 3_599_000);
    expect(answer).not.toHaveProperty('refreshToken');
    expect(server.minted).toEqual(['one two']);
    expect(server.requests[0]?.headers['user-agent'] ?? '').not.toContain('oauth4webapi');
  });

  it.each([
    [refused('Invalid grant: account not found'), /invalid_grant: Invalid grant: account not found/],
    [refused('Invalid JWT Signature.'), /Invalid JWT Signature/],
    [refused('The OAuth client was disabled.', 'disabled_client'), /disabled_client/],
    [refused('Unauthorized client or scope in request.', 'unauthorized_client'), /unauthorized_client/],
  ])('is over with %j: another key is needed', async (answer, words) => {
    const server = await open();
    server.answer = answer;
    const failure = await failureOf(mint(server));
    expect(failure).toMatchObject({ kind: 'refresh', final: true, message: expect.stringMatching(words) });
    expect(failure.message).toContain(server.email);
    expect(failure.message).toContain('--service-account-file');
    expect(failure.message).not.toContain('clock');
  });

  it.each([
    { status: 503, body: { error: 'invalid_grant' } },
    { status: 429, body: {} },
    { status: 500, body: 'oops' },
    { status: 200, body: { id_token: 'x' } },
    { status: 200, body: { access_token: 'x', token_type: 'dpop' } },
    { status: 400, body: { error: 'invalid_scope' } },
    { manner: 'cut' as const, body: { access_token: 'x' } },
  ])('may come later where the answer is %j', async (answer) => {
    const server = await open();
    server.answer = answer;
    expect(await failureOf(mint(server))).toMatchObject({ kind: 'refresh', final: false });
  });

  it('may come at the time that a server in trouble names', async () => {
    const server = await open();
    const clock = { now: () => 1_700_000_000_000 };
    server.answer = { status: 503, headers: { 'retry-after': '600' } };
    expect(await failureOf(mint(server, {}, { clock }))).toMatchObject({ retryAt: clock.now() + 600_000 });
  });

  it('is waited for no longer than it may take, and not at all where nobody waits', async () => {
    const server = await open();
    server.answer = { manner: 'silence' };
    expect(await failureOf(mint(server, {}, {}, 50))).toMatchObject({ kind: 'refresh', final: false });
    const stop = new AbortController();
    const waiting = failureOf(mint(server, {}, { signal: stop.signal }));
    stop.abort();
    expect(await waiting).toMatchObject({ kind: 'cancelled' });
  });

  it('is not given while the clock is wrong, which is said and passes', async () => {
    const server = await open();
    server.aheadMs = 2 * 3_600_000;
    const behind = await failureOf(mint(server));
    expect(behind).toMatchObject({ kind: 'refresh', final: false });
    expect(behind.message).toContain('The clock of this machine is wrong: it is 120 minutes behind.');
    server.aheadMs = -3_600_000;
    expect((await failureOf(mint(server))).message).toContain('it is 60 minutes ahead');
    server.aheadMs = 0;
    expect(await mint(server)).toMatchObject({ kind: 'tokens' });
    // Where the server's words alone tell it, and where its clock alone does.
    server.answer = { ...refused('Invalid JWT: Check your iat and exp values.'), headers: { date: 'today' } };
    expect((await failureOf(mint(server))).message).toContain('The clock of this machine is wrong. Set it');
    server.answer = refused('bad token');
    server.aheadMs = 900_000;
    expect(await failureOf(mint(server))).toMatchObject({
      final: false,
      message: expect.stringMatching(/15 minutes behind/),
    });
  });

  it('shows nothing of the key or of what it has signed, whatever the server repeats', async () => {
    const server = await open();
    const echoing: OAuthContext['fetch'] = async (url, init) => {
      const sent = new URLSearchParams(init.body).get('assertion') ?? '';
      server.answer = refused(`No: ${sent} ${server.privateKey}`);
      return realFetch(url, init);
    };
    const { message } = await failureOf(mint(server, {}, { fetch: echoing }));
    expect(message).toContain('No: [secret]');
    expect(message).not.toMatch(/eyJ|PRIVATE|MII/);
  });

  it('says without a word of the platform where a stored key cannot be read', async () => {
    const key = {
      clientEmail: 'a@b',
      privateKey: new Secret('-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----'),
      tokenEndpoint: 'http://127.0.0.1:9/token',
    };
    const failure = await failureOf(mintToken(login, key, { fetch: realFetch, clock: systemClock }));
    expect(failure).toMatchObject({ kind: 'refresh', final: true });
    expect(failure.message).toContain('The private key of a@b cannot be read.');
  });

  it('is not asked for in the open', async () => {
    const server = await open();
    const failure = await failureOf(
      mintToken(
        login,
        {
          clientEmail: server.email,
          privateKey: new Secret(server.privateKey),
          tokenEndpoint: 'http://oauth2.example/token',
        },
        { fetch: () => Promise.reject(new Error('nothing may be sent')), clock: systemClock },
      ),
    );
    expect(failure).toMatchObject({ kind: 'refresh', final: false });
    expect(failure.message).toContain('The token endpoint could not be asked.');
  });
});
