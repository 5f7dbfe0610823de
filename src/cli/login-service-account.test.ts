import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServiceAccounts } from '../../test/oauth-server/service-accounts.ts';
import { failureOf, realFetch, temporaryFolder } from '../../test/rig/accounts.ts';
import type { FakeContext, Person } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import { defaultSettings } from '../config/schema.ts';
import { askForLogin } from './login-choice.ts';
import { login } from './login.ts';
import type { LoginOptions } from './login.ts';
import { logout } from './logout.ts';

const words: LoginOptions = { key: true, browser: true, timeout: 60 };

/** Somebody with the file of a key, whose provider's models are at hand. */
async function scene(person: (path: string) => Person = () => ({})) {
  const endpoint = await startServiceAccounts();
  onTestFinished(() => endpoint.close());
  const asked: { readonly url: string; readonly headers: Record<string, string> }[] = [];
  const fetch: FakeContext['fetch'] = async (url, init) => {
    if (url.startsWith(endpoint.origin)) return realFetch(url, init);
    // No server runs on this machine.
    if (url.startsWith('http:')) throw new Error('nothing runs here');
    asked.push({ url, headers: init.headers });
    return Response.json({ publisherModels: [{ name: 'publishers/google/models/one' }], models: [] });
  };
  const fileWith = (fields: object = {}): string => {
    const path = join(temporaryFolder(), 'key.json');
    writeFileSync(path, endpoint.keyFile({ ...fields }));
    return path;
  };
  const path = fileWith();
  const context = {
    ...fakeContext({ person: person(path) }),
    fetch,
    fetchFor: () => fetch,
    settings: async () => defaultSettings(),
  };
  const sign = (options: Partial<LoginOptions>, name = 'vertex') =>
    login(context, name, { ...words, ...options });
  const recorded = () => context.records.read();
  return { endpoint, context, asked, path, fileWith, sign, recorded };
}

