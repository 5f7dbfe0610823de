import { describe, expect, it } from 'vitest';
import { failureOf, oauth, START_MS } from '../../test/rig/accounts.ts';
import { HOUR_MS, refreshIn, refuseWith, tokenAnswer, world } from '../../test/rig/tokens.ts';
import { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';

describe('a refused refresh', () => {
  const expired = oauth('old', { issuedAt: START_MS - 2 * HOUR_MS });

  it('that is final is said once, recorded, and never tried again', async () => {
    const { tokens, records, time, spent, lines } = await world({
      credential: expired,
      refresh: refuseWith(true),
    });
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(tokens.secretFor('one'))));
    for (const failure of failures) expect(failure).toMatchObject({ kind: 'needs-login' });
    time.advance(24 * HOUR_MS);
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'needs-login' });
    expect(await failureOf(tokens.refreshNow('one', new Secret('old')))).toMatchObject({
      kind: 'needs-login',
    });
    expect(spent).toHaveLength(1);
    expect(lines.filter(({ level }) => level !== 'debug')).toHaveLength(1);
    expect((await records.read()).accounts[0]?.needsLogin).toEqual({
      since: new Date(START_MS).toISOString(),
      reason: 'Acme says: invalid_grant.',
    });
  });

  it('that is final is known after a restart without another try', async () => {
    const { tokens, records, spent, start } = await world({ credential: expired, refresh: refuseWith(true) });
    await failureOf(tokens.secretFor('one'));
    const restarted = start();
    restarted.reload((await records.read()).accounts);
    expect(await failureOf(restarted.secretFor('one'))).toMatchObject({ kind: 'needs-login' });
    expect(restarted.status('one')?.state).toBe('needs-login');
    expect(spent).toHaveLength(1);
  });

  it('that may pass backs off: 5 s, doubled, with no call in between', async () => {
    const { tokens, time, spent, records } = await world({ credential: expired, refresh: refuseWith(false) });
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'refresh', final: false });
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'refresh', final: false });
    expect(spent).toHaveLength(1);
    expect(time.planned()).toEqual([5_000]);
    time.advance(5_000);
    await tokens.loaded();
    expect(spent).toHaveLength(2);
    expect(time.planned()).toEqual([15_000]);
    expect((await records.read()).accounts[0]?.needsLogin).toBeUndefined();
  });

  it('that names a time is not tried again before it', async () => {
    const until = START_MS + 120_000;
    const { tokens, time, spent } = await world({
      credential: expired,
      refresh: async () => {
        const message = 'Acme says 429.';
        throw new RotaError({ kind: 'refresh', final: false, message, retryAt: until });
      },
    });
    await failureOf(tokens.secretFor('one'));
    expect(time.planned()).toEqual([120_000]);
    expect(tokens.status('one')).toMatchObject({ retryAt: until });
    time.advance(119_999);
    await failureOf(tokens.secretFor('one'));
    expect(spent).toHaveLength(1);
    time.advance(1);
    await tokens.loaded();
    expect(spent).toHaveLength(2);
  });

  it('leaves a token that still lives in use', async () => {
    const { tokens, time } = await world({ refresh: refuseWith(false) });
    time.advance(0.85 * HOUR_MS);
    await tokens.loaded();
    expect((await tokens.secretFor('one')).reveal()).toBe('first');
  });

  it('is not believed to be final while the store cannot be read', async () => {
    const { tokens, store, records } = await world({ credential: expired, refresh: refuseWith(true) });
    store.refuseReads = 'locked';
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'refresh', final: false });
    expect((await records.read()).accounts[0]?.needsLogin).toBeUndefined();
  });

  it('is a time-out after 30 s, and 5 s later even where the call ignores its signal', async () => {
    let aborted: AbortSignal | undefined;
    let called: () => void = () => undefined;
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    const { tokens, time } = await world({
      credential: expired,
      refresh: (_login, _token, { signal }) => {
        aborted = signal;
        called();
        return new Promise(() => undefined);
      },
    });
    const failure = failureOf(tokens.secretFor('one'));
    await calling;
    time.advance(29_999);
    expect(aborted?.aborted).toBe(false);
    time.advance(1);
    expect(aborted?.aborted).toBe(true);
    time.advance(5_000);
    expect(await failure).toMatchObject({ kind: 'refresh', final: false });
  });

  it('is none where the answer was there at the time-out, and only had to be read', async () => {
    let called: () => void = () => undefined;
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    const { tokens, time, stored } = await world({
      credential: expired,
      refresh: (_login, _token, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve(tokenAnswer('new', START_MS, 'rotated')));
          called();
        }),
    });
    const secret = tokens.secretFor('one');
    await calling;
    time.advance(30_000);
    expect((await secret).reveal()).toBe('new');
    expect(refreshIn(stored())).toBe('rotated');
  });

  it('may bring a refresh token alone: it is kept, nothing empty is sent, and it is spent next', async () => {
    let calls = 0;
    const { tokens, time, spent, stored } = await world({
      credential: expired,
      refresh: async () => {
        calls += 1;
        const accessToken = calls === 1 ? '' : 'new';
        return { ...tokenAnswer(accessToken, time.clock.now(), `rotated-${calls}`) };
      },
    });
    expect(await failureOf(tokens.secretFor('one'))).toMatchObject({ kind: 'refresh', final: false });
    expect(tokens.peek('one')).toBeUndefined();
    expect(refreshIn(stored())).toBe('rotated-1');
    expect(time.planned()).toEqual([5_000]);
    time.advance(5_000);
    await tokens.loaded();
    expect(spent).toEqual(['refresh-of-old', 'rotated-1']);
    expect(tokens.peek('one')?.reveal()).toBe('new');
  });
});
