import { randomBytes } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completeSignIn } from '../../src/accounts/sign-in.ts';
import { validateSettings } from '../../src/config/validate.ts';
import { protocolNames } from '../../src/protocols/names.ts';
import { makeRegistry } from '../../src/providers/registry.ts';
import { Secret } from '../../src/secret.ts';
import { makeUpstream } from '../../src/upstream/undici-client.ts';
import type { Behaviour } from '../simulator/behaviour.ts';
import { answer, okWithError, status, streamError } from '../simulator/faults.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { filesUnder, findCanaries, formsOf, type Canary, type Place } from './canary-search.ts';
import { memoryStore } from './memory-store.ts';
import { startRota, type Rota } from './rota.ts';

/** Like nothing that a pattern would know, and different in each of its encodings. */
function makeCanary(name: string): Canary {
  return { name, value: `${randomBytes(15).toString('hex')}/+=~${randomBytes(15).toString('hex')}` };
}

const one = makeCanary('the key of one');
const two = makeCanary('the key of two');
const firstAccess = makeCanary('the first access token');
const firstRefresh = makeCanary('the first refresh token');
const secondAccess = makeCanary('the second access token');
const secondRefresh = makeCanary('the second refresh token');
const prompt = makeCanary('the prompt');
const said = makeCanary('the answer');
const upstreamSecrets = [one, two, firstAccess, firstRefresh, secondAccess, secondRefresh];

let simulator: Simulator;
let rota: Rota;
let tokenServer: Server;
let answers: Place[];
let isStopped: boolean;

/** Grants one refresh, and from then on refuses with the token in its words. */
async function startTokenServer(): Promise<string> {
  let granted = false;
  tokenServer = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (bytes: Buffer) => (body += bytes.toString()));
    incoming.on('end', () => {
      const token = new URLSearchParams(body).get('refresh_token') ?? '';
      const description = `The token ${token} (${encodeURIComponent(token)}) is used up.`;
      const good = {
        access_token: secondAccess.value,
        refresh_token: secondRefresh.value,
        token_type: 'Bearer',
        expires_in: 3600,
      };
      response.writeHead(granted ? 400 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(granted ? { error: 'invalid_grant', error_description: description } : good),
      );
      granted = true;
    });
  });
  await new Promise<void>((resolve) => tokenServer.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(tokenServer.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  answers = [];
  isStopped = false;
  simulator = await startSimulator({ models: ['gpt-5.5'] });
  simulator.account(one.value, { label: 'one' });
  simulator.account(two.value, { label: 'two' });
  simulator.account(firstAccess.value, { label: 'lab' });
  simulator.account(secondAccess.value, { label: 'lab' });
  const identity = await startTokenServer();
  const lab = {
    protocols: { 'openai-chat': `${simulator.url}/v1` },
    models: ['lab-model'],
    login: {
      kind: 'authorization-code',
      clientId: 'rota',
      authorizationEndpoint: `${identity}/authorize`,
      tokenEndpoint: `${identity}/token`,
    },
  };
  const settings = { providers: { lab }, requestRetry: 1 };
  rota = await startRota({
    upstream: `${simulator.url}/v1`,
    accounts: [
      { label: 'one', key: one.value },
      { label: 'two', key: two.value },
    ],
    settings,
    async beforeStart({ vault, records }) {
      const { providers } = await validateSettings(
        settings,
        { builtInProviders: [], protocols: protocolNames },
        'test',
      );
      const provider = makeRegistry({ settings: providers, endpoints: [] }).get('lab');
      if (!provider) throw new Error('no provider');
      const clock = { now: () => Date.now() };
      const upstream = await makeUpstream({ clock, env: {} });
      const tokens = {
        kind: 'tokens',
        accessToken: new Secret(firstAccess.value),
        refreshToken: new Secret(firstRefresh.value),
        expiresAt: Date.now() + 3_600_000,
        claims: { iss: identity, sub: '1', email: 'someone@example.com' },
      } as const;
      const parts = { vault, records, fetch: upstream.fetch, clock, userAgent: 'rota/test' };
      await completeSignIn(parts, { provider, proof: { kind: 'answer', answer: tokens } });
      await upstream.close();
    },
  });
});

