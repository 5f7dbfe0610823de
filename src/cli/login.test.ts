import { describe, expect, it, onTestFinished } from 'vitest';
import {
  answerJson,
  failureOf,
  provider,
  providerAt,
  recordAccount,
  server,
} from '../../test/rig/accounts.ts';
import type { FakeContext } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import { startOAuthServer } from '../../test/oauth-server/server.ts';
import type { OAuthServer } from '../../test/oauth-server/server.ts';
import type { AuthorizationCodeLogin } from '../oauth/types.ts';
import { RotaError } from '../failure.ts';
import { identifyByClaims } from '../providers/from-settings.ts';
import type { Provider, Terms } from '../providers/provider.ts';
import type { LoginOptions } from './login.ts';
import { login } from './login.ts';

const GOOD = ['Bearer good-key', 'Bearer other-key'];
const words: LoginOptions = { key: true, browser: true, timeout: 60 };
const piped: LoginOptions = { ...words, apiKeyStdin: true };
const restricted: Terms = {
  kind: 'restricted',
  note: 'One account each.',
  link: 'https://acme.example',
  checked: '2026-11-20',
};

/** Lists two models to those with a good key, and to those without any on `/open/`. */
async function upstream(
  accepts: (authorization: string | undefined) => boolean = (value) => GOOD.includes(value ?? ''),
) {
  return server(({ url = '', headers }, response) => {
    const open = url.startsWith('/open/') && headers.authorization === undefined;
    if (open || accepts(headers.authorization))
      answerJson(response, 200, { data: [{ id: 'one' }, { id: 'two' }] });
    else answerJson(response, 401, { error: { message: 'no such key' } });
  });
}

function keyProvider(url: string, fields: Partial<Provider> = {}): Provider {
  return providerAt(url, { login: [{ kind: 'api-key', page: 'https://acme.example/keys' }], ...fields });
}

async function authorizationServer(): Promise<OAuthServer> {
  const oauth = await startOAuthServer();
  onTestFinished(() => oauth.close());
  return oauth;
}

function signInProvider(url: string, oauth: OAuthServer, fields: Partial<Provider> = {}): Provider {
  const method: AuthorizationCodeLogin = {
    kind: 'authorization-code',
    issuer: oauth.issuer,
    clientId: oauth.clientId,
    scopes: ['openid', 'email', 'offline_access'],
  };
  return providerAt(url, { login: [method, { kind: 'api-key' }], identify: identifyByClaims, ...fields });
}

async function accountsOf({ records }: FakeContext) {
  return (await records.read()).accounts;
}

async function expectNothingKept(context: FakeContext): Promise<void> {
  expect(await context.records.read()).toMatchObject({ accounts: [], endpoints: [] });
  expect([...context.store.items.keys()]).toEqual([]);
  expect(context.told).toEqual([]);
  expect(context.terminal.printed).toEqual([]);
}

