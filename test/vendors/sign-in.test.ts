import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTokens } from '../../src/accounts/tokens.ts';
import type { LoginOptions } from '../../src/cli/login.ts';
import { login } from '../../src/cli/login.ts';
import { defaultSettings } from '../../src/config/schema.ts';
import { refreshTokens } from '../../src/oauth/refresh.ts';
import { Secret } from '../../src/secret.ts';
import { failureOf, recordingLogger, temporaryFolder } from '../rig/accounts.ts';
import { fakeContext } from '../rig/cli.ts';
import type { VendorShape } from './authorization-server.ts';
import { startVendor } from './authorization-server.ts';
import { entra, google, huggingFace, poe } from './shapes.ts';

const DAY_MS = 86_400_000;
const words: LoginOptions = { key: true, browser: true, timeout: 60, way: 'authorization-code' };

/** A person who signs in at a vendor, and the daemon that uses what came of it, in time that the test moves. */
async function scene(shape: VendorShape) {
  const vendor = await startVendor(shape);
  const context = {
    ...fakeContext({ person: { browser: (url) => vendor.consent(url) } }),
    settings: async () => defaultSettings(),
    fetch: vendor.fetch,
    fetchFor: () => vendor.fetch,
  };
  const { log, lines } = recordingLogger();
  let laterMs = 0;
  const stored = async () => {
    const { accounts } = await context.records.read();
    const vault = await context.openedVault();
    return Promise.all(accounts.map(({ id }) => vault.credential(id)));
  };
  const daemon = async () => {
    const { accounts } = await context.records.read();
    const registry = await context.registry();
    const tokens = openTokens({
      vault: await context.openedVault(),
      records: context.records,
      log,
      clock: { now: () => Date.now() + laterMs },
      scheduler: { at: () => () => undefined },
      random: () => 0,
      provider: (id) => registry.get(id),
      fetchFor: () => vendor.fetch,
      printToken: () => Promise.reject(new Error('no command was expected')),
      mintToken: () => Promise.reject(new Error('no service account was expected')),
      refresh: refreshTokens,
    });
    tokens.reload(accounts);
    await tokens.loaded();
    const [account] = accounts;
    return {
      secret: () => tokens.secretFor(account?.id ?? ''),
      status: () => tokens.status(account?.id ?? ''),
    };
  };
  const pass = (ms: number) => {
    laterMs += ms;
  };
  return { vendor, context, stored, daemon, pass, lines };
}

/** What Google's console downloads for a client of the type "Desktop app". */
function clientFile(): string {
  const path = join(temporaryFolder(), 'client.json');
  const installed = { client_id: 'mine.apps.googleusercontent.com', client_secret: 'GOCSPX-mine' };
  writeFileSync(path, JSON.stringify({ installed }));
  return path;
}

describe('Google', () => {
  const sentence = /"Testing"/;

  it('is sent the desktop client’s secret, and its one refresh token serves again and again', async () => {
    const { vendor, context, stored, daemon, pass } = await scene(google);
    await login(context, 'vertex', { ...words, project: 'my-project', clientFile: clientFile() });
    expect(context.terminal.printed).toEqual(['Added "ada@gmail.com" (Vertex AI): 1 model.']);
    const { secret } = await daemon();
    for (const number of [2, 3]) {
      pass(3_600_000);
      expect((await secret()).reveal()).toBe(`ya29.access-${number}`);
    }
    expect(vendor.forms().map(({ client_secret: sent }) => sent)).toEqual(Array(3).fill('GOCSPX-mine'));
    expect(await stored()).toMatchObject([{ refreshToken: new Secret('refresh-1') }]);
  });

  it('lets the Gemini API in by the same sign-in, with the project that pays', async () => {
    const { vendor, context } = await scene(google);
    await login(context, 'gemini-project', { ...words, project: 'my-project', clientFile: clientFile() });
    expect(context.terminal.printed).toEqual(['Added "ada@gmail.com" (Gemini API (by project)): 1 model.']);
    const asked = vendor.requests.find(({ path }) => path.startsWith('/v1beta/models'));
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer ya29.access-1',
      'x-goog-user-project': 'my-project',
    });
  });

  it('says why, once, where a sign-in has died since the consent screen is in "Testing"', async () => {
    const { vendor, context, daemon, pass, lines } = await scene(google);
    await login(context, 'vertex', { ...words, project: 'my-project', clientFile: clientFile() });
    const { secret, status } = await daemon();
    vendor.refreshError = 'invalid_grant';
    pass(7 * DAY_MS);
    const failure = await failureOf(secret());
    expect(failure.kind).toBe('needs-login');
    expect(failure.message).toMatch(sentence);
    expect(failure.message).toContain('proxy login vertex --label "ada@gmail.com"');
    const asked = vendor.forms().length;
    pass(DAY_MS);
    expect((await failureOf(secret())).message).toMatch(sentence);
    expect(vendor.forms()).toHaveLength(asked);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(status()).toMatchObject({ state: 'needs-login', problem: expect.stringMatching(sentence) });
    const { accounts } = await context.records.read();
    expect(accounts[0]?.needsLogin?.reason).toMatch(sentence);
  });
});

