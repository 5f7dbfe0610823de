import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, oauth, START_MS, temporaryFolder } from '../../test/rig/accounts.ts';
import { accessIn, HOUR_MS, world } from '../../test/rig/tokens.ts';
import { Secret } from '../secret.ts';
import { readArchive, writeArchive } from './archive.ts';
import type { Archive } from './archive.ts';
import type { Credential } from './credential.ts';
import { openRecords } from './records.ts';
import { restoreArchive } from './restore-archive.ts';
import { encryptedFileStore } from './store/encrypted-file.ts';
import { passphraseKey } from './store/key-source.ts';

const right = new Secret('correct horse');

async function written(credential: Credential = oauth('carried'), force = false) {
  const machine = await world({ credential });
  const archive: Archive = { accounts: [{ account: machine.account, credential }], endpoints: [] };
  const path = join(temporaryFolder(), 'accounts.rota');
  await writeArchive(path, right, archive, force);
  return { path, machine, archive };
}

describe('an archive of accounts', () => {
  it('is for its owner alone, shows nothing, and is never replaced by mistake', async () => {
    const { path, archive } = await written();
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path).includes('carried')).toBe(false);
    const before = readFileSync(path);
    expect(await failureOf(writeArchive(path, right, archive, false))).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('--force'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    await writeArchive(path, right, archive, true);
    expect(readFileSync(path).equals(before)).toBe(false);
    expect(readdirSync(join(path, '..'))).toEqual(['accounts.rota']);
  });

  it('says what is wrong with the passphrase, the file, or its version', async () => {
    const { path } = await written();
    const told = async (passphrase = right) => failureOf(readArchive(path, passphrase));
    expect(await told(new Secret('other'))).toMatchObject({
      problem: 'wrong-passphrase',
      message: `The passphrase is not the one that "${path}" was written with.`,
    });
    const bytes = readFileSync(path);
    for (const length of [0, 20, 60, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(await told()).toMatchObject({
        problem: 'corrupt',
        message: expect.stringMatching(/cannot be restored: .+Copy it once more/),
      });
    }
    const later = join(temporaryFolder(), 'later');
    const store = encryptedFileStore(later, passphraseKey(right));
    await store.set('other-item', new Secret('x'));
    expect(await failureOf(readArchive(later, right))).toMatchObject({
      message: expect.stringContaining('is a credential store'),
    });
    await store.set('accounts-archive', new Secret(JSON.stringify({ version: 2 })));
    expect(await failureOf(readArchive(later, right))).toMatchObject({
      message: expect.stringMatching(/version 2.+reads version 1/),
    });
    expect(await failureOf(readArchive(join(later, 'absent'), right))).toMatchObject({ kind: 'not-found' });
  });
});

describe('restoring', () => {
  const clock = { now: () => START_MS + HOUR_MS };

  it('adds what is missing, with all that was settled about it, and is the same when done again', async () => {
    const { path, machine } = await written();
    const elsewhere = await world();
    const records = openRecords(temporaryFolder());
    const parts = { vault: elsewhere.vaultOf(records), records, clock };
    const archive = await readArchive(path, right);
    expect(await restoreArchive(parts, archive)).toEqual([{ label: 'one', provider: 'acme', what: 'added' }]);
    expect((await records.read()).accounts).toEqual([machine.account]);
    expect(accessIn(await parts.vault.credential('one'))).toBe('carried');
    expect(await restoreArchive(parts, archive)).toMatchObject([{ what: 'same' }]);
  });

  it('carries the key of a service account, which is the same on both machines', async () => {
    const credential: Credential = {
      kind: 'serviceAccount',
      clientEmail: 'rota@my-project.example',
      privateKey: new Secret('-----BEGIN PRIVATE KEY-----'),
      keyId: 'a1b2',
      tokenEndpoint: 'https://id.example/token',
    };
    const { path } = await written(credential);
    expect(readFileSync(path).includes('BEGIN PRIVATE KEY')).toBe(false);
    const elsewhere = await world();
    const records = openRecords(temporaryFolder());
    const parts = { vault: elsewhere.vaultOf(records), records, clock };
    expect(await restoreArchive(parts, await readArchive(path, right))).toMatchObject([{ what: 'added' }]);
    const restored = await parts.vault.credential('one');
    expect(restored).toEqual({ ...credential, privateKey: expect.any(Secret) });
    expect(
      restored.kind === 'serviceAccount' && restored.privateKey.equals('-----BEGIN PRIVATE KEY-----'),
    ).toBe(true);
    expect(await restoreArchive(parts, await readArchive(path, right))).toMatchObject([{ what: 'same' }]);
  });

  it.each([
    ['older', START_MS - HOUR_MS, 'renewed', 'carried'],
    ['newer', START_MS + HOUR_MS, 'newer-here', 'here'],
  ])('leaves alone what is newer: what is here is %s', async (_what, issuedAt, what, left) => {
    const { path } = await written();
    const here = await world({ credential: oauth('here', { issuedAt }) });
    const { vault, records, account } = here;
    expect(await restoreArchive({ vault, records, clock }, await readArchive(path, right))).toMatchObject([
      { what },
    ]);
    expect(accessIn(await vault.credential('one'))).toBe(left);
    // By that a running proxy knows to read it anew.
    const [after] = (await records.read()).accounts;
    expect(after?.renewedAt === account.renewedAt).toBe(what === 'newer-here');
  });
});
