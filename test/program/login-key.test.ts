import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../simulator/simulator.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { Ended } from './program.ts';
import { makeRotaHome } from './rota-home.ts';
import type { RotaHome } from './rota-home.ts';

let provider: Simulator;
const homes: RotaHome[] = [];

beforeAll(async () => {
  provider = await startSimulator({ models: ['llama', 'mistral'] });
  for (const key of ['sk-lab-first', 'sk-lab-second']) provider.account(key);
});

afterAll(async () => {
  await Promise.all(homes.map((home) => home.close()));
  await provider.close();
});

async function newHome(): Promise<RotaHome> {
  const home = await makeRotaHome();
  homes.push(home);
  return home;
}

function loginLab(home: RotaHome, key: string, ...words: readonly string[]): Promise<Ended> {
  const endpoint = ['--name', 'lab', '--base-url', `${provider.url}/v1`];
  return home.run(['login', 'compatible', ...endpoint, '--api-key-stdin', ...words], { stdin: key });
}

const labels = async (home: RotaHome): Promise<readonly string[]> =>
  (await home.recorded()).map(({ label }) => label);

describe.concurrent('proxy login compatible', () => {
  it('takes a key from stdin, line end and all; a second adds an account; the first again renews', async () => {
    const home = await newHome();
    const first = await loginLab(home, 'sk-lab-first\n');
    expect(first).toMatchObject({ code: 0, stdout: 'Added "lab" (lab): 2 models.\n' });
    const second = await loginLab(home, 'sk-lab-second\r\n');
    expect(second).toMatchObject({ code: 0, stdout: 'Added "lab 2" (lab): 2 models.\n' });
    // The endpoint has a name now, which is enough.
    const again = await home.run(['login', 'lab', '--api-key-stdin'], { stdin: 'sk-lab-first' });
    expect(again).toMatchObject({ code: 0, stdout: 'Renewed "lab" (lab): 2 models.\n' });
    await expect(labels(home)).resolves.toEqual(['lab', 'lab 2']);
    await expect(home.items()).resolves.toHaveLength(2);
  });

  it('puts a new key in the place of an old one under its label', async () => {
    const home = await newHome();
    await loginLab(home, 'sk-lab-first', '--label', 'desk');
    const renewed = await loginLab(home, 'sk-lab-second', '--label', 'desk');
    expect(renewed.stdout).toBe('Renewed "desk" (lab): 2 models.\n');
    await expect(labels(home)).resolves.toEqual(['desk']);
  });

  it('refuses a key that the provider refuses, in its words, and saves nothing', async () => {
    const home = await newHome();
    const { code, stdout, stderr } = await loginLab(home, 'sk-lab-unknown');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('401');
    expect(stderr).toContain('Incorrect API key provided');
    expect(stderr).not.toContain('sk-lab-unknown');
    await expect(home.recorded()).resolves.toEqual([]);
    await expect(home.items()).resolves.toEqual([]);
    // Nor the endpoint: its name would be taken.
    expect((await home.run(['login', 'lab'])).stderr).toContain('There is no provider "lab"');
  });

  it('uses an endpoint that asks for no key', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"object":"list","data":[{"id":"llama"}]}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const home = await newHome();
    const endpoint = ['--name', 'local', '--base-url', `http://127.0.0.1:${port}/v1`];
    const { code, stdout } = await home.run(['login', 'compatible', ...endpoint, '--no-key']);
    server.close();
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Added "local" (local): 1 model.\n' });
    expect(asked).toEqual([undefined]);
  });

  it.each([
    ['plain http to another machine', 'http://192.0.2.1/v1', [], /plain http.*--allow-http/],
    ['the metadata address', 'http://169.254.169.254/v1', [], /169\.254\.169\.254/],
    [
      'the metadata address, though http is allowed',
      'http://169.254.169.254/v1',
      ['--allow-http'],
      /169\.254/,
    ],
    ['the metadata address over https', 'https://169.254.169.254/v1', [], /169\.254/],
    ['its IPv6 form', 'https://[::ffff:169.254.169.254]/v1', [], /link-local|metadata/i],
    ['a link-local address', 'https://[fe80::1]/v1', [], /link-local|metadata/i],
    ['another scheme', 'file:///etc/passwd', [], /--base-url/],
    ['a password in the address', 'https://me:secret@llm.example.com/v1', [], /password/],
  ])('refuses %s', async (_, url, words, sentence) => {
    const home = await newHome();
    const { code, stderr } = await home.run(
      ['login', 'compatible', '--name', 'lab', '--base-url', url, '--api-key-stdin', ...words],
      { stdin: 'sk-lab-first' },
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain('secret@');
    await expect(home.recorded()).resolves.toEqual([]);
  });

  it.each([
    ['without a name', ['--base-url', 'https://llm.example.com/v1'], /needs --name/],
    ['without an address', ['--name', 'lab'], /needs --base-url/],
    [
      'under the name of a provider that there is',
      ['--name', 'openai', '--base-url', 'https://a.example/v1'],
      /"openai" is the name of a provider/,
    ],
    [
      'where nobody can type a key',
      ['--name', 'lab', '--base-url', 'https://a.example/v1'],
      /--api-key-stdin/,
    ],
  ])('says what is missing %s', async (_, words, sentence) => {
    const home = await newHome();
    const { code, stderr } = await home.run(['login', 'compatible', ...words]);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});
