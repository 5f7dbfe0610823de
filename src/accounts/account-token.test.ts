import { describe, expect, it } from 'vitest';
import { failureOf, oauth, recordAccount, START_MS } from '../../test/rig/accounts.ts';
import { HOUR_MS, refuseWith, world } from '../../test/rig/tokens.ts';
import { removeAccount, renewAccount } from './account-changes.ts';
import { encodeCredential } from './credential-codec.ts';

describe('accounts that change while the daemon runs', () => {
  it('are taken up when added, and refreshed like the others', async () => {
    const { tokens, time, vault, records, spent } = await world();
    const two = await recordAccount(records, 'two');
    await vault.save('two', oauth('second'));
    tokens.reload([...(await records.read()).accounts]);
    await tokens.loaded();
    expect(tokens.peek(two.id)?.reveal()).toBe('second');
    time.advance(0.8 * HOUR_MS);
    await tokens.loaded();
    expect([...spent].sort()).toEqual(['refresh-of-first', 'refresh-of-second']);
  });

  it('are read again when renewed, and a need for sign-in ends', async () => {
    const { tokens, vault, records } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
      refresh: refuseWith(true),
    });
    await failureOf(tokens.secretFor('one'));
    await vault.save('one', oauth('renewed'));
    const renewedAt = '2026-02-01T00:00:00.000Z';
    const { accounts } = await records.change((content) => renewAccount(content, 'one', { renewedAt }));
    tokens.reload(accounts);
    expect((await tokens.secretFor('one')).reveal()).toBe('renewed');
  });

  it('are gone when removed, with nothing planned for them', async () => {
    const { tokens, time } = await world();
    tokens.reload([]);
    expect(tokens.peek('one')).toBeUndefined();
    expect(time.planned()).toEqual([]);
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'not-found' });
  });

  it('that another process has removed are neither refreshed nor stored again', async () => {
    const { tokens, store, records, spent } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
    });
    store.items.delete('account:one');
    await records.change((content) => removeAccount(content, 'one'));
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'not-found' });
    expect(spent).toEqual([]);
    expect(store.written).toEqual([]);
  });

  it('are not refreshed ahead while disabled', async () => {
    const { tokens, time, account } = await world();
    tokens.reload([{ ...account, enabled: false }]);
    expect(time.planned()).toEqual([]);
    tokens.reload([account]);
    expect(time.planned()).toEqual([0.8 * HOUR_MS]);
  });

  it('whose item cannot be read are tried again, and never called "not signed in"', async () => {
    const { records, store, start, time } = await world();
    store.refuseReads = 'locked';
    const tokens = start();
    tokens.reload((await records.read()).accounts);
    await tokens.loaded();
    expect(tokens.status('one')).toMatchObject({ state: 'unreadable', retryAt: START_MS + 5_000 });
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'store', problem: 'locked' });
    store.refuseReads = undefined;
    store.items.set('account:one', encodeCredential(oauth('unlocked')));
    time.advance(20_000);
    await tokens.loaded();
    expect(tokens.peek('one')?.reveal()).toBe('unlocked');
  });
});
