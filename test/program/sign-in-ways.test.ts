import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { refused, startServiceAccounts } from '../oauth-server/service-accounts.ts';
import { unauthorized } from '../simulator/faults.ts';
import { answeredBy, serve } from './daemon.ts';
import { leakedNames, leaksIn } from './files.ts';
import type { Program } from './program.ts';
import type { RotaHome } from './rota-home.ts';
import { MODEL, openStage } from './stage.ts';
import type { Stage } from './stage.ts';

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ deviceIntervalSeconds: 1 });
});

afterAll(() => stage.close());

/** `proxy login demo`, up to where it shows a code. */
async function beginDevice(
  home: RotaHome,
  ...words: readonly string[]
): Promise<{ program: Program; address: string; code: string }> {
  const program = home.start(['login', 'demo', ...words]);
  const [, address = ''] = await program.said(/^ {4}(http:\S+)\n/m);
  const [, code = ''] = await program.said(/│ {2}(\S+) {2}│/);
  await program.said(/Waiting for the code to be entered/);
  return { program, address, code };
}

describe.concurrent('proxy login --device', () => {
  const settings = () => stage.settings({}, { kind: 'device-code' });

  it('signs in by a code that is entered elsewhere; the proxy serves it and renews its token', async () => {
    const home = await stage.home({ settings: settings() });
    const { program, address, code } = await beginDevice(home, '--device', '--label', 'ada');
    await stage.authorization.enterCode(address, code, { login: 'ada' });
    expect(await program.ended).toMatchObject({
      code: 0,
      stdout: 'Added "ada" (The demo provider): 1 model.\n',
    });
    const proxy = await serve(home);
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('ada');
    const used = stage.provider.calls.findLast(({ label }) => label === 'ada')?.key ?? '';
    stage.provider.always(used, unauthorized());
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('ada');
    await expect(proxy.stop()).resolves.toBe(0);
    const ended = await home.run(['logout', 'ada']);
    expect(ended).toMatchObject({ code: 0, stderr: 'The provider has revoked its tokens.\n' });
    const secrets = Object.fromEntries(stage.tokens.map((token, at) => [`token ${at}`, token]));
    await expect(leaksIn(home.root, secrets)).resolves.toEqual([]);
    expect(leakedNames(home.printed(), secrets)).toEqual([]);
  });

  it("ends with the provider's words where the person refuses, and leaves nothing behind", async () => {
    const home = await stage.home({ settings: settings() });
    const { program, address, code } = await beginDevice(home);
    await stage.authorization.enterCode(address, code, { login: 'ada', deny: true });
    const { code: exit, stdout, stderr } = await program.ended;
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/refused the sign-in \(access_denied/);
    await expect(home.recorded()).resolves.toEqual([]);
    await expect(home.items()).resolves.toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at %s', async (signal) => {
    const home = await stage.home({ settings: settings() });
    const { program } = await beginDevice(home);
    program.kill(signal);
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('proxy: The sign-in was cancelled.');
    await expect(home.recorded()).resolves.toEqual([]);
  });

  it('says which ways there are where this is none of them', async () => {
    const home = await stage.home();
    const { code, stderr } = await home.run(['login', 'demo', '--device']);
    expect(code).toBe(2);
    expect(stderr).toContain('has no sign-in by "device-code"; it has: authorization-code.');
  });
});

