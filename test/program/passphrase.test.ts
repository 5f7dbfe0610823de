import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answeredBy, serve } from './daemon.ts';
import { leakedNames, leaksIn } from './files.ts';
import { expectWholeJourney } from './journey.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

const PASSPHRASE = 'correct horse battery staple';

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
let folder: string;

beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'rota-passphrase-'));
  await writeFile(join(folder, 'right'), `${PASSPHRASE}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'wrong'), 'incorrect horse\n', { mode: 0o600 });
  await writeFile(join(folder, 'empty'), '\n', { mode: 0o600 });
});

afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
});

describe.concurrent('with the encrypted file', () => {
  it('signs in, serves, starts again and refreshes, with nothing secret in any file', async () => {
    const env = { ROTA_KEYCHAIN: 'passphrase', ROTA_PASSPHRASE_FILE: join(folder, 'right') };
    const home = await stage.home({ env });
    await expectWholeJourney(stage, home);
    await expect(leaksIn(home.root, { PASSPHRASE })).resolves.toEqual([]);
    const file = await readFile(join(home.path, 'credentials.enc'));
    expect(file.subarray(0, 8).toString()).toBe('ROTACRED');
    // Neither an account's id nor the names of its fields can be read in it.
    expect(file.toString('latin1')).not.toMatch(/account|token|key|kind|version/i);
  });

  it('is used by itself where a passphrase is given and there is no keychain, and by then on', async () => {
    const home = await stage.home({ env: { ROTA_KEYCHAIN: '' } });
    const given = { env: { ROTA_PASSPHRASE: PASSPHRASE } };
    const apiKey = 'sk-passphrase-0123456789';
    stage.provider.account(apiKey, { label: 'lab' });
    const endpoint = ['--name', 'lab', '--base-url', `${stage.provider.url}/v1`];
    const added = await home.run(['login', 'compatible', ...endpoint, '--api-key-stdin'], {
      ...given,
      stdin: apiKey,
    });
    expect(added).toMatchObject({ code: 0 });
    const key = (await home.run(['key'], given)).stdout.trim();
    const proxy = await serve(home, [], given);
    // The key is drawn from the passphrase meanwhile, which on a busy machine takes longer than a request waits.
    const served = async () => expect(await answeredBy(await proxy.chat({ key }))).toBe('lab');
    await vi.waitFor(served, { timeout: 60_000, interval: 500 });
    await expect(proxy.stop()).resolves.toBe(0);
    await expect(leaksIn(home.root, { PASSPHRASE, apiKey, key })).resolves.toEqual([]);
    expect(leakedNames(home.printed(), { PASSPHRASE, apiKey, key })).toEqual([]);

    const without = await home.run(['key']);
    expect(without).toMatchObject({ code: 1, stdout: '' });
    expect(without.stderr).toMatch(/needs a passphrase: .*ROTA_PASSPHRASE_FILE.*ROTA_PASSPHRASE/);
    const other = await home.run(['key'], { env: { ROTA_KEYCHAIN: 'file' } });
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain(
      'Credentials are kept in the store "passphrase", and ROTA_KEYCHAIN asks for "file"',
    );
  });

  it('names a wrong passphrase, and a file that others can read, and changes nothing', async () => {
    const env = { ROTA_KEYCHAIN: 'passphrase', ROTA_PASSPHRASE_FILE: join(folder, 'right') };
    const home = await stage.home({ env });
    const key = await home.done('key');
    const path = join(home.path, 'credentials.enc');
    const before = await readFile(path);
    const commands = [['serve', '--port', '0'], ['login', 'demo', '--no-browser'], ['key'], ['key', '--new']];
    const refuse = async (sentence: RegExp, file: string): Promise<void> => {
      for (const words of commands) {
        const ended = await home.run(words, { env: { ROTA_PASSPHRASE_FILE: join(folder, file) } });
        expect({ words, code: ended.code }).toEqual({ words, code: 1 });
        expect(ended.stdout).toMatch(words[0] === 'serve' ? /^(?:Rota is listening on \S+\n)?$/ : /^$/);
        expect(ended.stderr).toMatch(sentence);
        expect(ended.stderr).not.toMatch(/not signed in|code_challenge/);
      }
      await expect(readFile(path)).resolves.toEqual(before);
    };
    await refuse(/passphrase.*(?:wrong|not the one|does not)/i, 'wrong');
    await refuse(/passphrase file ".*empty" is empty/, 'empty');
    await refuse(/passphrase file ".*absent" cannot be read \(ENOENT\)/, 'absent');
    await chmod(path, 0o644);
    await refuse(
      /credentials\.enc" can be used by other users of this machine \(mode 0644\): run `chmod 600 '.*credentials\.enc'`/,
      'right',
    );
    await chmod(path, 0o600);
    await writeFile(path, before.subarray(0, -1), { mode: 0o600 });
    const broken = await home.run(['key']);
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).not.toMatch(/wrong passphrase/i);
    await writeFile(path, before);
    await expect(home.done('key')).resolves.toBe(key);
  });
});
