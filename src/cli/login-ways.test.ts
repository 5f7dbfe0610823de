import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerJson, failureOf, providerAt, server, temporaryFolder } from '../../test/rig/accounts.ts';
import type { FakeContext, Person } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import { startOAuthServer } from '../../test/oauth-server/server.ts';
import type { OAuthServer } from '../../test/oauth-server/server.ts';
import { defaultSettings } from '../config/schema.ts';
import type { LoginMethod } from '../oauth/types.ts';
import { identifyByClaims } from '../providers/from-settings.ts';
import type { Provider } from '../providers/provider.ts';
import { claudeSubscription, refuseReserved } from '../providers/reserved-key.ts';
import type { LoginOptions } from './login.ts';
import { login } from './login.ts';

const words: LoginOptions = { key: true, browser: true, timeout: 60 };
const CODEX = 'app_EMoamEEZ73f0CkXaXp7hrann';

async function upstream() {
  return server((_request, response) => answerJson(response, 200, { data: [{ id: 'one' }] }));
}

async function authorizationServer(clientId = 'rota-test-client'): Promise<OAuthServer> {
  const oauth = await startOAuthServer({ deviceIntervalSeconds: 1, clientId });
  onTestFinished(() => oauth.close());
  return oauth;
}

function deviceLogin({ issuer }: OAuthServer, more: object = {}): LoginMethod {
  return { kind: 'device-code', issuer, scopes: ['openid', 'email', 'offline_access'], ...more };
}

async function providerWith(ways: readonly LoginMethod[], fields: Partial<Provider> = {}): Promise<Provider> {
  const { url } = await upstream();
  return providerAt(url, { login: ways, identify: identifyByClaims, ...fields });
}

function contextOf(
  provider: Provider,
  person: Person = {},
  clients: Record<string, string> = {},
): FakeContext {
  const context = fakeContext({ person, providers: [provider] });
  return { ...context, settings: async () => ({ ...defaultSettings(), clients }) };
}

const credentialsOf = async ({ records, openedVault }: FakeContext) => {
  const { accounts } = await records.read();
  const vault = await openedVault();
  return Promise.all(accounts.map(({ id }) => vault.credential(id)));
};

/** Enters the code that the terminal shows, as a person at another machine. */
async function enterShownCode({ terminal }: FakeContext, oauth: OAuthServer, login: string): Promise<string> {
  const address = await terminal.untilNoted(/^ {4}http/);
  const framed = await terminal.untilNoted(/│ {2}\S+ {2}│/);
  const code = framed.replaceAll(/[│ ]/g, '');
  await oauth.enterCode(address.trim(), code, { login });
  return code;
}

describe('login by device code', () => {
  it('shows address and code, opens the browser at both, and adds the account', async () => {
    const oauth = await authorizationServer();
    const opened: string[] = [];
    const browser = async (url: string) => void opened.push(url);
    const context = contextOf(await providerWith([deviceLogin(oauth, { clientId: oauth.clientId })]), {
      browser,
      clipboard: true,
    });
    const done = login(context, 'acme', words);
    const code = await enterShownCode(context, oauth, 'ada');
    await done;
    expect(opened).toEqual([expect.stringContaining(code)]);
    expect(context.terminal.copied).toEqual([code]);
    expect(context.terminal.noted).toContain('The code is in the clipboard, too.');
    expect(context.terminal.noted.join('\n')).toContain(
      `Enter it only where the page is at ${new URL(oauth.issuer).host}`,
    );
    expect(context.terminal.printed).toEqual(['Added "ada@example.com" (Acme): 1 model.']);
    const [credential] = await credentialsOf(context);
    expect(credential).toMatchObject({ kind: 'oauth', login: 'device-code' });
    expect(credential).not.toHaveProperty('client');
  });

  it('is what --device asks for, where the browser comes first; the browser stays closed with --no-browser', async () => {
    const oauth = await authorizationServer();
    const { clientId, issuer } = oauth;
    const ways: LoginMethod[] = [
      { kind: 'authorization-code', issuer, clientId },
      deviceLogin(oauth, { clientId }),
      { kind: 'api-key' },
    ];
    const context = contextOf(await providerWith(ways));
    const done = login(context, 'acme', { ...words, device: true, browser: false });
    await enterShownCode(context, oauth, 'ada');
    await done;
    expect(context.terminal.noted.join()).not.toContain('clipboard');
    expect(context.terminal.printed).toHaveLength(1);
  });

  it.each([
    { name: 'Ctrl-C', timeout: 60, kind: 'cancelled', stop: ({ cancel }: FakeContext) => cancel.abort() },
    { name: 'the time-out', timeout: 0.2, kind: 'sign-in', stop: () => undefined },
  ])('leaves nothing behind after $name', async ({ timeout, kind, stop }) => {
    const oauth = await authorizationServer();
    const context = contextOf(await providerWith([deviceLogin(oauth, { clientId: oauth.clientId })]));
    const done = failureOf(login(context, 'acme', { ...words, browser: false, timeout }));
    await context.terminal.untilNoted(/^ {4}http/);
    stop(context);
    expect((await done).kind).toBe(kind);
    expect((await context.records.read()).accounts).toEqual([]);
    expect([...context.store.items.keys()]).toEqual([]);
  });
});