describe.concurrent('proxy login --command', () => {
  /** A tool that prints what lies in a file, or fails with words where it lies in none. */
  async function toolOf(home: RotaHome): Promise<{ line: string; tokenFile: string }> {
    const tokenFile = join(home.root, 'token');
    const script = join(home.root, 'tool.mjs');
    await writeFile(
      script,
      `import { readFileSync } from 'node:fs';
       try { process.stdout.write(readFileSync(process.argv[2], 'utf8')); }
       catch { console.error('Not signed in: run the tool’s login.'); process.exit(4); }`,
    );
    return { line: `'${process.execPath}' '${script}' '${tokenFile}'`, tokenFile };
  }

  const endpoint = () => ['--name', 'lab', '--base-url', `${stage.provider.url}/v1`];

  it('serves with what the tool prints, asks it anew after a 401, and keeps no token', async () => {
    const home = await stage.home();
    const { line, tokenFile } = await toolOf(home);
    const [first, second] = ['printed-token-first-1', 'printed-token-second-2'];
    for (const token of [first, second]) stage.provider.account(token, { label: token, models: [MODEL] });
    await writeFile(tokenFile, `${first}\n`);
    const added = await home.run(['login', 'compatible', ...endpoint(), '--command', line]);
    expect(added).toMatchObject({ code: 0, stdout: 'Added "lab" (lab): 1 model.\n' });

    const proxy = await serve(home);
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('lab');
    stage.provider.always(first, unauthorized());
    await writeFile(tokenFile, second);
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('lab');
    expect(stage.provider.calls.findLast(({ label }) => label === second)?.key).toBe(second);
    // It prints again what is refused: that is tried once, and not for ever.
    stage.provider.always(second, unauthorized());
    const before = stage.provider.calls.length;
    expect((await proxy.chat()).status).not.toBe(200);
    expect(stage.provider.calls.length - before).toBeLessThanOrEqual(2);
    await expect(proxy.stop()).resolves.toBe(0);
    await writeFile(tokenFile, '');
    await expect(leaksIn(home.root, { first, second })).resolves.toEqual([]);
  });

  it('shows what the tool says where it fails, and adds nothing', async () => {
    const home = await stage.home();
    const { line } = await toolOf(home);
    const { code, stdout, stderr } = await home.run([
      'login',
      'compatible',
      ...endpoint(),
      '--command',
      line,
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('exit code 4, saying: Not signed in: run the tool’s login.');
    await expect(home.recorded()).resolves.toEqual([]);
  });

  it('takes the command of the settings', async () => {
    const home = await stage.home();
    const { tokenFile } = await toolOf(home);
    const token = 'printed-token-settings-3';
    stage.provider.account(token, { label: token, models: [MODEL] });
    await writeFile(tokenFile, token);
    const argv = [process.execPath, join(home.root, 'tool.mjs'), tokenFile];
    const lab = {
      protocols: { 'openai-chat': `${stage.provider.url}/v1` },
      login: { kind: 'command', argv },
    };
    await home.writeSettings({ providers: { desk: lab } });
    await expect(home.done('login', 'desk')).resolves.toBe('Added "desk" (desk): 1 model.');
  });
});

describe('proxy login --service-account-file', () => {
  it('serves with what the key brings, asks anew after a 401, and keeps the key in the credential store alone', async () => {
    const tokens: string[] = [];
    const endpoint = await startServiceAccounts({
      onMinted(token) {
        tokens.push(token);
        stage.provider.account(token, { label: token, models: [MODEL] });
      },
    });
    onTestFinished(() => endpoint.close());
    const login = { kind: 'service-account', scopes: ['models.read'] };
    const label = 'The demo provider';
    const demo = { label, protocols: { 'openai-chat': `${stage.provider.url}/v1` }, login };
    const home = await stage.home({ settings: { providers: { demo } } });
    const file = join(home.root, 'key.json');
    await writeFile(file, endpoint.keyFile());
    const { email } = endpoint;
    const added = await home.run(['login', 'demo', '--service-account-file', file]);
    expect(added).toMatchObject({ code: 0, stdout: `Added "${email}" (${label}): 1 model.\n` });
    // The file stays the person's, and is needed no more.
    await writeFile(file, '');

    const proxy = await serve(home);
    const all = await Promise.all(Array.from({ length: 50 }, () => proxy.chat().then(answeredBy)));
    expect(new Set(all)).toEqual(new Set([email]));
    expect(tokens).toHaveLength(2);
    const [, served = ''] = tokens;
    expect(stage.provider.calls.findLast(({ label }) => label === served)?.key).toBe(served);
    stage.provider.always(served, unauthorized());
    await expect(proxy.chat().then(answeredBy)).resolves.toBe(email);
    expect(tokens).toHaveLength(3);
    expect(stage.provider.calls.at(-1)?.key).toBe(tokens[2]);
    expect(endpoint.minted).toEqual(Array(3).fill('models.read'));

    // Deleted in the console: said once, and asked no more.
    endpoint.answer = refused('Invalid grant: account not found');
    stage.provider.always(tokens[2] ?? '', unauthorized());
    expect((await proxy.chat()).status).toBeGreaterThanOrEqual(400);
    const asked = endpoint.requests.length;
    expect((await proxy.chat()).status).toBeGreaterThanOrEqual(400);
    expect(endpoint.requests).toHaveLength(asked);
    const [account] = await home.accounts();
    expect(account).toMatchObject({
      state: 'needs-login',
      problem: expect.stringContaining('account not found'),
    });
    await expect(proxy.stop()).resolves.toBe(0);

    const secrets = { key: endpoint.privateKey.slice(40, 90), first: tokens[0] ?? '', second: served };
    await expect(leaksIn(home.root, secrets)).resolves.toEqual([]);
    expect(leakedNames(home.printed(), secrets)).toEqual([]);
    const ended = await home.run(['logout', email]);
    expect(ended).toMatchObject({
      code: 0,
      stderr: 'A key stays valid at the provider until you delete it there.\n',
    });
    await expect(home.items()).resolves.toEqual([]);
  });
});