describe('login with a key', () => {
  it('adds an account from stdin and tells the running proxy', async () => {
    const { url } = await upstream();
    const context = fakeContext({ person: { stdin: 'good-key\n' }, providers: [keyProvider(url)] });
    await login(context, 'acme', { ...piped, label: 'work' });
    const [account] = await accountsOf(context);
    expect(account).toMatchObject({ label: 'work', provider: 'acme' });
    expect([...context.store.items.keys()]).toEqual([`account:${account?.id}`]);
    expect(context.told).toEqual(['reload']);
    expect(context.terminal.printed).toEqual(['Added "work" (Acme): 2 models.']);
    expect(context.terminal.noted.join('\n')).toContain('proxy serve');
  });

  it('asks for a key that is not shown, and renews the account that has it', async () => {
    const { url } = await upstream();
    const context = fakeContext({
      person: { interactive: true, secret: 'good-key' },
      providers: [keyProvider(url)],
    });
    await login(context, 'acme', words);
    await login(context, 'acme', words);
    expect(context.terminal.asked[0]).toBe('API key for Acme:');
    expect(context.terminal.noted).toContain('Keys for Acme are made at https://acme.example/keys');
    expect(context.terminal.printed).toEqual([
      'Added "acme" (Acme): 2 models.',
      'Renewed "acme" (Acme): 2 models.',
    ]);
    expect(await accountsOf(context)).toHaveLength(1);
    expect(JSON.stringify([context.terminal.noted, context.terminal.printed])).not.toContain('good-key');
  });

  it('keeps nothing of a key that is refused', async () => {
    const { url } = await upstream();
    const context = fakeContext({ person: { stdin: 'bad-key' }, providers: [keyProvider(url)] });
    expect((await failureOf(login(context, 'acme', piped))).kind).toBe('refused-by-provider');
    await expectNothingKept(context);
  });

  it.each<{ name: string; provider: string; options: LoginOptions; says: string }>([
    { name: 'nobody can type', provider: 'acme', options: words, says: '--api-key-stdin' },
    {
      name: 'two ways are named',
      provider: 'acme',
      options: { ...piped, key: false },
      says: '--api-key-stdin and --no-key',
    },
    {
      name: 'a key is needed',
      provider: 'acme',
      options: { ...words, key: false },
      says: 'cannot be used without a key',
    },
    { name: 'no key is taken', provider: 'tokens', options: piped, says: 'takes no API key' },
    { name: 'the provider is mistyped', provider: 'opnai', options: piped, says: 'Did you mean "openai"?' },
    { name: 'there is no such provider', provider: 'zzzzz', options: piped, says: 'proxy login compatible' },
    {
      name: 'an address is given in vain',
      provider: 'acme',
      options: { ...piped, baseUrl: 'https://a.example' },
      says: '--base-url is for',
    },
    {
      name: 'the label is taken elsewhere',
      provider: 'acme',
      options: { ...piped, label: 'THERE' },
      says: 'belongs to an account of other',
    },
    {
      name: 'the label is empty',
      provider: 'acme',
      options: { ...piped, label: ' ' },
      says: 'may not be empty',
    },
  ])('refuses the words where $name, before the store is opened', async ({ provider: id, options, says }) => {
    const storeError = new RotaError({ kind: 'store', problem: 'locked', message: 'Locked.' });
    const acme = keyProvider('http://127.0.0.1:9');
    const context = fakeContext({ providers: [acme, provider({ id: 'tokens' })], storeError });
    await recordAccount(context.records, 'id-1', { provider: 'other', label: 'there' });
    const failure = await failureOf(login(context, id, options));
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain(says);
  });

  it('fails on the store before it asks for anything', async () => {
    const storeError = new RotaError({ kind: 'store', problem: 'locked', message: 'Locked.' });
    const context = fakeContext({
      person: { interactive: true, secret: 'good-key' },
      providers: [keyProvider('http://127.0.0.1:9')],
      storeError,
    });
    expect((await failureOf(login(context, 'acme', words))).kind).toBe('store');
    expect(context.terminal.asked).toEqual([]);
  });
});

describe('login to a compatible endpoint', () => {
  it('remembers the endpoint with its first account, and knows its name afterwards', async () => {
    const { url } = await upstream();
    const context = fakeContext({ person: { stdin: 'good-key' } });
    await login(context, 'compatible', { ...words, key: false, name: 'lab', baseUrl: `${url}/open/` });
    await login(context, 'lab', { ...piped, label: 'second' });
    const { accounts, endpoints } = await context.records.read();
    expect(endpoints).toEqual([{ id: 'lab', label: 'lab', baseUrl: `${url}/open` }]);
    expect(accounts.map(({ label, provider: id }) => [label, id])).toEqual([
      ['lab', 'lab'],
      ['second', 'lab'],
    ]);
  });

  it('takes Enter for no key', async () => {
    const { url } = await upstream();
    const context = fakeContext({ person: { interactive: true, secret: '' } });
    await login(context, 'compatible', { ...words, name: 'lab', baseUrl: `${url}/open` });
    const [account] = await accountsOf(context);
    expect(await (await context.openedVault()).credential(account?.id ?? '')).toEqual({ kind: 'none' });
  });

  it('forgets an endpoint that does not answer', async () => {
    const { url } = await upstream();
    const context = fakeContext({ person: { stdin: 'bad-key' } });
    await failureOf(login(context, 'compatible', { ...piped, name: 'lab', baseUrl: url }));
    await expectNothingKept(context);
  });

  it.each<{ name: string; options: Partial<LoginOptions>; says: string }>([
    { name: 'a name is missing', options: { baseUrl: 'http://127.0.0.1:9' }, says: '--name' },
    { name: 'an address is missing', options: { name: 'lab' }, says: '--base-url' },
    {
      name: 'the name is no name',
      options: { name: 'My Lab', baseUrl: 'http://127.0.0.1:9' },
      says: 'lower-case',
    },
    {
      name: 'the name is taken',
      options: { name: 'openai', baseUrl: 'http://127.0.0.1:9' },
      says: 'already',
    },
    {
      name: 'the name is the kind',
      options: { name: 'compatible', baseUrl: 'http://127.0.0.1:9' },
      says: 'already',
    },
    {
      name: 'the address is plain http',
      options: { name: 'lab', baseUrl: 'http://10.0.0.1' },
      says: '--allow-http',
    },
    { name: 'the address is no address', options: { name: 'lab', baseUrl: 'lab' }, says: '--base-url: ' },
    {
      name: 'the name has another address',
      options: { name: 'used', baseUrl: 'http://127.0.0.1:9' },
      says: 'already the name of',
    },
  ])('refuses the words where $name', async ({ options, says }) => {
    const context = fakeContext();
    await context.records.change((content) => ({
      ...content,
      endpoints: [{ id: 'used', label: 'used', baseUrl: 'http://127.0.0.1:10' }],
    }));
    await recordAccount(context.records, 'id-1', { provider: 'used' });
    const failure = await failureOf(login(context, 'compatible', { ...piped, ...options }));
    expect(failure.kind).toBe('usage');
    expect(failure.message).toContain(says);
  });

  it('accepts plain http elsewhere where it is told to', async () => {
    const context = fakeContext({ person: { stdin: 'good-key' } });
    const tried: string[] = [];
    const fetch: typeof context.fetch = async (url) => {
      tried.push(url);
      return Response.json({ object: 'list', data: [{ id: 'one', object: 'model' }] });
    };
    const options = { ...piped, name: 'lab', baseUrl: 'http://10.0.0.1/v1', allowHttp: true };
    await login({ ...context, fetch }, 'compatible', options);
    expect(tried).toEqual(['http://10.0.0.1/v1/models']);
    expect((await context.records.read()).endpoints).toEqual([
      { id: 'lab', label: 'lab', baseUrl: 'http://10.0.0.1/v1', allowHttp: true },
    ]);
  });
});

