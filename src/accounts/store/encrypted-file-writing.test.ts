import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../secret.ts';
import { encryptedFileStore } from './encrypted-file.ts';
import { keyFileKey, passphraseKey } from './key-source.ts';
import type { CredentialStore } from './store.ts';

const run = promisify(execFile);
const DIST = new URL('../../../dist/', import.meta.url).href;

let folder = '';
let path = '';
let keyPath = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rota-store-'));
  path = join(folder, 'credentials.enc');
  keyPath = join(folder, 'key', 'credentials.key');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const withPassphrase = (passphrase: string): CredentialStore =>
  encryptedFileStore(path, passphraseKey(new Secret(passphrase)));
const withKeyFile = (): CredentialStore => encryptedFileStore(path, keyFileKey(keyPath));

async function revealed(store: CredentialStore, name: string): Promise<string | undefined> {
  return (await store.get(name))?.reveal();
}

function refused(problem: string, ...words: readonly string[]): object {
  const message: unknown = expect.stringMatching(new RegExp(words.map(escape).join('.*')));
  return { failure: { kind: 'store', problem, message } };
}

/** For use in a regular expression (`RegExp.escape` is newer than Node 20). */
function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe('a place that cannot be written', () => {
  const SET_IN_CHILD = `
    const { encryptedFileStore } = await import('${DIST}accounts/store/encrypted-file.js');
    const { keyFileKey } = await import('${DIST}accounts/store/key-source.js');
    const { Secret } = await import('${DIST}secret.js');
    const [path, keyPath] = process.argv.slice(1);
    const store = encryptedFileStore(path, keyFileKey(keyPath));
    const trySet = () => store.set('a', new Secret('new')).then(() => 'stored', (error) => error.failure);`;

  it('is named, where its folder is no folder', async () => {
    await writeFile(join(folder, 'plain'), '');
    const below = join(folder, 'plain', 'credentials.enc');
    const store = encryptedFileStore(below, keyFileKey(keyPath));
    await expect(store.set('a', new Secret('1'))).rejects.toMatchObject(refused('unwritable', below));
  });

  it('is named, where a folder has the name of the file', async () => {
    await mkdir(path);
    await expect(withKeyFile().set('a', new Secret('1'))).rejects.toMatchObject(refused('unwritable', path));
  });

  it.skipIf(process.platform === 'win32')('is named on a full disk, and the old file is intact', async () => {
    await withKeyFile().set('a', new Secret('old'));
    const before = await readFile(path);
    const program = `${SET_IN_CHILD}
      process.on('SIGXFSZ', () => {});
      console.log(JSON.stringify(await trySet()));`;
    // A limit of no bytes for every file stands in for a disk without room; what is printed goes to a pipe.
    const args = [
      '-c',
      'ulimit -f 0; exec "$0" --input-type=module -e "$@"',
      process.execPath,
      program,
      path,
      keyPath,
    ];
    const { stdout } = await run('bash', args);
    expect({ failure: JSON.parse(stdout) }).toMatchObject(refused('unwritable', path, 'EFBIG'));
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['credentials.enc', 'key']);
  });

  it.skipIf(process.platform === 'win32')('is named on a read-only disk, which can be read', async () => {
    await chmod(folder, 0o755);
    const place = join(folder, 'place');
    const file = join(place, 'credentials.enc');
    await mkdir(place);
    // Modes do not bind root, so it becomes nobody once everything is loaded.
    const program = `
      import { chmod, chown } from 'node:fs/promises';
      ${SET_IN_CHILD}
      if (process.getuid() === 0) {
        await chown(${JSON.stringify(place)}, 65534, 65534);
        const warm = encryptedFileStore(path + '.warm', keyFileKey(path + '.warm-key'));
        await warm.set('a', new Secret('loads all that is needed'));
        process.setgid(65534);
        process.setuid(65534);
      }
      await store.set('a', new Secret('old'));
      await chmod(${JSON.stringify(place)}, 0o500);
      const failure = await trySet();
      console.log(JSON.stringify({ failure, kept: (await store.get('a')).reveal() }));`;
    const args = ['--input-type=module', '-e', program, file, join(place, 'key')];
    const { stdout } = await run(process.execPath, args);
    expect(JSON.parse(stdout)).toMatchObject({ ...refused('unwritable', file), kept: 'old' });
  });
});

describe('several processes', () => {
  it.each([
    ['passphrase', `passphraseKey(new Secret('shared'))`],
    ['file', 'keyFileKey(keyPath)'],
  ])('lose nothing when they make the file and write at the same time: %s', async (_kind, source) => {
    const program = `
      const { encryptedFileStore } = await import('${DIST}accounts/store/encrypted-file.js');
      const { keyFileKey, passphraseKey } = await import('${DIST}accounts/store/key-source.js');
      const { Secret } = await import('${DIST}secret.js');
      const [path, keyPath, who] = process.argv.slice(1);
      const store = encryptedFileStore(path, ${source});
      for (let n = 0; n < 10; n += 1) await store.set(who + n, new Secret(who.repeat(n + 1)));`;
    const writer = (who: string): Promise<unknown> =>
      run(process.execPath, ['--input-type=module', '-e', program, path, keyPath, who]);
    await Promise.all(['a', 'b', 'c', 'd'].map(writer));

    const store = source.startsWith('key') ? withKeyFile() : withPassphrase('shared');
    expect(await store.list()).toHaveLength(40);
    for (const who of ['a', 'b', 'c', 'd'])
      for (let n = 0; n < 10; n += 1) expect(await revealed(store, `${who}${n}`)).toBe(who.repeat(n + 1));
  });

  it('remove what one that was killed has left, but nothing that may be in use', async () => {
    await writeFile(`${path}.0123.tmp`, 'left');
    await writeFile(`${path}.4567.tmp`, 'being written');
    const then = new Date(Date.now() - 120_000);
    await utimes(`${path}.0123.tmp`, then, then);
    await withPassphrase('p').set('a', new Secret('1'));
    expect((await readdir(folder)).sort()).toEqual(['credentials.enc', 'credentials.enc.4567.tmp']);
  });
});
