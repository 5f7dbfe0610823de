import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { startOddServer } from '../../test/oauth-server/odd-server.ts';
import type { OddAnswer, OddServer } from '../../test/oauth-server/odd-server.ts';
import { beginAuthorization } from './authorization-code.ts';
import type { AuthorizationCodeLogin, OAuthContext, PendingSignIn } from './types.ts';

const context: OAuthContext = { fetch: (url, init) => fetch(url, init), clock: { now: () => Date.now() } };
const started: OddServer[] = [];
const begun: PendingSignIn[] = [];

afterEach(async () => {
  for (const pending of begun.splice(0)) pending.close();
  await Promise.all(started.splice(0).map((server) => server.close()));
});

const parametersOf = (address: string) => new URL(address).searchParams;
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

describe('a sign-in that ends with a key', () => {
  const key = { body: { key: 'sk-permanent', user_id: 'ada' } };

  async function beginKey(answer: OddAnswer): Promise<{ server: OddServer; pending: PendingSignIn }> {
    const server = await startOddServer(() => answer);
    started.push(server);
    const login: AuthorizationCodeLogin = {
      kind: 'authorization-code',
      authorizationEndpoint: `${server.origin}/authorize?tenant=t`,
      tokenEndpoint: `${server.origin}/token`,
      keyExchange: { callbackParameter: 'callback_url', keyField: 'key' },
      parameters: { key_label: 'Rota' },
    };
    const pending = await beginAuthorization(login, context);
    begun.push(pending);
    return { server, pending };
  }

  it('asks without client id and state, and binds the callback by a nonce in its path', async () => {
    const { pending } = await beginKey(key);
    expect(Object.fromEntries(parametersOf(pending.url))).toEqual({
      tenant: 't',
      callback_url: pending.redirectUri,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      key_label: 'Rota',
    });
    expect(new URL(pending.redirectUri).pathname).toMatch(/^\/callback\/[\w-]{43}$/);
    const guess = await fetch(`${new URL(pending.redirectUri).origin}/callback?code=c`);
    expect(guess.status).toBe(404);
  });

  it('exchanges the code as JSON', async () => {
    const { server, pending } = await beginKey(key);
    await fetch(`${pending.redirectUri}?code=c`);
    const answer = await pending.answer;
    if (answer.kind !== 'key') throw new Error('expected a key');
    expect(answer.key.equals('sk-permanent')).toBe(true);
    expect(answer.fields).toEqual({ user_id: 'ada' });
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/token' });
    const sent = JSON.parse(server.requests[0]?.body ?? '') as Record<string, string>;
    expect(sent).toEqual({ code: 'c', code_verifier: expect.any(String), code_challenge_method: 'S256' });
    expect(challengeOf(sent['code_verifier'] ?? '')).toBe(parametersOf(pending.url).get('code_challenge'));
  });

  it('takes the bare code that the provider shows to a browser on another machine', async () => {
    const { server, pending } = await beginKey(key);
    const shown = parametersOf(pending.codeUrl ?? '');
    expect(shown.has('callback_url')).toBe(false);
    expect(shown.get('code_challenge')).toBe(parametersOf(pending.url).get('code_challenge'));
    expect(pending.paste('auth_code_1\n')).toBeUndefined();
    await expect(pending.answer).resolves.toMatchObject({ kind: 'key' });
    expect(server.requests[0]?.body).toContain('"auth_code_1"');
  });

  it('takes the pasted address, but not one with another nonce', async () => {
    const { pending } = await beginKey(key);
    const { origin } = new URL(pending.redirectUri);
    expect(pending.paste(`${origin}/callback/other?code=c`)).toMatch(/must begin with/);
    expect(pending.paste(`${pending.redirectUri}?code=c`)).toBeUndefined();
    await expect(pending.answer).resolves.toMatchObject({ kind: 'key' });
  });

  it.each([
    [403, { error: { code: 403 } }, 'code-expired'],
    [400, { error: { code: 400 } }, 'token-answer'],
    [200, { user_id: 'ada' }, 'token-answer'],
    [200, { key: '' }, 'token-answer'],
    [200, 'sk-permanent', 'token-answer'],
    [302, { key: 'sk-permanent' }, 'token-answer'],
    [502, '', 'unreachable'],
  ])('after %d %j it fails: %s', async (status, body, reason) => {
    const { pending } = await beginKey({ status, body });
    pending.paste('c');
    await expect(pending.answer).rejects.toMatchObject({
      failure: { kind: 'sign-in', reason, message: expect.not.stringContaining('sk-permanent') },
    });
  });
});
