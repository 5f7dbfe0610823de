import { describe, expect, it } from 'vitest';
import { failureOf, memoryStore, oauth, recordAccount, temporaryFolder } from '../../test/rig/accounts.ts';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import type { Credential } from './credential.ts';
import { openRecords } from './records.ts';
import type { Revoke } from './sign-out.ts';
import { signOut } from './sign-out.ts';
import { openVault } from './vault.ts';

async function world(credential: Credential = oauth('token')) {
  const store = memoryStore();
  const records = openRecords(temporaryFolder());
  const vault = openVault(records, store);
  const account = await recordAccount(records, 'a', { label: 'work' });
  await recordAccount(records, 'b');
  await vault.save('a', credential);
  const leave = (revoke: Revoke) => signOut({ vault, records, revoke }, account);
  const remaining = async () => ({
    items: [...store.items.keys()],
    accounts: (await records.read()).accounts.map(({ id }) => id),
  });
  return { store, leave, remaining };
}

const gone = { items: [], accounts: ['b'] };

describe('signing out', () => {
  it('revokes at the provider first, then forgets', async () => {
    const { leave, remaining, store } = await world();
    const revoked: unknown[] = [];
    const answer = await leave(async (account, credential) => {
      revoked.push(account.label, credential.refreshToken?.reveal(), store.items.size);
      return 'revoked';
    });
    expect(answer).toEqual({ revocation: 'revoked' });
    expect(revoked).toEqual(['work', 'refresh-of-token', 1]);
    expect(await remaining()).toEqual(gone);
  });

  it('has nothing to revoke for a key', async () => {
    const { leave, remaining } = await world({ kind: 'apiKey', key: new Secret('sk-1') });
    const answer = await leave(async () => {
      throw new Error('called');
    });
    expect(answer).toEqual({ revocation: 'not-offered' });
    expect(await remaining()).toEqual(gone);
  });

  it.each([
    new RotaError({ kind: 'sign-in', reason: 'unreachable', message: 'Acme cannot be reached.' }),
    new Error('something with a secret in it'),
  ])('goes on where revoking fails, and says so: %s', async (error) => {
    const { leave, remaining } = await world();
    const answer = await leave(async () => {
      throw error;
    });
    expect(answer.revocation).toBe('failed');
    expect(answer.problem).toMatch(/^(Acme cannot be reached|The provider could not be told)/);
    expect(await remaining()).toEqual(gone);
  });

  it('goes on where the item is missing', async () => {
    const { leave, remaining, store } = await world();
    store.items.clear();
    const answer = await leave(async () => 'revoked');
    expect(answer.revocation).toBe('failed');
    expect(answer.problem).toContain('item missing');
    expect(await remaining()).toEqual(gone);
  });

  it('keeps the record where the item cannot be deleted, and can be done again', async () => {
    const { leave, remaining, store } = await world();
    store.refuseWrites = 'locked';
    expect(await failureOf(leave(async () => 'revoked'))).toMatchObject({ kind: 'store', problem: 'locked' });
    expect((await remaining()).accounts).toEqual(['a', 'b']);
    store.refuseWrites = undefined;
    await leave(async () => 'revoked');
    expect(await remaining()).toEqual(gone);
  });
});