describe('Entra', () => {
  const own = { resource: 'my-resource', tenant: 'contoso.onmicrosoft.com', clientId: 'my-client' };

  it('hands out another refresh token each time, and the latest is the one that is stored and spent', async () => {
    const { vendor, context, stored, daemon, pass } = await scene(entra);
    await login(context, 'azure', { ...words, ...own });
    const { secret } = await daemon();
    for (let asked = 0; asked < 3; asked += 1) {
      pass(2 * 3_600_000);
      await secret();
    }
    expect(vendor.forms().map(({ refresh_token: spent }) => spent)).toEqual([
      undefined,
      'refresh-1',
      'refresh-2',
      'refresh-3',
    ]);
    expect(await stored()).toMatchObject([{ refreshToken: new Secret('refresh-4') }]);
  });

  it('knows a person by tenant and object, whichever application they sign in by', async () => {
    const { context } = await scene(entra);
    await login(context, 'azure', { ...words, ...own });
    await login(context, 'azure', { ...words, ...own, clientId: 'another-client' });
    expect(context.terminal.printed.map((line) => line.split(' ')[0])).toEqual(['Added', 'Renewed']);
  });

  it.each(['invalid_grant', 'interaction_required', 'consent_required'])(
    'is signed in to anew where it says %s, and asked no more',
    async (error) => {
      const { vendor, context, daemon, pass } = await scene(entra);
      await login(context, 'azure', { ...words, ...own });
      const { secret } = await daemon();
      vendor.refreshError = error;
      pass(DAY_MS);
      expect((await failureOf(secret())).kind).toBe('needs-login');
      const asked = vendor.forms().length;
      pass(DAY_MS);
      expect((await failureOf(secret())).kind).toBe('needs-login');
      expect(vendor.forms()).toHaveLength(asked);
    },
  );

  it.each([
    ['authorization_declined', 'denied'],
    ['expired_token', 'code-expired'],
  ])('ends a sign-in by device code with %s', async (error, reason) => {
    const { vendor, context } = await scene(entra);
    vendor.deviceError = error;
    const failure = await failureOf(
      login(context, 'azure', { ...words, ...own, browser: false, way: 'device-code' }),
    );
    expect(failure).toMatchObject({ kind: 'sign-in', reason });
  });
});

describe('Hugging Face', () => {
  it('gives no refresh token: after eight hours a person is asked to sign in, and nobody else', async () => {
    const { vendor, context, daemon, pass } = await scene(huggingFace);
    await login(context, 'huggingface', { ...words, clientId: 'my-client' });
    expect(context.terminal.printed).toEqual(['Added "Ada" (Hugging Face): 1 model.']);
    const { secret, status } = await daemon();
    pass(7 * 3_600_000);
    expect((await secret()).reveal()).toBe('hf_oauth_access-1');
    expect(status()).toMatchObject({ state: 'ready' });
    pass(3_600_000);
    const failure = await failureOf(secret());
    expect(failure).toMatchObject({ kind: 'needs-login' });
    expect(failure.message).toContain('gave no refresh token');
    expect(vendor.forms()).toHaveLength(1);
  });
});

describe('Poe', () => {
  it('gives a key with an end, which serves until then', async () => {
    const { vendor, context, stored, daemon, pass } = await scene(poe);
    await login(context, 'poe', { ...words, clientId: 'my-client' });
    expect(context.terminal.printed).toEqual(['Added "poe" (Poe): 1 model.']);
    expect(await stored()).toMatchObject([
      { kind: 'oauth', accessToken: new Secret('poe-access-1'), expiresAt: expect.any(Number) },
    ]);
    const { secret } = await daemon();
    pass(29 * DAY_MS);
    expect((await secret()).reveal()).toBe('poe-access-1');
    pass(DAY_MS);
    expect(await failureOf(secret())).toMatchObject({
      kind: 'needs-login',
      message: expect.stringContaining('proxy login poe --label "poe"'),
    });
    expect(vendor.forms()).toMatchObject([{ grant_type: 'authorization_code', client_id: 'my-client' }]);
  });

  it('asks for a key to be made, with the person’s own application, at an address of this machine', async () => {
    const { context } = await scene(poe);
    const opened: string[] = [];
    const terminal = Object.assign(context.terminal, {
      openBrowser: async (url: string) => {
        opened.push(url);
        context.cancel.abort();
        return undefined;
      },
    });
    await failureOf(login({ ...context, terminal }, 'poe', { ...words, clientId: 'my-client' }));
    const { origin, pathname, searchParams } = new URL(opened[0] ?? '');
    expect(origin + pathname).toBe('https://poe.com/oauth/authorize');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      client_id: 'my-client',
      scope: 'apikey:create',
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+\/callback$/),
    });
  });
});
