import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../secret.ts';
import { openStore, type OpenStoreOptions } from './choose.ts';
import { keychainFailure } from './keychain-problems.ts';
import type { CredentialStore } from './store.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rota-choose-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

type Probe = NonNullable<OpenStoreOptions['probe']>;

const works: Probe = () => Promise.resolve(undefined);
const locked: Probe = () => Promise.resolve(keychainFailure('locked', 'linux', ''));
const unasked: Probe = () => Promise.reject(new Error('the keychain was asked'));

function open(options: Partial<OpenStoreOptions>): Promise<CredentialStore> {
  return openStore({ home, env: {}, interactive: false, probe: works, ...options });
}

async function kindOf(options: Partial<OpenStoreOptions>): Promise<string> {
  return (await open(options)).kind;
}

async function write(name: string, text: string): Promise<string> {
  const path = join(home, name);
  await writeFile(path, text);
  return path;
}

const refused = (problem: string, words = ''): object => ({
  failure: { kind: 'store', problem, message: expect.stringContaining(words) },
});

describe('openStore, the first time', () => {
  it('takes the keychain of the operating system where it works, even beside a passphrase', async () => {
    expect(await kindOf({})).toBe('os');
    expect(await kindOf({ env: { ROTA_PASSPHRASE: 'p' } })).toBe('os');
    expect(await readdir(home)).toEqual([]);
  });

  it('takes a passphrase, where one is given and the keychain does not work', async () => {
    expect(await kindOf({ probe: locked, env: { ROTA_PASSPHRASE: 'p' } })).toBe('passphrase');
  });

  it('stops where there is neither, says in one line what failed and every way on', async () => {
    const line =
      /^There is no place to keep credentials\. The keychain is locked.*ROTA_KEYCHAIN=passphrase.*ROTA_KEYCHAIN=file.*\.$/;
    await expect(open({ probe: locked })).rejects.toMatchObject({
      failure: { kind: 'store', problem: 'none-chosen', message: expect.stringMatching(line) },
    });
    expect(await readdir(home)).toEqual([]);
  });

  it('never asks a person for a passphrase that they did not choose', async () => {
    const askPassphrase = (): Promise<Secret> => Promise.reject(new Error('asked'));
    await expect(open({ probe: locked, interactive: true, askPassphrase })).rejects.toMatchObject(
      refused('none-chosen'),
    );
  });

  it('does as ROTA_KEYCHAIN says, without a look at the keychain', async () => {
    expect(await kindOf({ env: { ROTA_KEYCHAIN: 'file' }, probe: unasked })).toBe('file');
    const env = { ROTA_KEYCHAIN: 'passphrase', ROTA_PASSPHRASE: 'p' };
    expect(await kindOf({ env, probe: unasked })).toBe('passphrase');
  });

  it('says what is wrong with the keychain where ROTA_KEYCHAIN demands it', async () => {
    const env = { ROTA_KEYCHAIN: 'os', ROTA_PASSPHRASE: 'p' };
    await expect(open({ env, probe: locked })).rejects.toMatchObject(refused('locked', 'is locked'));
  });

  it('names what ROTA_KEYCHAIN can be', async () => {
    await expect(open({ env: { ROTA_KEYCHAIN: 'Keyring' } })).rejects.toMatchObject({
      failure: { kind: 'settings', key: 'ROTA_KEYCHAIN', message: expect.stringContaining('"passphrase"') },
    });
    expect(await kindOf({ env: { ROTA_KEYCHAIN: '' } })).toBe('os');
  });

  it('says before anything is done where nothing could be stored', async () => {
    const plain = await write('plain', '');
    const options = { home: join(plain, 'home'), env: { ROTA_KEYCHAIN: 'file' } };
    await expect(open(options)).rejects.toMatchObject(refused('unwritable', plain));
  });
});

