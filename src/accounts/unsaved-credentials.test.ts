import { describe, expect, it } from 'vitest';
import { failureOf, oauth, START_MS } from '../../test/rig/accounts.ts';
import { accessIn, HOUR_MS, refreshIn, tokenAnswer, world } from '../../test/rig/tokens.ts';
import type { TokenAnswer } from '../oauth/types.ts';

describe('a rotated refresh token', () => {
  it('is in the store before the new access token is used', async () => {
    const { tokens, store, time, stored } = await world();
    const usedMeanwhile: (string | undefined)[] = [];
    const set = store.set.bind(store);
    store.set = async (name, value) => {
      usedMeanwhile.push(tokens.peek('one')?.reveal());
      await set(name, value);
      usedMeanwhile.push(tokens.peek('one')?.reveal());
    };
    time.advance(0.8 * HOUR_MS);
    await tokens.loaded();
    expect(usedMeanwhile).toEqual(['first', 'first']);
    expect(tokens.peek('one')?.reveal()).toBe('token-1');
    expect(accessIn(stored())).toBe('token-1');
    expect(refreshIn(stored())).toBe('refresh-1');
  });

  it('is used from memory while the store refuses it, and stored when it no longer does', async () => {
    const { tokens, store, time, lines, stored } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
    });
    store.refuseWrites = 'locked';
    store.refuseReads = 'locked';
    expect((await tokens.secretFor('one')).reveal()).toBe('token-1');
    expect(tokens.status('one')).toMatchObject({ state: 'ready', unsaved: true });
    time.advance(5_000);
    await expect.poll(() => time.planned()[0]).toBe(15_000);
    store.refuseWrites = undefined;
    store.refuseReads = undefined;
    time.advance(10_000);
    await expect.poll(() => tokens.status('one')?.unsaved).toBe(false);
    expect(refreshIn(stored())).toBe('refresh-1');
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('that is in memory only is the one to spend, though the store has an older; it is said once', async () => {
    // Expired when it was made, so that both carry the same moment.
    const { tokens, store, spent, lines } = await world({ credential: oauth('old', { lifeMs: 0 }) });
    store.refuseWrites = 'locked';
    const used = await tokens.secretFor('one');
    await tokens.refreshNow('one', used);
    expect(spent).toEqual(['refresh-of-old', 'refresh-1']);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('is not offered any more once its account is gone', async () => {
    const { tokens, store, time } = await world({ credential: oauth('old', { lifeMs: 0 }) });
    store.refuseWrites = 'locked';
    await tokens.secretFor('one');
    tokens.reload([]);
    await expect.poll(() => time.planned()).toEqual([]);
  });

  it('that is on its way when Rota ends is waited for', async () => {
    let release: (answer: TokenAnswer) => void = () => undefined;
    const held = new Promise<TokenAnswer>((resolve) => {
      release = resolve;
    });
    const { tokens, stored } = await world({
      credential: oauth('old', { lifeMs: 0 }),
      refresh: () => held,
    });
    const waiting = tokens.secretFor('one');
    const closing = tokens.close();
    release(tokenAnswer('new', START_MS, 'rotated'));
    await closing;
    expect(refreshIn(stored())).toBe('rotated');
    expect((await waiting).reveal()).toBe('new');
  });

  it('with an access token that has no life is not refreshed in a loop', async () => {
    const { tokens, time, spent } = await world({
      credential: oauth('old', { lifeMs: 0 }),
      refresh: async () => ({ ...tokenAnswer('new', START_MS), expiresAt: START_MS }),
    });
    expect((await tokens.secretFor('one')).reveal()).toBe('new');
    expect(time.planned()).toEqual([5_000]);
    expect(spent).toHaveLength(1);
  });

  it('is offered once more at the end', async () => {
    const { tokens, store, stored } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
    });
    store.refuseWrites = 'locked';
    await tokens.secretFor('one');
    store.refuseWrites = undefined;
    await tokens.close();
    expect(refreshIn(stored())).toBe('refresh-1');
  });

  it('that is lost at the end is named in the log', async () => {
    const { tokens, store, lines } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
    });
    store.refuseWrites = 'locked';
    await tokens.secretFor('one');
    await tokens.close();
    expect(lines.at(-1)).toMatchObject({ level: 'error', fields: { accounts: 'one' } });
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'shutting-down' });
  });

  it('never takes the place of what a later sign-in stored', async () => {
    const { tokens, store, time, vault, stored } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
    });
    store.refuseWrites = 'locked';
    await tokens.secretFor('one');
    store.refuseWrites = undefined;
    await vault.save('one', oauth('signed-in', { issuedAt: START_MS + 1 }));
    time.advance(5_000);
    await expect.poll(() => tokens.status('one')?.unsaved).toBe(false);
    expect(accessIn(stored())).toBe('signed-in');
  });
});
