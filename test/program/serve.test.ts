import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answeredBy, serve } from './daemon.ts';
import { MODEL, openStage } from './stage.ts';
import type { Stage } from './stage.ts';

// Each runs the program several times, which takes a third of a second on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

const SOON = { timeout: 30_000, interval: 40 };

describe.concurrent('proxy serve', () => {
  it('says first where it listens, and to a second one who holds the port', async () => {
    const home = await stage.home();
    const first = await serve(home);
    expect(new URL(first.url)).toMatchObject({ protocol: 'http:', hostname: '127.0.0.1' });
    const second = await home.run(['serve', '--port', new URL(first.url).port]);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toContain(`taken by another Rota (process ${first.program.pid}, since `);
    await expect(first.stop()).resolves.toBe(0);
    const { stdout } = await first.program.ended;
    expect(stdout).toBe(`Rota is listening on ${first.url}\n`);
  });

  it('says that another program holds the port', async () => {
    const holder = createServer((socket) => socket.end('220 mail ready\r\n')).listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const home = await stage.home();
    const { code, stderr } = await home.run(['serve', '--port', String(port)]);
    holder.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} is taken by another program.`);
  });

  it('starts without an account, says what to do, and takes up the first at once', async () => {
    const home = await stage.home();
    const proxy = await serve(home);
    const none = await proxy.chat();
    expect(none.status).toBe(503);
    expect(await none.text()).toContain('proxy login');
    await stage.login(home, 'ada');
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('ada@example.com');
    await expect(proxy.stop()).resolves.toBe(0);
  });

  it('follows accounts that are added, disabled, enabled, renamed and removed while it runs', async () => {
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'ada');
    const proxy = await serve(home);
    const answerers = async () =>
      new Set(await Promise.all([1, 2, 3, 4].map(() => proxy.chat().then(answeredBy))));
    const key = await home.done('key');
    expect(key).toMatch(/^rota_\S+$/);
    await expect(answerers()).resolves.toEqual(new Set(['ada']));
    await stage.login(home, 'ben', '--label', 'ben');
    await expect(answerers()).resolves.toEqual(new Set(['ada', 'ben']));
    await home.done('accounts', 'disable', 'ada');
    await expect(answerers()).resolves.toEqual(new Set(['ben']));
    await home.done('accounts', 'rename', 'ben', 'benjamin');
    await expect(answerers()).resolves.toEqual(new Set(['benjamin']));
    await home.done('accounts', 'enable', 'ada');
    await home.done('logout', 'benjamin');
    await expect(answerers()).resolves.toEqual(new Set(['ada']));
    await expect(proxy.stop()).resolves.toBe(0);
  });

  it('lets a stream in flight finish at SIGTERM, and refuses new requests', async () => {
    const home = await stage.home();
    await home.run(
      ['login', 'compatible', '--name', 'slow', '--base-url', `${stage.provider.url}/v1`, '--api-key-stdin'],
      { stdin: slowKey() },
    );
    const proxy = await serve(home);
    const response = await proxy.chat({ stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    expect(first?.value).toContain('data: ');
    proxy.program.kill('SIGTERM');
    await vi.waitFor(async () => {
      const late = await proxy.chat().then(
        ({ status }) => status,
        () => 'refused',
      );
      expect([503, 'refused']).toContain(late);
    }, SOON);
    let text = first?.value ?? '';
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      text += next.value;
    expect(text).toMatch(/data: \[DONE\]\s*$/);
    expect((await proxy.program.ended).code).toBe(0);
  });

  it('takes a new key at once, and refuses the old one', async () => {
    const home = await stage.home();
    await stage.login(home, 'ada');
    const proxy = await serve(home);
    const old = await home.done('key');
    expect((await proxy.chat({ key: old })).status).toBe(200);
    const made = await home.done('key', '--new');
    expect(made).not.toBe(old);
    expect((await proxy.chat({ key: made })).status).toBe(200);
    const refused = await proxy.chat({ key: old });
    expect(refused.status).toBe(401);
    await expect(refused.json()).resolves.toMatchObject({ error: { code: 'invalid_api_key' } });
    await proxy.stop();
  });
});

describe.concurrent('the settings', () => {
  it.each([
    [
      'a syntax error',
      '{\n  "listen": { "port": 0, }\n}',
      /config\.json is not JSON: line 2, column 26: no comma may stand after the last entry\./,
    ],
    [
      'an unknown key',
      { requestRetries: 1 },
      /A mistake in .*config\.json: requestRetries is not a setting; did you mean requestRetry\?/,
    ],
    ['a wrong type', { listen: { port: '8317' } }, /config\.json: listen\.port must be .*not/],
    ['a list in place of an object', '[]', /must hold one JSON object/],
  ])('end the start where there is %s', async (_, settings, sentence) => {
    const home = await stage.home({ settings });
    const { code, stdout, stderr } = await home.run(['serve', '--port', '0']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('keep what they were through a bad edit, and follow a good one within two seconds', async () => {
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'ada');
    const proxy = await serve(home);
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('ada');
    await writeFile(join(home.path, 'config.json'), '{ "models": ');
    await proxy.program.said(/config\.json is not JSON/);
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('ada');
    expect((await proxy.chat({ model: 'smart' })).status).toBe(404);
    const editedAt = Date.now();
    await home.writeSettings(stage.settings({ models: { aliases: { smart: MODEL } } }));
    await vi.waitFor(async () => {
      expect((await proxy.chat({ model: 'smart' })).status).toBe(200);
    }, SOON);
    expect(Date.now() - editedAt).toBeLessThan(20_000);
    await proxy.stop();
  });
});

describe.concurrent('rests', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'survive %s and a new start, until they are reset',
    async (signal) => {
      const home = await stage.home();
      const person = `tired-${signal}`;
      await stage.login(home, person, '--label', 'tired');
      const key = stage.provider.calls.findLast(({ label }) => label === person)?.key ?? '';
      stage.provider.script(key, {
        kind: 'status',
        status: 429,
        headers: { 'retry-after': '3600' },
        complaint: {},
      });
      const before = await serve(home);
      expect((await before.chat()).status).toBe(429);
      const resting = (await home.accounts())[0];
      expect(resting).toMatchObject({ state: 'resting', rests: [{ kind: 'throttle' }] });
      // It is written a moment later, so that a burst costs one write.
      await vi.waitFor(async () => {
        expect(await readFile(join(home.path, 'state', 'rests.json'), 'utf8')).toContain(resting?.id);
      }, SOON);
      before.program.kill(signal);
      await before.program.ended;

      const after = await serve(home);
      const calls = stage.provider.calls.length;
      const refused = await after.chat();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(
        stage.provider.calls.slice(calls).filter((call) => call.key === key && call.kind === 'generate'),
      ).toEqual([]);
      await home.done('accounts', 'reset', 'tired');
      expect((await after.chat()).status).toBe(200);
      await after.stop();
    },
  );
});

let slowKeys = 0;

/** A key whose answers take two seconds. */
function slowKey(): string {
  slowKeys += 1;
  const key = `sk-slow-${slowKeys}`;
  stage.provider.account(key, { models: [MODEL], answer: { text: 'slowly', chunks: 20, delayMs: 100 } });
  return key;
}