describe('the application by which to sign in', () => {
  const id = 'my-own-application';

  async function signedInWith(
    options: Partial<LoginOptions>,
    person: Person = {},
    clients: Record<string, string> = {},
  ): Promise<FakeContext> {
    const oauth = await authorizationServer(id);
    const context = contextOf(await providerWith([deviceLogin(oauth)]), person, clients);
    const done = login(context, 'acme', { ...words, browser: false, ...options });
    await enterShownCode(context, oauth, 'ada');
    await done;
    return context;
  }

  it('comes from a flag, and is kept with the tokens', async () => {
    const context = await signedInWith({ clientId: id });
    expect(await credentialsOf(context)).toMatchObject([{ kind: 'oauth', client: { id } }]);
  });

  it('comes from the settings', async () => {
    const context = await signedInWith({}, {}, { acme: id });
    expect(await credentialsOf(context)).toMatchObject([{ client: { id } }]);
  });

  it('is asked for where a person can answer', async () => {
    const context = await signedInWith({}, { interactive: true, words: [` ${id} `] });
    expect(context.terminal.asked).toEqual(['Client id of your own application at Acme:']);
    expect(await credentialsOf(context)).toMatchObject([{ client: { id } }]);
  });

  it.each([{ installed: { client_id: id, project_id: 'p' } }, { client_id: id }])(
    "comes from the file that the provider's console downloads: %j",
    async (content) => {
      const clientFile = join(temporaryFolder(), 'client.json');
      writeFileSync(clientFile, JSON.stringify(content));
      const context = await signedInWith({ clientFile });
      expect(await credentialsOf(context)).toMatchObject([{ client: { id } }]);
    },
  );

  it('keeps the secret of the file in the credential store, and shows it nowhere', async () => {
    const clientFile = join(temporaryFolder(), 'client.json');
    writeFileSync(
      clientFile,
      JSON.stringify({ installed: { client_id: CODEX, client_secret: 'GOCSPX-hush' } }),
    );
    const oauth = await authorizationServer();
    const context = contextOf(await providerWith([deviceLogin(oauth)]));
    const failure = await failureOf(login(context, 'acme', { ...words, clientFile }));
    expect(JSON.stringify([failure, context.terminal.noted])).not.toContain('hush');
  });

  it.each<[string, Partial<LoginOptions> & { file?: string }, string, string]>([
    ['nobody can be asked', {}, 'usage', '"clients.acme"'],
    ['two are named', { clientId: 'a', clientFile: 'b' }, 'usage', 'cannot be used together'],
    ['it is no word', { clientId: 'a b' }, 'usage', 'one word'],
    ['it is a vendor’s own', { clientId: CODEX }, 'sign-in', 'OpenAI reserves'],
    ['the file is not there', { clientFile: '/no/such/file' }, 'usage', 'cannot be read'],
    ['the file is another', { file: '{"hello":1}' }, 'usage', 'there is no "client_id"'],
    ['the file is no JSON', { file: 'hello' }, 'usage', 'there is no "client_id"'],
    ['the client is for a web server', { file: '{"web":{"client_id":"a"}}' }, 'usage', 'Desktop app'],
    ['the file holds a vendor’s own', { file: `{"client_id":"${CODEX}"}` }, 'sign-in', 'OpenAI reserves'],
    ['there is no such way', { way: 'magic' }, 'usage', 'it has: device-code'],
  ])('is refused where %s, before the store is opened', async (_name, { file, ...options }, kind, says) => {
    const oauth = await authorizationServer();
    const context = contextOf(await providerWith([deviceLogin(oauth)]));
    const clientFile = join(temporaryFolder(), 'client.json');
    if (file !== undefined) writeFileSync(clientFile, file);
    const vault = () => Promise.reject(new Error('the store was opened'));
    const given = { ...words, ...options, ...(file !== undefined && { clientFile }) };
    const failure = await failureOf(login({ ...context, vault }, 'acme', given));
    expect(failure.kind).toBe(kind);
    expect(failure.message).toContain(says);
  });
});