describe('login with the browser', () => {
  it('opens it, adds the account under its own name, and renews it the second time', async () => {
    const oauth = await authorizationServer();
    const { url } = await upstream((authorization) => authorization !== undefined);
    const browser = async (address: string) => void (await oauth.consent(address, { login: 'ada' }));
    const context = fakeContext({ person: { browser }, providers: [signInProvider(url, oauth)] });
    await login(context, 'acme', words);
    await login(context, 'acme', words);
    const [account, ...others] = await accountsOf(context);
    expect(others).toEqual([]);
    expect(account?.identity).toBe(`${oauth.issuer}#ada`);
    expect(context.terminal.printed).toEqual([
      `Added "${account?.label}" (Acme): 2 models.`,
      `Renewed "${account?.label}" (Acme): 2 models.`,
    ]);
  });

  it('takes a pasted address without a browser, after telling what was wrong with another', async () => {
    const oauth = await authorizationServer();
    const { url } = await upstream((authorization) => authorization !== undefined);
    const context = fakeContext({ providers: [signInProvider(url, oauth)] });
    const { terminal } = context;
    const done = login(context, 'acme', { ...words, browser: false });
    const address = await terminal.untilNoted(new RegExp(`^${oauth.issuer}`));
    terminal.type('');
    terminal.type('not an address');
    await terminal.untilNoted(/^Paste the whole address/);
    terminal.type(await oauth.consent(address, { login: 'ada', redirect: 'return' }));
    await done;
    expect(await accountsOf(context)).toHaveLength(1);
  });

  it('names the ways on where no browser opens', async () => {
    const oauth = await authorizationServer();
    const { url } = await upstream((authorization) => authorization !== undefined);
    const person = { browser: async () => 'there is no display', interactive: true };
    const context = fakeContext({ person, providers: [signInProvider(url, oauth)] });
    const done = login(context, 'acme', words);
    const { terminal } = context;
    const address = await terminal.untilNoted(new RegExp(`^${oauth.issuer}`));
    expect(await terminal.untilNoted(/another machine/)).toContain('ssh -L ');
    expect(terminal.noted).toContain('No browser was opened: there is no display.');
    await oauth.consent(address, { login: 'ada' });
    await done;
  });

  it('shows the address for a code where the provider has one', async () => {
    const key = await server((_request, response) =>
      answerJson(response, 200, { key: 'good-key', user_id: 'u1' }),
    );
    const { url } = await upstream();
    const method: AuthorizationCodeLogin = {
      kind: 'authorization-code',
      authorizationEndpoint: `${key.url}/auth`,
      tokenEndpoint: `${key.url}/keys`,
      keyExchange: { callbackParameter: 'callback_url', keyField: 'key' },
    };
    const context = fakeContext({ providers: [providerAt(url, { login: [method] })] });
    const done = login(context, 'acme', { ...words, browser: false });
    const codeUrl = await context.terminal.untilNoted(/auth\?(?!.*callback_url)/);
    expect(codeUrl).toContain('code_challenge');
    context.terminal.type('the-code');
    await done;
    expect(await accountsOf(context)).toHaveLength(1);
  });

  it.each([
    { name: 'Ctrl-C', timeout: 60, kind: 'cancelled', stop: ({ cancel }: FakeContext) => cancel.abort() },
    { name: 'the time-out', timeout: 0.2, kind: 'sign-in', stop: () => undefined },
  ])('leaves nothing behind after $name', async ({ timeout, kind, stop }) => {
    const oauth = await authorizationServer();
    const context = fakeContext({ providers: [signInProvider('http://127.0.0.1:9', oauth)] });
    const done = failureOf(login(context, 'acme', { ...words, browser: false, timeout }));
    const address = await context.terminal.untilNoted(new RegExp(`^${oauth.issuer}`));
    stop(context);
    expect((await done).kind).toBe(kind);
    await expectNothingKept(context);
    const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
    await expect(fetch(redirect)).rejects.toThrow();
  });

  it('opens no browser where the store cannot be used', async () => {
    const oauth = await authorizationServer();
    const storeError = new RotaError({ kind: 'store', problem: 'locked', message: 'Locked.' });
    const context = fakeContext({ providers: [signInProvider('http://127.0.0.1:9', oauth)], storeError });
    expect((await failureOf(login(context, 'acme', words))).kind).toBe('store');
    expect(context.terminal.noted).toEqual([]);
  });

  it('prefers a key where one is given', async () => {
    const oauth = await authorizationServer();
    const { url } = await upstream();
    const context = fakeContext({ person: { stdin: 'good-key' }, providers: [signInProvider(url, oauth)] });
    await login(context, 'acme', piped);
    expect(await accountsOf(context)).toHaveLength(1);
  });
});

