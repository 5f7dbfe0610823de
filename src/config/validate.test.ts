import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RotaError } from '../failure.ts';
import type { Failure } from '../failure.ts';
import { defaultSettings, settingsSchema } from './schema.ts';
import type { Settings } from './settings.ts';
import { validateSettings } from './validate.ts';

const names = { builtInProviders: ['acme'], protocols: ['proto-a', 'proto-b'] };
const lab = { protocols: { 'proto-a': 'https://llm.example.com/v1' } };

const defaults: Settings = {
  listen: { host: '127.0.0.1', port: 8317, allowedHosts: [], allowedOrigins: [] },
  requestRetry: 3,
  quotaExceeded: { switchAccount: true },
  routing: {
    strategy: 'round-robin',
    affinity: true,
    holdMs: 0,
    leaveAtPercent: 98,
    maxConcurrent: 0,
    maxQueued: 256,
  },
  models: { aliases: {}, fallbacks: {} },
  limits: {
    maxBodyBytes: 33_554_432,
    firstByteMs: 300_000,
    idleMs: 300_000,
    keepAliveMs: 10_000,
    requestMs: 600_000,
  },
  clients: {},
  providers: {},
};

async function settingsOf(content: unknown): Promise<Settings> {
  return validateSettings(content, names, 'config.json');
}

async function failureOf(content: unknown): Promise<Failure> {
  const error: unknown = await settingsOf(content).catch((error: unknown) => error);
  if (!(error instanceof RotaError)) throw new Error('The settings were accepted.');
  return error.failure;
}

describe('the schema', () => {
  test('is JSON Schema by the strictest reading, and its own defaults pass', () => {
    const validate = new Ajv({ strict: true, discriminator: true }).compile(settingsSchema(names.protocols));
    expect(validate(defaultSettings())).toBe(true);
  });

  test('has the documented defaults, with the validator and without', async () => {
    expect(defaultSettings()).toEqual(defaults);
    expect(await settingsOf({})).toEqual(defaults);
  });
});