afterEach(async () => {
  if (!isStopped) await rota.stop();
  await rota.close();
  await simulator.close();
  await new Promise((resolve) => tokenServer.close(resolve));
});

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Asks and keeps the whole answer, headers as they came, for the search. */
function ask(
  where: string,
  { method = 'GET', path, key, headers = {}, body }: Asked,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const own = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const call = request(`${rota.url}${path}`, {
      method,
      agent: false,
      headers: { ...own, ...json, ...headers },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
      response.on('end', () => {
        answers.push({ where: `the answer to ${where}`, text: `${response.rawHeaders.join('\n')}\n${text}` });
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const chat = (where: string, model = 'gpt-5.5', more: object = {}) =>
  ask(where, {
    method: 'POST',
    path: '/v1/chat/completions',
    key: rota.key,
    body: { model, messages: [{ role: 'user', content: `Keep this: ${prompt.value}` }], ...more },
  });
const control = (method: string, path: string) =>
  ask(`${method} ${path}`, { method, path, key: rota.adminKey });

/** What an upstream says that repeats what it was sent, in every form in which it could. */
function echo({ value }: Canary): string {
  const filler = 'x'.repeat(200 - value.length);
  return `You sent ${value}, that is Bearer ${value}, ${encodeURIComponent(value)}, ${Buffer.from(value).toString('base64')}. ${filler} ${value} ${value}`;
}

/** All that can be found anywhere: the log, what clients were told, and what lies on disk. */
async function searched(
  canaries: readonly Canary[],
  places: readonly Place[] = answers,
): Promise<readonly string[]> {
  const log = rota.logLines.map((text) => ({ where: `the log: ${text.slice(0, 120)}`, text }));
  return findCanaries(canaries, [...log, ...places, ...(await filesUnder(rota.home))]);
}

function ownKeys(): readonly Canary[] {
  return [
    { name: 'the local key', value: rota.key },
    { name: 'the admin key', value: rota.adminKey },
  ];
}

/** Each echoes the key of the account that was asked; `*` would not know whose that is. */
function both(behaviour: (canary: Canary) => Behaviour): void {
  simulator.always(one.value, behaviour(one));
  simulator.always(two.value, behaviour(two));
}

const failures: Readonly<Record<string, (canary: Canary) => Behaviour>> = {
  'a 401': (canary) => status(401, { message: echo(canary), code: 'invalid_api_key' }),
  'a 402': (canary) => status(402, { message: echo(canary) }),
  'a 408': (canary) => status(408, { message: echo(canary) }),
  'a 429': (canary) => status(429, { message: echo(canary) }),
  'a 429 with the key for its code': (canary) => status(429, { message: '', code: canary.value }),
  'a 500': (canary) => status(500, { message: echo(canary) }),
  'a 500 with the key alone': (canary) => status(500, { message: canary.value }),
  'a 503': (canary) => status(503, { message: echo(canary) }),
  'a 529': (canary) => status(529, { message: echo(canary) }),
  'a 502 in plain text': (canary) => ({ kind: 'status', status: 502, body: echo(canary) }),
  'a 500 in JSON with escaped slashes': (canary) => ({
    kind: 'status',
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error: { message: echo(canary) } }).replaceAll('/', String.raw`\/`),
  }),
  'a 503 page': (canary) => ({
    kind: 'status',
    status: 503,
    headers: { 'content-type': 'text/html' },
    body: `<html><title>${canary.value}</title></html>`,
  }),
  'a 429 whose headers repeat it': (canary) => ({
    kind: 'status',
    status: 429,
    headers: {
      'x-debug': canary.value,
      'retry-after': canary.value,
      'x-ratelimit-reset-requests': canary.value,
    },
  }),
  'an error in a 200': (canary) => okWithError({ message: echo(canary), code: 'server_error' }),
  'a 200 that is no JSON': (canary) => ({
    kind: 'raw',
    body: echo(canary),
    headers: { 'content-type': 'application/json' },
  }),
  'a redirect': (canary) => ({
    kind: 'status',
    status: 302,
    headers: { location: `http://127.0.0.1:1/?key=${encodeURIComponent(canary.value)}` },
    body: canary.value,
  }),
  'a status line of its own': (canary) => ({
    kind: 'wire',
    bytes: `HTTP/1.1 500 ${canary.value}\r\ncontent-length: 0\r\n\r\n`,
  }),
  'something that is no HTTP': (canary) => ({ kind: 'wire', bytes: `${canary.value}\r\n\r\n` }),
};

describe('no secret is found in the log, in an answer or in a file', () => {
  for (const [name, behaviour] of Object.entries(failures)) {
    it(`when upstreams repeat the key they were sent: ${name}`, async () => {
      both(behaviour);
      for (const stream of [false, true]) {
        const seen = await chat(name, 'gpt-5.5', { stream });
        expect(seen.status).toBeGreaterThanOrEqual(400);
        await control('GET', '/-/status');
        await control('POST', '/-/reset');
      }
      await chat(name);
      await control('GET', '/-/status');
      isStopped = true;
      await rota.stop();
      expect(rota.logLines.some((line) => line.includes('an attempt failed'))).toBe(true);
      expect(await searched([...upstreamSecrets, ...ownKeys(), prompt])).toEqual([]);
    });
  }

  it('when a stream begins with an error that repeats it', async () => {
    both((canary) => streamError(0, { message: echo(canary), code: 'server_error' }));
    await chat('a stream with an error first', 'gpt-5.5', { stream: true });
    await control('GET', '/-/status');
    isStopped = true;
    await rota.stop();
    expect(await searched([...upstreamSecrets, ...ownKeys(), prompt])).toEqual([]);
  });

  it('when a token is refused, refreshed, refused again, and the refresh is refused with the token in its words', async () => {
    simulator.script(firstAccess.value, status(401, { message: echo(firstAccess) }));
    expect((await chat('the first token', 'lab-model')).status).toBe(200);
    simulator.always(secondAccess.value, status(401, { message: echo(secondAccess) }));
    const refused = await chat('the second token', 'lab-model');
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('proxy login lab');
    expect((await chat('the second token again', 'lab-model')).status).toBe(403);
    await control('GET', '/-/status');
    isStopped = true;
    await rota.stop();
    expect(
      (await rota.records.read()).accounts.find(({ provider }) => provider === 'lab')?.needsLogin?.reason,
    ).toContain('invalid_grant');
    expect(await searched([...upstreamSecrets, ...ownKeys(), prompt])).toEqual([]);
  });

  it('when all goes well, on every route, with every wrong key, and at the end', async () => {
    simulator.always(one.value, answer({ text: `It is kept: ${said.value}` }));
    simulator.always(two.value, answer({ text: `It is kept: ${said.value}` }));
    for (const stream of [false, true])
      expect((await chat('a good request', 'gpt-5.5', { stream })).text).toContain(said.value);
    const served = answers.splice(0);
    for (const key of [rota.key, rota.adminKey, one.value, firstAccess.value, undefined]) {
      const own = key === undefined ? {} : { key };
      for (const path of [
        '/',
        '/healthz',
        '/v1/models',
        '/v1/models/gpt-5.5',
        '/v1/models/nothing',
        '/nothing',
        '/-/status',
        '/-/nothing',
        '/v1/chat/completions',
      ]) {
        await ask(path, { path, ...own });
        await ask(path, { path, ...own, method: 'HEAD' });
        await ask(`${path} by its query`, { path: `${path}?key=${encodeURIComponent(rota.key)}&account=x` });
      }
      for (const path of ['/-/reset', '/-/reset?account=one', '/-/reset?account=nobody', '/-/reload'])
        await ask(path, { path, ...own, method: 'POST' });
      await ask('a foreign page', {
        path: '/v1/models',
        ...own,
        headers: { origin: 'https://evil.example' },
      });
      await ask('a wrong body', {
        path: '/v1/chat/completions',
        method: 'POST',
        ...own,
        body: { messages: prompt.value },
      });
    }
    await chat('a model that nobody has', 'nothing');
    isStopped = true;
    await rota.stop();
    expect(await searched([...upstreamSecrets, ...ownKeys(), prompt, said])).toEqual([]);
    // What is the client's own comes back to it, and to it alone; no secret comes with it.
    expect(findCanaries([...upstreamSecrets, ...ownKeys()], served)).toEqual([]);
  });

  it('when signing in fails with the key in its words', async () => {
    simulator.always('*', { ...status(401, { message: echo(one) }), on: 'models' });
    const failure = await startRota({
      upstream: `${simulator.url}/v1`,
      accounts: [{ label: 'x', key: one.value }],
    }).catch((error: unknown) => error);
    const told = JSON.stringify(failure, Object.getOwnPropertyNames(failure)) + String(failure);
    expect(told).toContain('401');
    expect(findCanaries([one], [{ where: 'the failure', text: told }])).toEqual([]);
  });

  it('when the model list is refused with the key in its words', async () => {
    simulator.always(one.value, { ...status(401, { message: echo(one) }), on: 'models' });
    const again = await startRota({ upstream: `${simulator.url}/v1`, accounts: [], from: rota });
    const list = await fetch(`${again.url}/v1/models`, { headers: { authorization: `Bearer ${again.key}` } });
    await list.text();
    const seen = await fetch(`${again.url}/-/status`, {
      headers: { authorization: `Bearer ${again.adminKey}` },
    });
    const text = await seen.text();
    await again.stop();
    expect(text).toContain('401');
    const log = again.logLines.map((line) => ({ where: 'the log', text: line }));
    expect(findCanaries(upstreamSecrets, [...log, { where: 'status', text }])).toEqual([]);
  });
});

/**
 * An answer that is the upstream's own is relayed byte for byte, whatever it holds: changing bytes would break the
 * promise of the relay, and whoever reads it holds the local key, so that the account serves him anyway. What we say
 * ourselves about it (the log, the status, the file of rests) must not repeat the key.
 */
describe('an upstream that repeats the key in an answer of its own', () => {
  const relayed: Readonly<Record<string, (canary: Canary) => Behaviour>> = {
    'a 400': (canary) => status(400, { message: echo(canary), code: 'invalid_prompt' }),
    'a 403, where no account is left': (canary) => status(403, { message: echo(canary) }),
    'a 404 of the model, where no account is left': (canary) =>
      status(404, { message: `gpt-5.5 is not for ${echo(canary)}` }),
    'a 404 that is not of the model': (canary) => ({
      kind: 'status',
      status: 404,
      body: { error: { message: echo(canary) } },
    }),
    'a good answer': (canary) => answer({ text: canary.value }),
  };
  for (const [name, behaviour] of Object.entries(relayed)) {
    it(`has it relayed unchanged, and repeated by nobody: ${name}`, async () => {
      both(behaviour);
      expect(keysIn((await chat(name)).text)).toHaveLength(1);
      await relayedAlone();
    });
  }

  it('has it relayed unchanged in a stream that has begun, and repeated by nobody', async () => {
    both((canary) => streamError(3, { message: echo(canary) }, { text: 'abc', chunks: 5 }));
    expect(keysIn((await chat('a stream', 'gpt-5.5', { stream: true })).text)).toHaveLength(1);
    await relayedAlone();
  });

  const keysIn = (text: string) => [one, two].filter(({ value }) => text.includes(value));

  async function relayedAlone(): Promise<void> {
    answers = [];
    await control('GET', '/-/status');
    isStopped = true;
    await rota.stop();
    expect(await searched([...upstreamSecrets, ...ownKeys(), prompt])).toEqual([]);
  }
});

describe('the keys of Rota', () => {
  it('never go upstream', async () => {
    const ways = [
      { authorization: `Bearer ${rota.key}` },
      { 'x-api-key': rota.key },
      { 'x-goog-api-key': rota.key },
    ];
    for (const headers of ways) {
      const both = {
        cookie: `key=${rota.key}`,
        referer: `http://localhost/?key=${rota.key}`,
        'x-other': rota.key,
        ...headers,
      };
      const body = { model: 'gpt-5.5', messages: [{ role: 'user', content: 'Hi' }] };
      const seen = await ask('a way', {
        method: 'POST',
        path: `/v1/chat/completions?key=${rota.key}`,
        headers: both,
        body,
      });
      expect(seen.status).toBe(200);
    }
    const sent = simulator.calls.map(({ path, headers, body }) => ({
      where: path,
      text: `${path}${JSON.stringify(headers)}${body}`,
    }));
    expect(sent.length).toBeGreaterThan(3);
    expect(findCanaries(ownKeys(), sent)).toEqual([]);
  });
});

describe('the search itself', () => {
  it('finds each form that it knows, in files and their names too', async () => {
    for (const [form, text] of formsOf(one.value)) {
      const found = findCanaries([one, two], [{ where: 'here', text: `before ${text} after` }]);
      expect(found).toContain(`the key of one (${form}) in here`);
    }
    const store = memoryStore();
    await store.set('x', new Secret(one.value));
    expect(findCanaries([one], [{ where: 'here', text: 'nothing' }])).toEqual([]);
    const files = await filesUnder(rota.home);
    expect(files.map(({ where }) => where)).toContain('/accounts.json');
    expect(findCanaries([{ name: 'a label', value: 'someone@example.com' }], files).length).toBeGreaterThan(
      0,
    );
  });
});
