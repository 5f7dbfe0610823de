import { describe, expect, it } from 'vitest';
import { failureOf, memoryStore, recordAccount, temporaryFolder } from '../../test/rig/accounts.ts';
import { Secret } from '../secret.ts';
import { openRecords } from './records.ts';
import { openVault } from './vault.ts';

function vaultOf() {
  const store = memoryStore();
  const records = openRecords(temporaryFolder());
  return { store, records, vault: openVault(records, store) };
}

describe('the credential of an account', () => {
  it('is one item, named after the account', async () => {
    const { vault, store, records } = vaultOf();
    await recordAccount(records, 'a1', { label: 'work' });
    await vault.save('a1', { kind: 'apiKey', key: new Secret('sk-1') });
    expect([...store.items.keys()]).toEqual(['account:a1']);
    const credential = await vault.credential('a1');
    expect(credential.kind === 'apiKey' && credential.key.reveal()).toBe('sk-1');
    expect(await vault.remove('a1')).toBe(true);
    expect(await vault.remove('a1')).toBe(false);
  });

  it('that the store does not give is locked or missing, never "not signed in"', async () => {
    const { vault, records } = vaultOf();
    await recordAccount(records, 'a1', { label: 'work' });
    const failure = await failureOf(vault.credential('a1'));
    expect(failure).toMatchObject({ kind: 'store', problem: 'item-missing' });
    expect(failure.message).toMatch(/"work".*keychain locked or item missing/);
    expect(failure.message).not.toMatch(/not signed in/i);
  });

  it('of an account that is not recorded is not found, whatever the store has', async () => {
    const { vault } = vaultOf();
    await vault.save('gone', { kind: 'none' });
    expect(await failureOf(vault.credential('gone'))).toMatchObject({ kind: 'not-found' });
  });

  it('is changed by one at a time', async () => {
    const { vault } = vaultOf();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise(setImmediate);
      seen.push(`${name} ends`);
    };
    await Promise.all([vault.locked('a1', work('x')), vault.locked('a1', work('y'))]);
    expect(seen.map((line) => line.slice(2))).toEqual(['begins', 'ends', 'begins', 'ends']);
  });
});

describe("Rota's own keys", () => {
  it('are made once, for twenty that ask at the same time', async () => {
    const { vault, store } = vaultOf();
    const keys = await Promise.all(Array.from({ length: 20 }, () => vault.localKey()));
    expect(new Set(keys.map((key) => key.reveal())).size).toBe(1);
    expect(keys[0]?.reveal()).toMatch(/^rota_[A-Za-z0-9_-]{43}$/);
    expect(store.written).toEqual(['local-key']);
  });

  it('are two different ones', async () => {
    const { vault } = vaultOf();
    expect((await vault.adminKey()).equals((await vault.localKey()).reveal())).toBe(false);
  });

  it('are not made anew where the store has stopped giving them', async () => {
    const { vault, store } = vaultOf();
    await vault.localKey();
    store.items.clear();
    const failure = await failureOf(vault.localKey());
    expect(failure).toMatchObject({ kind: 'store', problem: 'item-missing' });
    expect(store.items.size).toBe(0);
  });

  it('that a crash has left unrecorded are found, and recorded then', async () => {
    const { vault, store, records } = vaultOf();
    store.items.set('local-key', new Secret('rota_from-before'));
    expect((await vault.localKey()).reveal()).toBe('rota_from-before');
    expect((await records.read()).keysMade).toEqual(['local-key']);
  });

  it('are replaced when asked, also where the store has lost them', async () => {
    const { vault, store } = vaultOf();
    const first = await vault.localKey();
    store.items.clear();
    const second = await vault.newLocalKey();
    expect(second.equals(first.reveal())).toBe(false);
    expect((await vault.localKey()).equals(second.reveal())).toBe(true);
  });
});