describe('validateSettings', () => {
  test('fills what is left out and keeps what is set', async () => {
    const content = {
      listen: { port: 0, allowedHosts: ['Host.Docker.Internal', '[::1]'], allowedOrigins: ['https://a.b:1'] },
      requestRetry: 0,
      routing: { strategy: 'fill-first' },
      models: { aliases: { 'small/x': 'big' }, default: 'big' },
    };
    expect(await settingsOf(content)).toEqual({
      ...defaults,
      listen: {
        host: '127.0.0.1',
        port: 0,
        allowedHosts: ['host.docker.internal', '[::1]'],
        allowedOrigins: ['https://a.b:1'],
      },
      requestRetry: 0,
      routing: { ...defaults.routing, strategy: 'fill-first' },
      models: { aliases: { 'small/x': 'big' }, default: 'big', fallbacks: {} },
    });
  });

  test('leaves its argument alone', async () => {
    const content = { providers: { lab: { ...lab } } };
    const before = structuredClone(content);
    await settingsOf(content);
    expect(content).toEqual(before);
  });

  test('brings providers into one form', async () => {
    const login = { kind: 'authorization-code', issuer: 'https://id.example.com', clientId: 'rota' };
    const { providers } = await settingsOf({
      providers: {
        lab: { label: 'Lab', protocols: { 'proto-a': 'https://llm.example.com//' }, login, models: ['m'] },
        keys: lab,
        both: {
          ...lab,
          login: [login, { kind: 'api-key', optional: true }],
          quotaExceeded: { switchAccount: false },
        },
        lan: { protocols: { 'proto-b': 'http://nas.lan:8000' }, allowHttp: true },
      },
    });
    expect(providers).toEqual({
      lab: {
        label: 'Lab',
        protocols: { 'proto-a': 'https://llm.example.com' },
        login: [login],
        models: ['m'],
        allowHttp: false,
      },
      keys: { ...lab, login: [{ kind: 'api-key' }], allowHttp: false },
      both: {
        ...lab,
        login: [login, { kind: 'api-key', optional: true }],
        quotaExceeded: { switchAccount: false },
        allowHttp: false,
      },
      lan: { protocols: { 'proto-b': 'http://nas.lan:8000' }, login: [{ kind: 'api-key' }], allowHttp: true },
    });
  });

  test('accepts every member of a sign-in', async () => {
    const login = {
      kind: 'authorization-code',
      authorizationEndpoint: 'https://id.example.com/authorize?tenant=a',
      tokenEndpoint: 'http://127.0.0.1:4000/token',
      revocationEndpoint: 'https://id.example.com/revoke',
      userinfoEndpoint: 'https://id.example.com/me',
      clientId: 'rota',
      scopes: ['openid', 'offline_access'],
      redirect: { host: 'localhost', port: 1455, path: '/auth/callback' },
      parameters: { prompt: 'consent' },
    };
    const { providers } = await settingsOf({ providers: { lab: { ...lab, login } } });
    expect(providers['lab']?.login).toEqual([login]);
  });

  test('accepts what else a gateway may need', async () => {
    const more = {
      authHeader: 'Api-Key',
      modelsPath: '/catalog/models?all=1',
      accountClaim: 'upn',
      terms: {
        kind: 'restricted',
        checked: '2026-11-25',
        note: 'One account each.',
        link: 'https://llm.example.com/terms',
      },
    };
    const { providers } = await settingsOf({ providers: { lab: { ...lab, ...more } } });
    expect(providers['lab']).toMatchObject(more);
  });

  test('accepts several ways to sign in, and client ids for providers that it does not describe', async () => {
    const login = [
      { kind: 'device-code', issuer: 'https://id.example.com' },
      {
        kind: 'device-code',
        deviceAuthorizationEndpoint: 'https://id.example.com/device',
        tokenEndpoint: 'https://id.example.com/token',
        clientId: 'rota',
        scopes: ['openid'],
        parameters: { audience: 'api' },
      },
      { kind: 'command', argv: ['gcloud', 'auth', 'print-access-token'], lifetimeMs: 60_000 },
      { kind: 'service-account', scopes: ['https://id.example.com/models'] },
      { kind: 'api-key' },
    ];
    const settings = await settingsOf({ providers: { lab: { ...lab, login } }, clients: { acme: 'my-app' } });
    expect(settings.providers['lab']?.login).toEqual(login);
    expect(settings.clients).toEqual({ acme: 'my-app' });
  });

  test.each<[content: unknown, key: string, words: string]>([
    [{ routing: { stratgy: 'x' } }, 'routing.stratgy', 'did you mean routing.strategy?'],
    [{ routing: { strategy: 'fastest' } }, 'routing.strategy', '"least-used" or "random"'],
    [{ routing: { affinity: 'yes' } }, 'routing.affinity', 'must be true or false, not a string'],
    [{ routing: { maxConcurrent: -2 } }, 'routing.maxConcurrent', '0 (no limit) to 10000'],
    [{ routing: { leaveAtPercent: 0 } }, 'routing.leaveAtPercent', 'from 1 to 100'],
    [{ routing: null }, 'routing', 'must be an object, not null'],
    [{ requestRetries: 1 }, 'requestRetries', 'did you mean requestRetry?'],
    [{ port: 1 }, 'port', 'did you mean listen.port?'],
    [{ zzz: 1 }, 'zzz', 'known here: listen, requestRetry'],
    [{ requestRetry: 11 }, 'requestRetry', 'from 0 to 10'],
    [{ requestRetry: -1 }, 'requestRetry', 'from 0 to 10'],
    [{ requestRetry: 1.5 }, 'requestRetry', 'from 0 to 10'],
    [{ requestRetry: '3' }, 'requestRetry', 'not a string'],
    [{ quotaExceeded: true }, 'quotaExceeded', 'must be an object, not true'],
    [{ listen: { port: 65_536 } }, 'listen.port', 'from 0 to 65535'],
    [{ listen: { host: '' } }, 'listen.host', 'a host name or an address'],
    [{ listen: { allowedHosts: 'a' } }, 'listen.allowedHosts', 'a list of strings, not a string'],
    [{ listen: { allowedHosts: ['a', 'b:80'] } }, 'listen.allowedHosts[1]', 'without scheme and port'],
    [{ listen: { allowedHosts: ['*'] } }, 'listen.allowedHosts[0]', 'a host name'],
    [{ listen: { allowedOrigins: ['https://a.b/'] } }, 'listen.allowedOrigins[0]', 'an origin'],
    [{ listen: { allowedOrigins: ['*'] } }, 'listen.allowedOrigins[0]', 'an origin'],
    [{ listen: { allowedOrigins: ['null'] } }, 'listen.allowedOrigins[0]', 'an origin'],
    [{ limits: { idleMs: 0 } }, 'limits.idleMs', 'milliseconds'],
    [{ limits: { requestMs: 2 ** 31 } }, 'limits.requestMs', 'milliseconds'],
    [{ limits: { maxBodyBytes: '32MB' } }, 'limits.maxBodyBytes', 'a number of bytes'],
    [{ models: { aliases: { 'a/b': 1 } } }, 'models.aliases["a/b"]', 'the name of a model'],
    [{ models: { fallbacks: { a: 'b' } } }, 'models.fallbacks.a', 'a list of model names'],
  ])('refuses %j at %s', async (content, key, words) => {
    const failure = await failureOf(content);
    expect(failure).toMatchObject({ kind: 'settings', key });
    expect(failure.message).toContain(`A mistake in config.json: ${key} `);
    expect(failure.message).toContain(words);
  });

  const code = { kind: 'authorization-code', clientId: 'rota', issuer: 'https://id.example.com' };
  test.each<[provider: unknown, key: string, words: string]>([
    [5, '', 'must be an object, not the number 5'],
    [{}, '.protocols', 'is missing: it must be an object with the address of at least one protocol'],
    [{ protocols: {} }, '.protocols', 'at least one protocol (proto-a, proto-b)'],
    [
      { protocols: { 'proto-c': 'https://x.y' } },
      '.protocols.proto-c',
      'did you mean providers.lab.protocols.proto-a?',
    ],
    [{ protocols: { 'proto-a': 'http://x.y' } }, '.protocols.proto-a', 'plain http is accepted for loopback'],
    [{ protocols: { 'proto-a': 'https://x.y?a=b' } }, '.protocols.proto-a', 'may not have a query'],
    [
      { protocols: { 'proto-a': 'http://169.254.169.254' }, allowHttp: true },
      '.protocols.proto-a',
      'metadata',
    ],
    [{ ...lab, models: 'm' }, '.models', 'a list of model names, not a string'],
    [{ ...lab, apiKey: 'hush' }, '.apiKey', '`proxy login` takes the key'],
    [{ ...lab, quotaExceeded: { switchAcount: true } }, '.quotaExceeded.switchAcount', 'did you mean'],
    [{ ...lab, authHeader: 'content-length' }, '.authHeader', 'a header for a key or a token'],
    [{ ...lab, authHeader: 'x-key: a' }, '.authHeader', 'a header for a key or a token'],
    [{ ...lab, authHeader: 'proxy-authorization' }, '.authHeader', 'a header for a key or a token'],
    [{ ...lab, modelsPath: 'models' }, '.modelsPath', 'a path that begins with a slash'],
    [{ ...lab, accountClaim: '' }, '.accountClaim', 'not empty'],
    [{ ...lab, terms: 'restricted' }, '.terms', 'an object, not a string'],
    [{ ...lab, terms: { kind: 'restricted' } }, '.terms.checked', 'is missing: it must be the day'],
    [{ ...lab, terms: { kind: 'x', checked: '2026-11-25' } }, '.terms.kind', '"unrestricted"'],
    [{ ...lab, terms: { kind: 'unknown', checked: 'today' } }, '.terms.checked', '2026-11-25'],
    [
      { ...lab, terms: { kind: 'unknown', checked: '2026-11-25', link: 'x' } },
      '.terms.link',
      'whole address',
    ],
    [{ ...lab, login: [] }, '.login', 'a list of at least one way to sign in'],
    [{ ...lab, login: 'api-key' }, '.login', 'an object whose kind is'],
    [
      { ...lab, login: {} },
      '.login.kind',
      'is missing: it must be "authorization-code", "device-code", "command", "service-account" or "api-key"',
    ],
    [{ ...lab, login: { kind: 'magic' } }, '.login.kind', 'must be "authorization-code", "device-code"'],
    [
      { ...lab, login: { kind: 'device-code' } },
      '.login',
      'needs issuer, or both deviceAuthorizationEndpoint',
    ],
    [{ ...lab, login: { kind: 'command' } }, '.login.argv', 'is missing: it must be a list of a program'],
    [{ ...lab, login: { kind: 'command', argv: 'gcloud auth' } }, '.login.argv', 'not a string'],
    [{ ...lab, login: { kind: 'command', argv: [] } }, '.login.argv', 'a list of a program'],
    [{ ...lab, login: { kind: 'command', argv: ['x'], lifetimeMs: 1 } }, '.login.lifetimeMs', 'from 1000'],
    [
      { ...lab, login: { kind: 'service-account' } },
      '.login.scopes',
      'is missing: it must be a list of scopes',
    ],
    [{ ...lab, login: { kind: 'service-account', scopes: [] } }, '.login.scopes', 'a list of scopes'],
    [{ ...lab, login: { kind: 'service-account', scopes: ['a b'] } }, '.login.scopes[0]', 'without spaces'],
    [{ ...lab, login: [{ kind: 'api-key' }, { kind: 1 }] }, '.login[1].kind', 'not the number 1'],
    [{ ...lab, login: { kind: 'api-key', page: 'x' } }, '.login.page', 'whole address'],
    [{ ...lab, login: { ...code, clientId: '' } }, '.login.clientId', 'not empty'],
    [
      { ...lab, login: { ...code, clientSecret: 'hush' } },
      '.login.clientSecret',
      'a public client with PKCE needs none',
    ],
    [{ ...lab, login: { ...code, keyExchange: {} } }, '.login.keyExchange', 'is not a setting'],
    [{ ...lab, login: { ...code, issuer: 'http://id.example.com' } }, '.login.issuer', 'https://'],
    [{ ...lab, login: { ...code, scopes: ['a b'] } }, '.login.scopes[0]', 'without spaces'],
    [
      { ...lab, login: { ...code, redirect: { host: 'evil.example' } } },
      '.login.redirect.host',
      '"127.0.0.1"',
    ],
    [{ ...lab, login: { ...code, redirect: { path: 'x' } } }, '.login.redirect.path', 'a slash'],
    [
      { ...lab, login: { kind: 'authorization-code', clientId: 'a', tokenEndpoint: 'https://x.y' } },
      '.login',
      'needs issuer, or both',
    ],
  ])('refuses the provider %j at %s', async (provider, key, words) => {
    const failure = await failureOf({ providers: { lab: provider } });
    expect(failure).toMatchObject({ kind: 'settings', key: `providers.lab${key}` });
    expect(failure.message).toContain('A mistake in');
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain('hush');
  });

  test.each([
    ['acme', 'by itself'],
    ['Lab', 'lower-case'],
    ['-lab', 'lower-case'],
    ['a/b', 'lower-case'],
    ['', 'lower-case'],
    ['__proto__', 'lower-case'],
  ])('refuses the provider id %j', async (id, words) => {
    const failure = await failureOf({ providers: Object.fromEntries([[id, lab]]) });
    expect(failure.message).toContain(words);
  });

  test('tells every mistake at once, each with its key on its own line', async () => {
    const failure = await failureOf({
      listen: { port: 'x', hst: 1 },
      requestRetry: 99,
      providers: { lab: { protocols: { 'proto-a': 'http://x.y' }, labl: 'a' }, acme: lab },
    });
    const [heading, ...lines] = failure.message.split('\n');
    expect(heading).toBe('6 mistakes in config.json:');
    expect(new Set(lines.map((line) => line.trim().split(' ')[0]))).toEqual(
      new Set([
        'listen.hst',
        'listen.port',
        'providers.acme',
        'providers.lab.labl',
        'providers.lab.protocols.proto-a',
        'requestRetry',
      ]),
    );
    expect(lines).toHaveLength(6);
  });

  test('a list instead of settings is refused', async () => {
    expect((await failureOf([])).message).toContain('must be an object, not a list');
  });

  test('aliases may have any name', async () => {
    const aliases = JSON.parse('{"__proto__": "a", "constructor": "b"}') as unknown;
    const { models } = await settingsOf({ models: { aliases } });
    expect(Object.entries(models.aliases)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test('whatever the file holds, the answer is settings or a failure that says so', async () => {
    const section = fc.constantFrom(
      'listen',
      'routing',
      'models',
      'limits',
      'providers',
      'requestRetry',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(section, fc.jsonValue()), async (content) => {
        const result = await settingsOf(content).catch((error: unknown) => error);
        if (result instanceof RotaError) expect(result.failure.kind).toBe('settings');
        else expect(result).toHaveProperty('listen.port');
      }),
      { numRuns: 30 },
    );
  });
});
