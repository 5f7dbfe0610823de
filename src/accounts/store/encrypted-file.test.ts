import { chmod, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../secret.ts';
import { encryptedFileKind, encryptedFileStore } from './encrypted-file.ts';
import { keyFileKey, passphraseKey } from './key-source.ts';
import type { CredentialStore } from './store.ts';

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

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777;
}

describe.each([
  ['passphrase', () => withPassphrase('correct horse')],
  ['file', withKeyFile],
] as const)('an encrypted file of the kind %s', (kind, open) => {
  it('gives back to a later process what was stored, and nothing else', async () => {
    const values = { plain: 'token', long: 'x'.repeat(8_192), 'a:b': 'é😀\0\n"', __proto__: 'p', empty: '' };
    const store = open();
    expect(store.kind).toBe(kind);
    expect(await store.list()).toEqual([]);
    expect(await store.get('plain')).toBeUndefined();
    for (const [name, value] of Object.entries(values)) await store.set(name, new Secret(value));

    const later = open();
    for (const [name, value] of Object.entries(values)) expect(await revealed(later, name)).toBe(value);
    expect([...(await later.list())].sort()).toEqual(Object.keys(values).sort());
    expect(await later.get('other')).toBeUndefined();
    expect(await encryptedFileKind(path)).toBe(kind);
  });

  it('removes an item once', async () => {
    const store = open();
    expect(await store.delete('a')).toBe(false);
    await store.set('a', new Secret('1'));
    await store.set('b', new Secret('2'));
    expect(await store.delete('a')).toBe(true);
    expect(await store.delete('a')).toBe(false);
    expect(await open().list()).toEqual(['b']);
  });

  it('holds neither names nor values in the clear, and is another file after each write', async () => {
    const store = open();
    await store.set('account-name', new Secret('canary-value'));
    const before = await readFile(path);
    await store.set('account-name', new Secret('canary-value'));
    const after = await readFile(path);
    for (const bytes of [before, after]) {
      expect(bytes.includes('canary')).toBe(false);
      expect(bytes.includes('account-name')).toBe(false);
    }
    expect(after.equals(before)).toBe(false);
  });

  it.skipIf(process.platform === 'win32')(
    'may be used by its owner only, and says so where not',
    async () => {
      const store = open();
      await store.set('a', new Secret('1'));
      expect(await modeOf(path)).toBe(0o600);
      for (const mode of [0o640, 0o604, 0o620]) {
        await chmod(path, mode);
        await expect(open().get('a')).rejects.toMatchObject(
          refused('readable-by-others', `chmod 600 '${path}'`),
        );
        await expect(open().set('a', new Secret('2'))).rejects.toMatchObject(refused('readable-by-others'));
      }
      await chmod(path, 0o600);
      expect(await revealed(open(), 'a')).toBe('1');
    },
  );

  it('says so where a file of the other kind is in use, and leaves it alone', async () => {
    await open().set('a', new Secret('1'));
    const before = await readFile(path);
    const other = kind === 'file' ? withPassphrase('p') : withKeyFile();
    await expect(other.set('a', new Secret('2'))).rejects.toMatchObject(
      refused('wrong-passphrase', `ROTA_KEYCHAIN=${kind}`),
    );
    expect((await readFile(path)).equals(before)).toBe(true);
    if (kind === 'passphrase') await expect(stat(keyPath)).rejects.toThrow('ENOENT');
  });
});

describe('a damaged file', () => {
  it('is called damaged whichever byte was changed', async () => {
    await withKeyFile().set('a', new Secret('value'));
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      await writeFile(path, changed);
      await expect(withKeyFile().get('a'), `byte ${at}`).rejects.toMatchObject(refused('corrupt', path));
    }
  });

  it('is called damaged wherever it was cut off, empty included, and is never written over', async () => {
    await withKeyFile().set('a', new Secret('value'));
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length; length += 1) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(withKeyFile().get('a'), `${length} bytes`).rejects.toMatchObject(refused('corrupt', path));
    }
    await writeFile(path, '');
    await expect(withKeyFile().set('a', new Secret('new'))).rejects.toMatchObject(refused('corrupt'));
    await expect(withKeyFile().delete('a')).rejects.toMatchObject(refused('corrupt'));
    expect((await readFile(path)).length).toBe(0);
  });

  it('is told from a wrong passphrase in the salt, too', async () => {
    await withPassphrase('right').set('a', new Secret('value'));
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    await writeFile(path, bytes);
    await expect(withPassphrase('right').get('a')).rejects.toMatchObject(refused('corrupt'));
  });
});

describe('the passphrase', () => {
  it('is called wrong where it is, for reading and writing, and the file stays as it was', async () => {
    await withPassphrase('right').set('a', new Secret('value'));
    const before = await readFile(path);
    const wrong = withPassphrase('wrong');
    await expect(wrong.get('a')).rejects.toMatchObject(
      refused('wrong-passphrase', 'The passphrase is not', path),
    );
    await expect(wrong.set('a', new Secret('other'))).rejects.toMatchObject(refused('wrong-passphrase'));
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('is the same however its letters are composed', async () => {
    await withPassphrase('caf\u00e9').set('a', new Secret('value'));
    expect(await revealed(withPassphrase('cafe\u0301'), 'a')).toBe('value');
  });
});

describe('the key file', () => {
  it('is 32 bytes for its owner only, in a folder for its owner only, and is made once', async () => {
    await withKeyFile().set('a', new Secret('1'));
    const key = await readFile(keyPath);
    expect(key.length).toBe(32);
    if (process.platform !== 'win32') {
      expect(await modeOf(keyPath)).toBe(0o600);
      expect(await modeOf(join(folder, 'key'))).toBe(0o700);
    }
    await withKeyFile().set('b', new Secret('2'));
    expect((await readFile(keyPath)).equals(key)).toBe(true);
  });

  it('is never made anew while there is an encrypted file', async () => {
    await withKeyFile().set('a', new Secret('1'));
    await unlink(keyPath);
    await expect(withKeyFile().get('a')).rejects.toMatchObject(refused('no-passphrase', keyPath, path));
    await expect(withKeyFile().set('a', new Secret('2'))).rejects.toMatchObject(refused('no-passphrase'));
    await expect(stat(keyPath)).rejects.toThrow('ENOENT');
  });

  it('is refused where others may read it, where it is another one, and where it is damaged', async () => {
    await withKeyFile().set('a', new Secret('1'));
    if (process.platform !== 'win32') {
      await chmod(keyPath, 0o644);
      await expect(withKeyFile().get('a')).rejects.toMatchObject(refused('readable-by-others', keyPath));
      await chmod(keyPath, 0o600);
    }
    await writeFile(keyPath, Buffer.alloc(32, 1));
    await expect(withKeyFile().get('a')).rejects.toMatchObject(
      refused('wrong-passphrase', keyPath, 'does not belong'),
    );
    await writeFile(keyPath, 'short');
    await expect(withKeyFile().get('a')).rejects.toMatchObject(refused('corrupt', keyPath));
  });
});