describe("login with a service account's key", () => {
  it('is called by its address, of the project of the file, and kept with its key', async () => {
    const { endpoint, context, asked, path, sign, recorded } = await scene();
    await sign({ serviceAccountFile: path });
    expect(context.terminal.printed).toEqual([`Added "${endpoint.email}" (Vertex AI): 1 model.`]);
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer ya29.minted-1-a1b2c3d4e5',
      'x-goog-user-project': 'my-project',
    });
    const { accounts, endpoints } = await recorded();
    expect(accounts).toMatchObject([{ label: endpoint.email, identity: endpoint.email, provider: 'vertex' }]);
    expect(endpoints).toMatchObject([
      { id: 'vertex', values: { project: 'my-project', location: 'global' } },
    ]);
    const vault = await context.openedVault();
    const credential = await vault.credential(accounts[0]?.id ?? '');
    expect(credential).toMatchObject({
      kind: 'serviceAccount',
      clientEmail: endpoint.email,
      keyId: 'a1b2c3d4e5',
      tokenEndpoint: endpoint.tokenEndpoint,
    });
    const isSame = credential.kind === 'serviceAccount' && credential.privateKey.equals(endpoint.privateKey);
    expect(isSame).toBe(true);
    expect(context.store.written).toHaveLength(1);
  });

  it.each(['vertex-claude', 'gemini-project'])('serves %s too', async (name) => {
    const { context, asked, path, sign } = await scene();
    await sign({ serviceAccountFile: path, project: 'that-pays' }, name);
    expect(context.terminal.printed).toHaveLength(1);
    expect(asked[0]?.headers['x-goog-user-project']).toBe('that-pays');
  });

  it('renews the account of the same address, and keeps the project that is there, which it tells', async () => {
    const { context, path, sign, recorded } = await scene();
    await sign({ serviceAccountFile: path, project: 'that-pays' });
    await sign({ serviceAccountFile: path });
    expect(context.terminal.printed.map((line) => line.split(' ')[0])).toEqual(['Added', 'Renewed']);
    expect((await recorded()).endpoints).toMatchObject([{ values: { project: 'that-pays' } }]);
    expect(context.terminal.noted.join('\n')).toContain(
      '"vertex" is of the project "that-pays", and the key of "my-project".',
    );
  });

  it('asks for a project where that of the file is none that can be sent', async () => {
    const { fileWith, sign } = await scene();
    const failure = await failureOf(
      sign({ serviceAccountFile: fileWith({ project_id: 'example.com:old' }) }),
    );
    expect(failure).toMatchObject({ kind: 'usage', message: expect.stringContaining('needs --project') });
  });

  it('asks a person for the file where they choose this way', async () => {
    const { context, endpoint } = await scene((path) => ({
      interactive: true,
      words: ['vertex', 'service-account', path],
    }));
    const asked = await askForLogin(context, words);
    if (asked.kind !== 'login') throw new Error('nothing else was chosen');
    const { name, options } = asked;
    await login(context, name, options);
    expect(context.terminal.asked).toEqual([
      'Which provider?',
      'How to sign in to Vertex AI?',
      "File with the service account's key (JSON):",
    ]);
    expect(context.terminal.printed).toEqual([`Added "${endpoint.email}" (Vertex AI): 1 model.`]);
  });

  it('asks nobody where there is no such provider, or it has no such way', async () => {
    const { context, sign } = await scene(() => ({ interactive: true, words: [] }));
    const { message } = await failureOf(sign({ way: 'service-account' }, 'openai'));
    expect(message).toContain('no sign-in by "service-account"');
    expect((await failureOf(sign({ way: 'service-account' }, 'vertx'))).message).toContain('Did you mean');
    expect(context.terminal.asked).toEqual([]);
  });

  const file = { serviceAccountFile: 'KEY' };
  it.each<[string, Partial<LoginOptions>, string, RegExp]>([
    [
      'nobody names the file',
      { way: 'service-account', project: 'my-project' },
      'vertex',
      /--service-account-file/,
    ],
    ['the file is not there', { serviceAccountFile: '/nobody/key.json' }, 'vertex', /cannot be read/],
    ['another way is asked for, too', { ...file, command: 'x' }, 'vertex', /together/],
    ['the way is another', { ...file, way: 'command' }, 'vertex', /together/],
    ['an application is named', { ...file, clientId: 'x' }, 'vertex', /--client-id/],
    ['the provider takes none', file, 'openai', /OpenAI takes no service accounts/],
  ])('is refused where %s', async (_when, options, name, told) => {
    const { path, sign, recorded, endpoint } = await scene();
    const given = options.serviceAccountFile === 'KEY' ? { ...options, serviceAccountFile: path } : options;
    const failure = await failureOf(sign(given, name));
    expect(failure).toMatchObject({ kind: 'usage', message: expect.stringMatching(told) });
    expect((await recorded()).accounts).toEqual([]);
    expect(endpoint.requests).toEqual([]);
  });

  it('says what is wrong with the file, and nothing of the key', async () => {
    const { endpoint, fileWith, sign } = await scene();
    const failure = await failureOf(sign({ serviceAccountFile: fileWith({ type: 'authorized_user' }) }));
    expect(failure.message).toMatch(/^--service-account-file: \S+key\.json is of the type "authorized_user"/);
    const damaged = fileWith({ private_key: endpoint.privateKey.slice(0, 300) });
    const { message } = await failureOf(sign({ serviceAccountFile: damaged }));
    expect(message).toContain('"private_key" that cannot be read');
    expect(message).not.toContain(endpoint.privateKey.slice(40, 60));
  });

  it('stores nothing where the endpoint refuses', async () => {
    const { fileWith, sign, context, recorded } = await scene();
    const gone = fileWith({ client_email: 'gone@my-project.iam.gserviceaccount.com' });
    const failure = await failureOf(sign({ serviceAccountFile: gone }));
    expect(failure).toMatchObject({ kind: 'refresh', message: expect.stringContaining('account not found') });
    expect((await recorded()).accounts).toEqual([]);
    expect(context.store.written).toEqual([]);
  });

  it('is ended by a logout that asks nobody', async () => {
    const { endpoint, path, sign, context, recorded } = await scene();
    await sign({ serviceAccountFile: path });
    const before = endpoint.requests.length;
    await logout(context, endpoint.email);
    expect((await recorded()).accounts).toEqual([]);
    expect([...context.store.items.keys()]).toEqual([]);
    expect(endpoint.requests).toHaveLength(before);
    expect(context.terminal.noted.at(-1)).toBe(
      'A key stays valid at the provider until you delete it there.',
    );
  });
});
