import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RotaHome } from './rota-home.ts';
import { MODEL, openStage } from './stage.ts';
import type { Stage } from './stage.ts';

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

async function loginLab(home: RotaHome, key: string): Promise<void> {
  stage.provider.account(key, { label: key, models: [MODEL] });
  const endpoint = ['--name', 'lab', '--base-url', `${stage.provider.url}/v1`, '--api-key-stdin'];
  const ended = await home.run(['login', 'compatible', ...endpoint, '--label', key], { stdin: key });
  expect(ended).toMatchObject({ code: 0 });
}

describe.concurrent('proxy providers', () => {
  it('lists those that come with the program and those of one’s own, with their terms', async () => {
    const home = await stage.home();
    await loginLab(home, 'sk-providers-1');
    const { providers } = JSON.parse(await home.done('providers', '--json')) as {
      providers: readonly Record<string, unknown>[];
    };
    const of = (id: string) => providers.find((provider) => provider['id'] === id);
    expect(of('openrouter')).toMatchObject({
      origin: 'built-in',
      accounts: 0,
      login: [{ kind: 'authorization-code' }, { kind: 'api-key' }],
      terms: { kind: 'restricted', link: expect.stringMatching(/^https:/), checked: expect.any(String) },
    });
    expect(of('huggingface')).toMatchObject({
      login: [{ kind: 'api-key' }, { needsClient: true }, { kind: 'device-code', needsClient: true }],
    });
    expect(of('vertex')).toMatchObject({
      origin: 'kind',
      values: [{ name: 'project' }, { usual: 'global' }],
    });
    expect(of('lab')).toMatchObject({ origin: 'endpoint', accounts: 1 });
    expect(of('demo')).toMatchObject({ origin: 'endpoint', login: [{ kind: 'authorization-code' }] });
    const lines = (await home.done('providers')).split('\n');
    expect(lines[0]).toMatch(/^ID +SIGN IN BY +PROTOCOLS +SEVERAL ACCOUNTS +CHECKED +TERMS$/);
    expect(lines).toHaveLength(providers.length + 1);
    expect(lines.find((line) => line.startsWith('ollama '))).toMatch(
      /api-key \(or none\) +openai-chat +unrestricted/,
    );
  });
});

describe.concurrent('proxy accounts test', () => {
  it('tries each account with one call, and says how long it took and what the provider said', async ({
    onTestFinished,
  }) => {
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'ada');
    await loginLab(home, 'sk-test-good');
    const fine = await home.run(['accounts', 'test']);
    expect(fine.code).toBe(0);
    expect(fine.stdout).toMatch(/^LABEL +PROVIDER +RESULT +TIME +THE PROVIDER SAID\n/);
    expect(fine.stdout).toMatch(/^ada +demo +ok +\d+ ms +1 model$/m);

    let isRefused = false;
    const fickle = createServer((_request, response) => {
      const body = isRefused ? { error: { message: 'That key was deleted.' } } : { data: [{ id: 'm' }] };
      response.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void fickle.close());
    await once(fickle, 'listening');
    const { port } = fickle.address() as AddressInfo;
    const endpoint = ['--name', 'fickle', '--base-url', `http://127.0.0.1:${port}/v1`, '--api-key-stdin'];
    await home.run(['login', 'compatible', ...endpoint], { stdin: 'sk-test-bad' });
    isRefused = true;
    const mixed = await home.run(['accounts', 'test', '--json']);
    expect(mixed.code).toBe(1);
    expect(mixed.stderr).toMatch(/proxy: 1 of 3 accounts failed\.\n$/);
    const { accounts } = JSON.parse(mixed.stdout) as { accounts: readonly Record<string, unknown>[] };
    expect(accounts).toMatchObject([
      { label: 'ada', ok: true, models: 1, ms: expect.any(Number) },
      { label: 'sk-test-good', ok: true },
      {
        label: 'fickle',
        ok: false,
        problem: 'refused-by-provider',
        said: expect.stringContaining('That key was deleted.'),
      },
    ]);
    const one = await home.run(['accounts', 'test', 'sk-test-good']);
    expect(one.code).toBe(0);
    expect(one.stdout.split('\n')).toHaveLength(3);
  });

  it('ends with 3 where only a new sign-in helps', async () => {
    const own = await openStage({ accessTokenSeconds: 1 });
    try {
      const home = await own.home();
      await own.login(home, 'ada', '--label', 'ada');
      own.authorization.expireRefreshTokens();
      await vi.waitFor(async () => expect((await home.run(['accounts', 'test'])).code).toBe(3), {
        timeout: 60_000,
      });
    } finally {
      await own.close();
    }
  });
});

describe.concurrent('proxy logout --all', () => {
  it('ends every account, and forgets what was named for them', async () => {
    const own = await openStage();
    try {
      const home = await own.home();
      await own.login(home, 'ada', '--label', 'ada');
      const key = 'sk-logout-all';
      own.provider.account(key, { models: [MODEL] });
      const endpoint = ['--name', 'lab', '--base-url', `${own.provider.url}/v1`, '--api-key-stdin'];
      await home.run(['login', 'compatible', ...endpoint], { stdin: key });
      const ended = await home.run(['logout', '--all']);
      expect(ended).toMatchObject({
        code: 0,
        stdout: '"ada" (demo) is logged out.\n"lab" (lab) is logged out.\n',
      });
      expect(own.authorization.calls.at(-1)).toEqual({ endpoint: 'revocation', status: 200 });
      await expect(home.recorded()).resolves.toEqual([]);
      await expect(home.items()).resolves.toEqual([]);
      const again = await home.run(['logout', '--all']);
      expect(again).toEqual({ code: 0, stdout: '', stderr: 'No account is signed in.\n' });
    } finally {
      await own.close();
    }
  });
});