describe('openStore, with a store in use', () => {
  it('keeps to what is remembered, and says what is wrong with it', async () => {
    expect(await kindOf({ remembered: 'os' })).toBe('os');
    const options = { remembered: 'os', probe: locked, env: { ROTA_PASSPHRASE: 'p' } } as const;
    await expect(open(options)).rejects.toMatchObject(refused('locked'));
    await expect(open({ remembered: 'passphrase' })).rejects.toMatchObject(
      refused('no-passphrase', 'ROTA_PASSPHRASE_FILE'),
    );
  });

  it('refuses a ROTA_KEYCHAIN that contradicts it, and says how to move', async () => {
    await expect(open({ remembered: 'os', env: { ROTA_KEYCHAIN: 'file' } })).rejects.toMatchObject(
      refused('none-chosen', 'proxy logout'),
    );
    expect(await kindOf({ remembered: 'os', env: { ROTA_KEYCHAIN: 'os' } })).toBe('os');
  });

  it('keeps to an encrypted file that nobody remembers', async () => {
    const file = await open({ env: { ROTA_KEYCHAIN: 'file' } });
    await file.set('a', new Secret('1'));
    expect(await kindOf({ probe: unasked })).toBe('file');
    expect((await (await open({ probe: unasked })).get('a'))?.reveal()).toBe('1');
  });

  it('names a wrong passphrase at once', async () => {
    const env = (passphrase: string) => ({ ROTA_KEYCHAIN: 'passphrase', ROTA_PASSPHRASE: passphrase });
    await (await open({ env: env('right') })).set('a', new Secret('1'));
    await expect(open({ env: env('wrong') })).rejects.toMatchObject(refused('wrong-passphrase'));
    expect(await (await open({ env: env('right') })).list()).toEqual(['a']);
  });
});

describe('the passphrase', () => {
  const passphraseKind = { ROTA_KEYCHAIN: 'passphrase' };

  /** Whether a store made with `env` opens with this passphrase. */
  async function makesWith(env: NodeJS.ProcessEnv, passphrase: string): Promise<void> {
    await (await open({ env })).set('a', new Secret('1'));
    const store = await open({ env: { ...passphraseKind, ROTA_PASSPHRASE: passphrase } });
    expect(await store.list()).toEqual(['a']);
  }

  it('comes from the named file before all, without the end of the line', async () => {
    const path = await write('named', ' from file\r\n');
    const env = { ...passphraseKind, ROTA_PASSPHRASE_FILE: path, ROTA_PASSPHRASE: 'variable' };
    await makesWith(env, ' from file');
  });

  it('comes from the credential that systemd hands over, before the variable', async () => {
    await mkdir(join(home, 'credentials'));
    await write('credentials/rota-passphrase', 'from systemd\n');
    const env = {
      ...passphraseKind,
      CREDENTIALS_DIRECTORY: join(home, 'credentials'),
      ROTA_PASSPHRASE: 'v',
    };
    await makesWith(env, 'from systemd');
  });

  it('comes from the variable where systemd hands over other credentials only', async () => {
    await makesWith({ ...passphraseKind, CREDENTIALS_DIRECTORY: home, ROTA_PASSPHRASE: 'v' }, 'v');
  });

  it.each(['os', 'passphrase'])('is gone from the environment afterwards: %s', async (kind) => {
    const env: NodeJS.ProcessEnv = { ROTA_KEYCHAIN: kind, ROTA_PASSPHRASE: 'p' };
    await open({ env });
    expect(env).toEqual({ ROTA_KEYCHAIN: kind });
  });

  it('names a passphrase file that is missing or empty', async () => {
    const missing = { ...passphraseKind, ROTA_PASSPHRASE_FILE: join(home, 'missing') };
    await expect(open({ env: missing })).rejects.toMatchObject(
      refused('no-passphrase', missing.ROTA_PASSPHRASE_FILE),
    );
    const empty = { ...passphraseKind, ROTA_PASSPHRASE_FILE: await write('empty', '\n') };
    await expect(open({ env: empty })).rejects.toMatchObject(refused('no-passphrase', 'is empty'));
  });

  it('is asked for on a terminal, with whether it is a new one', async () => {
    const uses: string[] = [];
    const askPassphrase = async (use: string): Promise<Secret> => {
      uses.push(use);
      return new Secret('typed');
    };
    const options = { env: passphraseKind, interactive: true, askPassphrase };
    await (await open(options)).set('a', new Secret('1'));
    await open(options);
    expect(uses).toEqual(['create', 'open']);
    await expect(open({ ...options, interactive: false })).rejects.toMatchObject(refused('no-passphrase'));
    expect(uses).toHaveLength(2);
  });
});