describe('login by a command', () => {
  const tool = (text: string) => `"${process.execPath}" -e "process.stdout.write('${text}')"`;

  it('runs it, tries the token, and keeps the command and not the token', async () => {
    const { url, requests } = await upstream();
    const provider = providerAt(url, { login: [{ kind: 'api-key' }] });
    const context = contextOf(provider);
    await login(context, 'acme', { ...words, command: tool('printed-1') });
    expect(requests[0]?.headers.authorization).toBe('Bearer printed-1');
    expect(await credentialsOf(context)).toEqual([
      {
        kind: 'command',
        argv: [process.execPath, '-e', `process.stdout.write('printed-1')`],
        lifetimeMs: 300_000,
      },
    ]);
    expect(JSON.stringify([...context.store.items.values()].map((item) => item.reveal()))).not.toContain(
      '"printed-1"',
    );
    await login(context, 'acme', { ...words, command: tool('printed-1') });
    await login(context, 'acme', { ...words, command: tool('printed-2') });
    expect(context.terminal.printed.map((line) => line.split(' ')[0])).toEqual(['Added', 'Renewed', 'Added']);
  });

  it("is the provider's own way where it has one", async () => {
    const argv = [process.execPath, '-e', 'process.stdout.write("own")'];
    const context = contextOf(await providerWith([{ kind: 'command', argv, lifetimeMs: 60_000 }]));
    await login(context, 'acme', words);
    expect(await credentialsOf(context)).toEqual([{ kind: 'command', argv, lifetimeMs: 60_000 }]);
  });

  it('shows what the tool says where it fails, and keeps nothing', async () => {
    const context = contextOf(await providerWith([{ kind: 'api-key' }]));
    const command = `"${process.execPath}" -e "console.error('Run login first.'); process.exit(2)"`;
    const failure = await failureOf(login(context, 'acme', { ...words, command }));
    expect(failure.message).toContain('exit code 2, saying: Run login first.');
    expect((await context.records.read()).accounts).toEqual([]);
  });

  it('takes a reserved token from the tool that the provider names, and from no other', async () => {
    const token = 'sk-ant-oat01-0123456789abcdef';
    const argv = [process.execPath, '-e', `process.stdout.write("${token}")`];
    const refuseKey: Provider['refuseKey'] = (secret) => refuseReserved(secret, [claudeSubscription]);
    const own = await providerWith([{ kind: 'command', argv }], { refuseKey });
    await login(contextOf(own), 'acme', words);
    const other = await providerWith([{ kind: 'command', argv: ['another-tool'] }], { refuseKey });
    const failure = await failureOf(login(contextOf(other), 'acme', { ...words, command: tool(token) }));
    expect(failure).toMatchObject({ kind: 'sign-in', reason: 'unsupported' });
    expect(failure.message).not.toContain(token);
  });

  it.each<[string, readonly LoginMethod[], Partial<LoginOptions>, string]>([
    [
      'the provider takes no token',
      [{ kind: 'device-code' }],
      { command: 'tool' },
      'no token that a command prints',
    ],
    ['it needs a shell', [{ kind: 'api-key' }], { command: 'a | b' }, 'without one'],
    [
      'another way is named too',
      [{ kind: 'api-key' }],
      { command: 'a', device: true },
      'cannot be used together',
    ],
    [
      'a client is named',
      [{ kind: 'api-key' }],
      { command: 'a', clientId: 'x' },
      'are for a sign-in in the browser',
    ],
  ])('is refused where %s', async (_name, ways, options, says) => {
    const failure = await failureOf(
      login(contextOf(await providerWith(ways)), 'acme', { ...words, ...options }),
    );
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain(says);
  });
});
