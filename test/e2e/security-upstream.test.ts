import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addEndpoint } from '../../src/accounts/endpoint-changes.ts';
import { validateSettings } from '../../src/config/validate.ts';
import { protocolNames } from '../../src/protocols/names.ts';
import { compatibleProvider } from '../../src/providers/compatible.ts';
import { redirect } from '../simulator/faults.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { startRota, type Rota } from './rota.ts';

const ASK = { model: 'gpt-5.5', messages: [{ role: 'user', content: 'Hi' }] };

let simulator: Simulator;
let rota: Rota;

/** Where an attacker would like our key to go. */
let trap: Server;
let trapUrl: string;
const caught: string[] = [];

beforeAll(async () => {
  trap = createServer((request, response) => {
    caught.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end('{}');
  });
  trap.on('upgrade', (_request, socket) => {
    caught.push('upgrade');
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  trapUrl = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => trap.close(resolve)));

beforeEach(async () => {
  caught.length = 0;
  simulator = await startSimulator({ models: ['gpt-5.5'] });
  simulator.account('key-one', { label: 'one' });
  rota = await startRota({
    upstream: `${simulator.url}/v1`,
    accounts: [{ label: 'one', key: 'key-one' }],
    settings: { requestRetry: 0 },
  });
});

afterEach(async () => {
  await rota.close();
  await simulator.close();
});

describe('a client', () => {
  it('does not choose the upstream by the body', async () => {
    const names = [
      'api_base',
      'base_url',
      'baseUrl',
      'baseURL',
      'api_url',
      'endpoint',
      'url',
      'host',
      'custom_llm_provider',
      'proxy',
      'provider',
      'api_key',
      'extra_headers',
      'headers',
    ];
    for (const name of names) {
      const value = name.endsWith('headers')
        ? { host: new URL(trapUrl).host, authorization: 'Bearer mine' }
        : trapUrl;
      const response = await rota.chat({ ...ASK, [name]: value, metadata: { [name]: trapUrl } });
      expect({ name, status: response.status }).toEqual({ name, status: 200 });
    }
    expect(caught).toEqual([]);
    const sent = simulator.calls.filter(({ kind }) => kind === 'generate');
    expect(sent).toHaveLength(names.length);
    expect(sent.every(({ headers }) => headers.authorization === 'Bearer key-one')).toBe(true);
    expect(simulator.unexpected).toEqual([]);
  });

  it('does not choose it by headers', async () => {
    const names = [
      'x-api-base',
      'x-base-url',
      'x-upstream',
      'x-forwarded-host',
      'x-original-url',
      'x-rewrite-url',
      'x-litellm-api-base',
      'helicone-target-url',
      'x-portkey-custom-host',
      'proxy',
      'location',
    ];
    for (const name of names) {
      const response = await rota.chat(ASK, { [name]: trapUrl });
      expect({ name, status: response.status }).toEqual({ name, status: 200 });
    }
    expect(caught).toEqual([]);
  });

  it('does not choose it by the model', async () => {
    for (const model of [
      `${trapUrl}/gpt-5.5`,
      `@${new URL(trapUrl).host}/gpt-5.5`,
      '../../gpt-5.5',
      'gpt-5.5/../../..',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
    ]) {
      const response = await rota.chat({ ...ASK, model });
      expect({ model, status: response.status }).toEqual({ model, status: 404 });
    }
    expect(caught).toEqual([]);
  });
});

describe('a redirect', () => {
  it('is not followed with a credential, and is not handed to the client either', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      for (const stream of [false, true]) {
        simulator.always('key-one', redirect(`${trapUrl}/v1/chat/completions`, status));
        const response = await rota.chat({ ...ASK, stream });
        const text = await response.text();
        expect(response.status).toBe(502);
        expect(response.headers.get('location')).toBeNull();
        expect(text).not.toContain(trapUrl);
        await fetch(`${rota.url}/-/reset`, {
          method: 'POST',
          headers: { authorization: `Bearer ${rota.adminKey}` },
        });
      }
    }
    expect(caught).toEqual([]);
  });

  it('of the model list is not followed, when signing in and after', async () => {
    simulator.always('*', { ...redirect(`${trapUrl}/v1/models`, 302), on: 'models' });
    const options = { upstream: `${simulator.url}/v1`, accounts: [{ label: 'two', key: 'key-two' }] };
    await expect(startRota(options)).rejects.toMatchObject({
      failure: { kind: 'refused-by-provider', status: 302 },
    });
    const again = await startRota({ ...options, accounts: [], from: rota });
    await (await again.chat(ASK)).text();
    await again.stop();
    expect(caught).toEqual([]);
  });
});

