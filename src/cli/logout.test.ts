import { describe, expect, it, onTestFinished } from 'vitest';
import { failureOf, oauth, provider, recordAccount, server } from '../../test/rig/accounts.ts';
import type { FakeContext } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import { startOAuthServer } from '../../test/oauth-server/server.ts';
import type { AuthorizationCodeLogin } from '../oauth/types.ts';
import { logout } from './logout.ts';

async function signedIn(login: Partial<AuthorizationCodeLogin>): Promise<FakeContext> {
  const method: AuthorizationCodeLogin = {
    kind: 'authorization-code',
    clientId: 'rota-test-client',
    ...login,
  };
  const context = fakeContext({ providers: [provider({ login: [method] })] });
  await recordAccount(context.records, 'id-1', { label: 'work' });
  await (await context.openedVault()).save('id-1', oauth('a-token', { refreshToken: 'r-token' }));
  return context;
}

describe('logout', () => {
  it('revokes at the provider, forgets the account and tells the running proxy', async () => {
    const authority = await startOAuthServer();
    onTestFinished(() => authority.close());
    const context = await signedIn({ issuer: authority.issuer });
    await logout(context, 'work');
    expect(authority.calls).toMatchObject([{ endpoint: 'revocation', status: 200 }]);
    expect(context.terminal.printed).toEqual(['"work" (acme) is logged out.']);
    expect(context.terminal.noted).toEqual(['The provider has revoked its tokens.']);
    expect((await context.records.read()).accounts).toEqual([]);
    expect([...context.store.items.keys()]).toEqual([]);
    expect(context.told).toEqual(['reload']);
  });

  it('revokes the refresh token, which takes its access tokens with it', async () => {
    const bodies: string[] = [];
    const { url } = await server((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => response.writeHead(200).end());
    });
    const context = await signedIn({
      authorizationEndpoint: `${url}/auth`,
      tokenEndpoint: `${url}/token`,
      revocationEndpoint: `${url}/revoke`,
    });
    await logout(context, 'work');
    expect(new URLSearchParams(bodies.join('')).get('token')).toBe('r-token');
  });

  it('forgets the account where revoking fails, and says why', async () => {
    const { url } = await server((_request, response) => response.writeHead(503).end());
    const context = await signedIn({
      authorizationEndpoint: `${url}/auth`,
      tokenEndpoint: `${url}/token`,
      revocationEndpoint: `${url}/revoke`,
    });
    await logout(context, 'work');
    expect(context.terminal.noted.join('\n')).toMatch(/could not be revoked.*HTTP 503/);
    expect((await context.records.read()).accounts).toEqual([]);
  });

  it('removes a compatible endpoint with the last of its accounts', async () => {
    const context = fakeContext();
    const endpoint = { id: 'lab', label: 'lab', baseUrl: 'http://127.0.0.1:9' };
    await context.records.change((content) => ({ ...content, endpoints: [endpoint] }));
    await recordAccount(context.records, 'id-1', { provider: 'lab', label: 'one' });
    await recordAccount(context.records, 'id-2', { provider: 'lab', label: 'two' });
    await logout(context, 'one');
    expect((await context.records.read()).endpoints).toEqual([endpoint]);
    await logout(context, 'two');
    expect((await context.records.read()).endpoints).toEqual([]);
  });

  it('changes nothing for an account that there is not', async () => {
    const context = await signedIn({ issuer: 'http://127.0.0.1:9' });
    expect((await failureOf(logout(context, 'wrok'))).message).toContain('Did you mean "work"?');
    expect((await context.records.read()).accounts).toHaveLength(1);
  });
});
