import { describe, expect, it } from 'vitest';
import { failureOf, oauth, START_MS } from '../../test/rig/accounts.ts';
import { HOUR_MS, refreshIn, tokenAnswer, world } from '../../test/rig/tokens.ts';
import { Secret } from '../secret.ts';
import type { TokenAnswer } from '../oauth/types.ts';

describe('a token that is fresh', () => {
  it('is given at once from memory, without a look at the store', async () => {
    const { tokens, store, spent } = await world();
    store.refuseReads = 'locked';
    expect(tokens.peek('one')?.reveal()).toBe('first');
    expect((await tokens.secretFor('one')).reveal()).toBe('first');
    expect(spent).toEqual([]);
  });

  it('is refreshed at 80 % of its life, while the old one serves', async () => {
    let release: (answer: TokenAnswer) => void = () => undefined;
    const held = new Promise<TokenAnswer>((resolve) => {
      release = resolve;
    });
    const { tokens, time, spent } = await world({ refresh: () => held });
    time.advance(0.8 * HOUR_MS - 1);
    expect(time.planned()).toEqual([0.8 * HOUR_MS]);
    time.advance(1);
    expect(tokens.peek('one')?.reveal()).toBe('first');
    release(tokenAnswer('second', time.clock.now()));
    await tokens.loaded();
    expect(spent).toEqual(['refresh-of-first']);
    expect(tokens.peek('one')?.reveal()).toBe('second');
    expect(time.planned()).toEqual([1.6 * HOUR_MS]);
  });

  it('is a key: nothing is planned, and it cannot be refreshed', async () => {
    const key = new Secret('sk-1');
    const { tokens, time } = await world({ credential: { kind: 'apiKey', key } });
    expect(tokens.peek('one')?.reveal()).toBe('sk-1');
    expect(time.planned()).toEqual([]);
    expect(await tokens.refreshNow('one', key)).toBe('cannot');
  });

  it('is empty for a server that asks for nothing', async () => {
    const { tokens } = await world({ credential: { kind: 'none' } });
    expect(tokens.peek('one')?.isEmpty).toBe(true);
  });
});

describe('a token that has expired', () => {
  it('is refreshed once for fifty callers', async () => {
    // Nothing has run ahead of expiry: the timers of a machine that slept run late.
    const { tokens, spent } = await world({ credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }) });
    const secrets = await Promise.all(Array.from({ length: 50 }, () => tokens.secretFor('one')));
    expect(new Set(secrets.map((secret) => secret.reveal()))).toEqual(new Set(['token-1']));
    expect(spent).toEqual(['refresh-of-old']);
  });

  it('is not given by peek', async () => {
    const { tokens } = await world({ credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }) });
    expect(tokens.peek('one')).toBeUndefined();
    expect(tokens.status('one')?.state).toBe('expired');
  });

  it('keeps the refresh token where the answer brings no other', async () => {
    const { tokens, stored } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS, refreshToken: 'kept' }),
      refresh: async () => tokenAnswer('new', START_MS),
    });
    await tokens.secretFor('one');
    expect(refreshIn(stored())).toBe('kept');
  });

  it('is replaced by what another process has stored, and nothing is spent', async () => {
    const { tokens, vault, spent } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
    });
    await vault.save('one', oauth('theirs'));
    expect((await tokens.secretFor('one')).reveal()).toBe('theirs');
    expect(spent).toEqual([]);
  });

  it('spends the refresh token of the store where that is newer but expired too', async () => {
    const { tokens, vault, spent } = await world({
      credential: oauth('old', { issuedAt: START_MS - 3 * HOUR_MS }),
    });
    await vault.save('one', oauth('theirs', { issuedAt: START_MS - 2 * HOUR_MS }));
    await tokens.secretFor('one');
    expect(spent).toEqual(['refresh-of-theirs']);
  });

  it('is refreshed by one of two daemons; the other adopts', async () => {
    const first = await world({ credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }) });
    const second = first.start();
    second.reload([first.account]);
    const secrets = await Promise.all([first.tokens.secretFor('one'), second.secretFor('one')]);
    expect(secrets.map((secret) => secret.reveal())).toEqual(['token-1', 'token-1']);
    expect(first.spent).toEqual(['refresh-of-old']);
  });

  it('needs a sign-in where the provider gave no refresh token', async () => {
    const { tokens, records } = await world({
      credential: { kind: 'oauth', accessToken: new Secret('only'), expiresAt: START_MS - 1 },
    });
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'needs-login' });
    expect((await records.read()).accounts[0]?.needsLogin).toBeDefined();
  });
});

describe('a 401', () => {
  it('from fifty requests causes one refresh', async () => {
    const { tokens, spent } = await world();
    const used = await tokens.secretFor('one');
    const answers = await Promise.all(Array.from({ length: 50 }, () => tokens.refreshNow('one', used)));
    expect(new Set(answers.map((answer) => (answer === 'cannot' ? answer : answer.reveal())))).toEqual(
      new Set(['token-1']),
    );
    expect(spent).toHaveLength(1);
  });

  it('that comes late, with the token before, causes none', async () => {
    const { tokens, spent } = await world();
    const used = await tokens.secretFor('one');
    await tokens.refreshNow('one', used);
    const answer = await tokens.refreshNow('one', used);
    expect(answer === 'cannot' ? answer : answer.reveal()).toBe('token-1');
    expect(spent).toHaveLength(1);
  });

  it('does not adopt from the store the very token that was refused', async () => {
    const { tokens, vault, spent } = await world();
    await vault.save('one', oauth('revoked', { issuedAt: START_MS + 1 }));
    await tokens.refreshNow('one', new Secret('first'));
    expect(spent).toEqual([]);
    await tokens.refreshNow('one', new Secret('revoked'));
    expect(spent).toEqual(['refresh-of-revoked']);
  });

  it('does not adopt it either where memory has only an older one', async () => {
    const { tokens, vault, spent } = await world({
      credential: oauth('old', { issuedAt: START_MS - 2 * HOUR_MS }),
    });
    await vault.save('one', oauth('revoked'));
    await tokens.refreshNow('one', new Secret('revoked'));
    expect(spent).toEqual(['refresh-of-revoked']);
  });
});
