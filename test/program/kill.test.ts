import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/accounts/store/choose.ts';
import { whyNoKeyring } from '../keyring/session.ts';
import { startKeyring } from './keyring-session.ts';
import type { RotaHome } from './rota-home.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

/** `npm run test:kill` asks for more, of each store as many. */
const ROUNDS = Number(process.env['ROTA_KILLS'] ?? 6);
const KEYRING_ROUNDS = Number(process.env['ROTA_KILLS'] ?? 2);
/** More than lies between the server's rotation and what is stored of it, on a machine that is busy. */
const LATEST_KILL_MS = 400;

vi.setConfig({ testTimeout: 60_000 + ROUNDS * 15_000 });

interface Tally {
  kept: number;
  lost: number;
  /** How often the keyring had to be started again: it may die with its client. */
  revived: number;
  /** How long after the server had rotated the kill came, where the account was lost; in milliseconds. */
  readonly lostAfterMs: number[];
}

/** A server that rotates with each refresh; the next start finds the access token at the end of its life. */
async function rotatingStage(): Promise<Stage & { rotatedAt(): number | undefined; begin(): void }> {
  let rotated: number | undefined;
  const stage = await openStage({
    accessTokenSeconds: 1,
    onRefreshToken: () => {
      rotated ??= performance.now();
    },
  });
  return {
    ...stage,
    rotatedAt: () => rotated,
    begin() {
      rotated = undefined;
    },
  };
}

/** One process, killed at a moment by chance: half of the time around the rotation, else anywhere in its start. */
async function killOnce(
  stage: Awaited<ReturnType<typeof rotatingStage>>,
  home: RotaHome,
  chance: () => number,
) {
  stage.begin();
  const program = home.start(['serve', '--port', '0']);
  const killed: { atMs?: number } = {};
  const kill = (): void => {
    killed.atMs = performance.now();
    program.kill('SIGKILL');
  };
  if (chance() < 0.25) {
    await delay(chance() * 1500);
  } else {
    await vi.waitFor(() => expect(stage.rotatedAt()).toBeDefined(), { timeout: 20_000, interval: 1 });
    await delay(LATEST_KILL_MS * chance());
  }
  kill();
  await program.ended;
  return { killedAt: killed.atMs ?? 0, rotatedAt: stage.rotatedAt() };
}

/** What `proxy accounts test` says of each account, by label. */
async function tried(home: RotaHome): Promise<Readonly<Record<string, string>>> {
  const { stdout, stderr } = await home.run(['accounts', 'test', '--json']);
  if (!stdout.startsWith('{')) throw new Error(`accounts test said: ${stdout}${stderr}`);
  const { accounts } = JSON.parse(stdout) as { accounts: { label: string; ok: boolean; problem?: string }[] };
  return Object.fromEntries(accounts.map(({ label, ok, problem }) => [label, ok ? 'ok' : (problem ?? '')]));
}

async function killRounds(
  home: RotaHome,
  stage: Awaited<ReturnType<typeof rotatingStage>>,
  rounds: number,
  stored: (id: string) => Promise<string | undefined>,
  revive: () => Promise<boolean> = async () => false,
): Promise<Tally> {
  stage.provider.account('sk-other', { label: 'other' });
  const endpoint = ['--name', 'lab', '--base-url', `${stage.provider.url}/v1`, '--api-key-stdin'];
  const added = await home.run(['login', 'compatible', ...endpoint, '--label', 'other'], {
    stdin: 'sk-other',
  });
  expect(added.code, added.stderr).toBe(0);
  expect((await stage.login(home, 'ada', '--label', 'ada')).code).toBe(0);
  const id = (await home.recorded()).find(({ label }) => label === 'ada')?.id ?? '';
  expect(await stored(id), 'the sign-in is stored where it is looked for').toBeTruthy();
  const tally: Tally = { kept: 0, lost: 0, revived: 0, lostAfterMs: [] };
  for (let round = 0; round < rounds; round += 1) {
    await delay(1000);
    const before = await stored(id);
    const { killedAt, rotatedAt } = await killOnce(stage, home, Math.random);
    if (await revive()) tally.revived += 1;
    const wasStored = (await stored(id)) !== before;
    const { ada, other } = await tried(home);
    expect(other, 'an account that had no part in it').toBe('ok');
    expect(['ok', 'needs-login']).toContain(ada);
    if (ada === 'ok') {
      tally.kept += 1;
      continue;
    }
    // Lost only where the server had rotated, and the store had not been written yet.
    expect(rotatedAt).toBeDefined();
    expect(wasStored).toBe(false);
    tally.lost += 1;
    tally.lostAfterMs.push(Math.round(killedAt - (rotatedAt ?? 0)));
    expect((await home.recorded()).find(({ label }) => label === 'ada')?.needsLogin).toBeDefined();
    const again = await stage.login(home, 'ada');
    expect(again.code, again.stderr).toBe(0);
  }
  const { kept, lost, revived, lostAfterMs } = tally;
  process.stderr.write(
    `killed ${kept + lost}: ${kept} kept, ${lost} need a sign-in (${lostAfterMs.join(', ')} ms)` +
      `${revived === 0 ? '' : `; the keyring itself died ${revived} times`}\n`,
  );
  return tally;
}

/** Looks into a keyring from a process of its own, whose session that is. Prints a hash: the credential stays there. */
const LOOK = `
  import { createHash } from 'node:crypto';
  const [choose, home, name] = process.argv.slice(1);
  const { openStore } = await import(choose);
  const store = await openStore({ home, env: process.env, interactive: false });
  const value = await store.get(name);
  process.stdout.write(value ? createHash('sha256').update(value.reveal()).digest('hex') : '');
  process.exit(0);
`;

async function storedInKeyring(
  home: string,
  env: Readonly<Record<string, string>>,
  id: string,
): Promise<string> {
  const choose = new URL('../../dist/accounts/store/choose.js', import.meta.url).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', LOOK, choose, home, `account:${id}`],
    { env: { PATH: process.env['PATH'], HOME: home, ROTA_HOME: home, ...env } },
  );
  return stdout;
}

describe('a process that is killed around a rotation', () => {
  it('loses no account whose new token was stored, and harms nothing else (encrypted file)', async ({
    onTestFinished,
  }) => {
    const stage = await rotatingStage();
    onTestFinished(() => stage.close());
    const home = await stage.home();
    const env = { ROTA_HOME: home.path, ROTA_KEYCHAIN: 'file' };
    const store = await openStore({ home: home.path, env, interactive: false });
    const stored = async (id: string) => (await store.get(`account:${id}`))?.reveal();
    const { kept, lost } = await killRounds(home, stage, ROUNDS, stored);
    expect(kept + lost).toBe(ROUNDS);
    expect(kept).toBeGreaterThan(0);
  });

  it.skipIf(whyNoKeyring() !== undefined)('the same with a real keyring', async ({ onTestFinished }) => {
    const stage = await rotatingStage();
    const keyring = await startKeyring('unlocked');
    onTestFinished(async () => {
      await stage.close();
      await keyring.close();
    });
    const home = await stage.home({ env: { ROTA_KEYCHAIN: '', ...keyring.env } });
    const stored = async (id: string) => storedInKeyring(home.path, keyring.env, id);
    const { kept, lost } = await killRounds(home, stage, KEYRING_ROUNDS, stored, () => keyring.revive());
    expect(kept + lost).toBe(KEYRING_ROUNDS);
  });
});
