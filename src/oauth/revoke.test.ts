import { afterEach, describe, expect, it } from 'vitest';
import { startOddServer } from '../../test/oauth-server/odd-server.ts';
import type { OddAnswer, OddServer } from '../../test/oauth-server/odd-server.ts';
import { Secret } from '../secret.ts';
import { revokeToken } from './revoke.ts';
import type { AuthorizationCodeLogin, OAuthContext } from './types.ts';

const context: OAuthContext = { fetch: (url, init) => fetch(url, init), clock: { now: () => 0 } };
const token = new Secret('the-token');
const started: OddServer[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

async function serve(answer: OddAnswer): Promise<{ server: OddServer; login: AuthorizationCodeLogin }> {
  const server = await startOddServer(() => answer);
  started.push(server);
  const { origin } = server;
  const login: AuthorizationCodeLogin = {
    kind: 'authorization-code',
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    revocationEndpoint: `${origin}/revoke`,
    clientId: 'client',
  };
  return { server, login };
}

describe('revokeToken', () => {
  it('sends the token to the revocation endpoint', async () => {
    const { server, login } = await serve({ status: 200 });
    await expect(revokeToken(login, token, context)).resolves.toBe('revoked');
    expect(server.requests).toMatchObject([
      { method: 'POST', path: '/revoke', body: 'token=the-token&client_id=client' },
    ]);
  });

  it('asks nobody where the provider has no way to be told', async () => {
    const { server, login } = await serve({ status: 200 });
    const { revocationEndpoint: _none, ...without } = login;
    await expect(revokeToken(without, token, context)).resolves.toBe('unsupported');
    const key = { ...login, keyExchange: { callbackParameter: 'callback_url', keyField: 'key' } };
    await expect(revokeToken(key, token, context)).resolves.toBe('unsupported');
    expect(server.requests).toEqual([]);
  });

  it.each([
    [400, { error: 'invalid_token' }, 'revoked'],
    [400, { error: 'unsupported_token_type' }, 'unsupported'],
    [204, '', 'revoked'],
  ])('after %d %j it is %s', async (status, body, expected) => {
    const { login } = await serve({ status, body });
    await expect(revokeToken(login, token, context)).resolves.toBe(expected);
  });

  it.each([
    [503, 'unwell', 'unreachable'],
    [429, '', 'unreachable'],
    [401, { error: 'invalid_client', error_description: 'for the-token' }, 'token-answer'],
    [404, 'not found', 'token-answer'],
    [302, '', 'token-answer'],
  ])('after %d %j it fails: %s', async (status, body, reason) => {
    const { login } = await serve({ status, body });
    await expect(revokeToken(login, token, context)).rejects.toMatchObject({
      failure: { kind: 'sign-in', reason, message: expect.not.stringContaining('the-token') },
    });
  });
});