/** Link-local and metadata addresses, in the ways in which they can be written; and what is no address for a credential. */
const refused = [
  'https://169.254.169.254',
  'http://169.254.169.254',
  'https://169.254.1.1/v1',
  'https://2852039166',
  'https://0xa9fea9fe',
  'https://0251.0376.0251.0376',
  'https://169.254.43518',
  'https://[fe80::1]',
  'https://[febf::1]',
  'https://[fd00:ec2::254]',
  'https://[::ffff:169.254.169.254]',
  'https://[::ffff:a9fe:a9fe]',
  'https://[64:ff9b::169.254.169.254]',
  'https://metadata.google.internal',
  'https://METADATA.google.internal./computeMetadata',
  'https://100.100.100.200',
  'http://192.168.0.10/v1',
  'http://llm.example.com/v1',
  'http://localhost.example.com/v1',
  'http://127.0.0.1.example.com/v1',
  'http://2130706434.example/v1',
  'https://user:secret@llm.example.com/v1',
  'https://llm.example.com/v1?x=y',
  'https://llm.example.com/v1#x',
  'ftp://llm.example.com',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'gopher://127.0.0.1:70/',
  'unix:/var/run/docker.sock',
  'llm.example.com/v1',
  '//llm.example.com/v1',
  'https://',
  'https:/llm.example.com',
  '',
];

describe('an upstream address', () => {
  const known = { builtInProviders: [], protocols: protocolNames };
  const settingsFor = (address: string, more: object = {}) => ({
    providers: { lab: { protocols: { 'openai-chat': address }, ...more } },
  });

  for (const address of refused) {
    it(`is refused in the settings and in the records: ${JSON.stringify(address)}`, async () => {
      await expect(validateSettings(settingsFor(address), known, 'test')).rejects.toMatchObject({
        failure: { kind: 'settings' },
      });
      expect(() => compatibleProvider({ id: 'lab', baseUrl: address })).toThrow();
    });
  }

  it('of metadata is refused with allowHttp as well, and in each address of a sign-in', async () => {
    for (const address of ['http://169.254.169.254', 'http://[fe80::1]', 'http://metadata.google.internal']) {
      await expect(
        validateSettings(settingsFor(address, { allowHttp: true }), known, 'test'),
      ).rejects.toThrow();
      for (const name of [
        'issuer',
        'authorizationEndpoint',
        'tokenEndpoint',
        'revocationEndpoint',
        'userinfoEndpoint',
      ]) {
        const good = 'https://id.example.com/x';
        const login = {
          kind: 'authorization-code',
          clientId: 'x',
          authorizationEndpoint: good,
          tokenEndpoint: good,
          [name]: address,
        };
        const settings = settingsFor('https://llm.example.com/v1', { allowHttp: true, login });
        await expect(validateSettings(settings, known, 'test')).rejects.toThrow();
      }
    }
  });

  it('is accepted where it is https, on this machine, or allowed on the local network', async () => {
    for (const address of [
      'https://llm.example.com/v1',
      'http://127.0.0.1:11434/v1',
      'http://localhost:1234/v1',
      'http://[::1]:8080/v1',
    ]) {
      await expect(validateSettings(settingsFor(address), known, 'test')).resolves.toBeDefined();
    }
    const local = settingsFor('http://192.168.0.10/v1', { allowHttp: true });
    await expect(validateSettings(local, known, 'test')).resolves.toBeDefined();
  });

  it('that someone wrote into the records by hand is not used', async () => {
    await rota.records.change((content) =>
      addEndpoint(content, { id: 'evil', label: 'evil', baseUrl: 'http://llm.example.com/v1' }),
    );
    await rota.records.change((content) => {
      const [first] = content.accounts;
      return first ? { ...content, accounts: [{ ...first, provider: 'evil' }] } : content;
    });
    const again = await startRota({ upstream: `${simulator.url}/v1`, accounts: [], from: rota });
    const response = await again.chat(ASK);
    await response.text();
    expect(response.ok).toBe(false);
    expect(again.logLines.join('\n')).not.toContain('key-one');
    await again.stop();
  });
});
