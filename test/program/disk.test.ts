import { execFileSync } from 'node:child_process';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { unauthorized } from '../simulator/faults.ts';
import { answeredBy, serve } from './daemon.ts';
import type { RotaHome } from './rota-home.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
const mounted: string[] = [];

beforeAll(async () => {
  stage = await openStage();
});

afterAll(async () => {
  for (const folder of mounted) execFileSync('umount', ['--lazy', folder]);
  await stage.close();
});

/** A disk of its own for `ROTA_HOME`; `false` where this machine lets nobody mount one. */
function mountSmallDisk({ path }: RotaHome): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'none', path], { stdio: 'ignore' });
  } catch {
    return false;
  }
  mounted.push(path);
  return true;
}

async function fill(folder: string): Promise<string> {
  const path = join(folder, 'filler');
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(Buffer.alloc(512));
  } catch {
    return path;
  } finally {
    await file.close();
  }
}

describe.concurrent('ROTA_HOME', () => {
  it('on a full disk is named, and loses neither an account nor a token', async ({ skip }) => {
    const home = await stage.home();
    skip(!mountSmallDisk(home), 'no disk can be mounted here');
    await home.writeSettings(stage.settings());
    await stage.login(home, 'ada', '--label', 'ada');
    const key = await home.done('key');
    const proxy = await serve(home);
    // It notes where it can be reached once it listens, which must have happened before there is no room left.
    await vi.waitFor(async () => expect(await home.done('status')).toContain(proxy.url), { timeout: 30_000 });
    const filler = await fill(home.path);

    const { code, stdout, stderr } = await stage.login(home, 'ben');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/could not be written \(ENOSPC\).*has room/);
    const renamed = await home.run(['accounts', 'rename', 'ada', 'lovelace']);
    expect(renamed.code).toBe(1);
    expect(renamed.stderr).toMatch(/ENOSPC|no space/i);
    expect((await home.recorded()).map(({ label }) => label)).toEqual(['ada']);

    const tokenInUse = () => stage.provider.calls.findLast(({ label }) => label === 'ada')?.key ?? '';
    const before = tokenInUse();
    stage.provider.always(before, unauthorized());
    await expect(proxy.chat({ key }).then(answeredBy)).resolves.toBe('ada');
    expect(tokenInUse()).not.toBe(before);
    await proxy.program.said(/the credential store refused a rotated credential/);
    const [told] = await home.accounts();
    expect(told?.problem).toContain('refreshed token could not be stored yet');

    await rm(filler);
    await expect(proxy.stop()).resolves.toBe(0);
    const again = await serve(home);
    stage.provider.always(tokenInUse(), unauthorized());
    await expect(again.chat({ key }).then(answeredBy)).resolves.toBe('ada');
    await expect(again.stop()).resolves.toBe(0);
  });

  it('on a read-only disk is named, and what is there can be used', async ({ skip }) => {
    const home = await stage.home();
    skip(!mountSmallDisk(home), 'no disk can be mounted here');
    await home.writeSettings(stage.settings());
    await stage.login(home, 'grace', '--label', 'grace');
    const key = await home.done('key');
    execFileSync('mount', ['-o', 'remount,ro', home.path]);
    const { code, stderr } = await stage.login(home, 'ben');
    expect(code).toBe(1);
    expect(stderr).toMatch(/EROFS/);
    expect(stderr).not.toMatch(/unexpected/i);
    await expect(home.done('key')).resolves.toBe(key);
    const proxy = await serve(home);
    await expect(proxy.chat({ key }).then(answeredBy)).resolves.toBe('grace');
    await expect(proxy.stop()).resolves.toBe(0);
  });

  it('that is a file is named, and stays as it is', async () => {
    const home = await stage.home();
    await rm(home.path, { recursive: true });
    await writeFile(home.path, 'mine');
    for (const words of [
      ['login', 'openai', '--api-key-stdin'],
      ['accounts'],
      ['key'],
      ['serve', '--port', '0'],
    ]) {
      const { code, stdout, stderr } = await home.run(words, { stdin: 'sk-proj-0123456789' });
      expect({ words, code, stdout }).toEqual({ words, code: 1, stdout: '' });
      expect(stderr).toContain(home.path);
      expect(stderr).toMatch(/ENOTDIR|EEXIST|folder/);
      expect(stderr).not.toMatch(/unexpected/i);
    }
    expect((await stat(home.path)).isFile()).toBe(true);
    await expect(readFile(home.path, 'utf8')).resolves.toBe('mine');
  });
});