describe('login to a provider that restricts several accounts', () => {
  async function second(
    person: Parameters<typeof fakeContext>[0],
    options: Partial<LoginOptions>,
    terms: Terms = restricted,
  ): Promise<FakeContext> {
    const { url } = await upstream();
    const context = fakeContext({ ...person, providers: [keyProvider(url, { terms })] });
    await recordAccount(context.records, 'id-1', { provider: 'acme', label: 'first' });
    await login(context, 'acme', { ...piped, label: 'second', ...options });
    return context;
  }
  const switchOf = async (context: FakeContext) => (await accountsOf(context))[1]?.switchOn429;
  const stdin = 'good-key';

  it.each([true, false])('asks a person, who answers %s', async (answer) => {
    const context = await second({ person: { interactive: true, stdin, answer } }, {});
    expect(context.terminal.asked).toEqual(['May another account of Acme answer when this one gets a 429?']);
    expect(context.terminal.noted[0]).toBe('One account each. (https://acme.example, checked 2026-11-20)');
    expect(await switchOf(context)).toBe(answer);
  });

  it('switches where nobody can answer, and says so', async () => {
    const context = await second({ person: { stdin } }, {});
    expect(context.terminal.asked).toEqual([]);
    expect(context.terminal.noted.join('\n')).toContain('One account each.');
    expect(context.terminal.noted.join('\n')).toContain('--no-switch-on-429');
    expect(await switchOf(context)).toBe(true);
  });

  it.each([true, false])('takes a flag for the answer (%s)', async (switchOn429) => {
    const context = await second({ person: { interactive: true, stdin } }, { switchOn429 });
    expect(context.terminal.asked).toEqual([]);
    expect(await switchOf(context)).toBe(switchOn429);
  });

  it('does not ask where the provider restricts nothing', async () => {
    const context = await second(
      { person: { interactive: true, stdin } },
      {},
      { ...restricted, kind: 'unknown' },
    );
    expect(await switchOf(context)).toBeUndefined();
  });

  it('asks neither for the first account nor for one that is renewed', async () => {
    const { url } = await upstream();
    const context = fakeContext({
      person: { interactive: true, stdin },
      providers: [keyProvider(url, { terms: restricted })],
    });
    await login(context, 'acme', piped);
    await login(context, 'acme', piped);
    expect(context.terminal.asked).toEqual([]);
    expect(context.terminal.printed).toHaveLength(2);
  });

  it('keeps nothing where the person leaves at the question', async () => {
    const { url } = await upstream();
    const context = fakeContext({
      person: { interactive: true, stdin },
      providers: [keyProvider(url, { terms: restricted })],
    });
    await recordAccount(context.records, 'id-1', { provider: 'acme', label: 'first' });
    expect((await failureOf(login(context, 'acme', piped))).kind).toBe('cancelled');
    expect(await accountsOf(context)).toHaveLength(1);
    expect([...context.store.items.keys()]).toEqual([]);
  });
});
