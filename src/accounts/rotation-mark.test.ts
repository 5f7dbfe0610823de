import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, oauth, START_MS, temporaryFolder } from '../../test/rig/accounts.ts';
import { HOUR_MS, refreshIn, refuseWith, world } from '../../test/rig/tokens.ts';
import { openRotationMarks } from './rotation-mark.ts';

function marks({ records }: { readonly records: { readonly folder: string } }): readonly string[] {
  return readdirSync(records.folder).filter((name) => name.endsWith('.rotating'));
}

const expired = oauth('old', { issuedAt: START_MS - 2 * HOUR_MS });

describe('a refresh whose result the store refuses', () => {
  it('keeps another process from spending the old token, until it is stored', async () => {
    const one = await world({ credential: expired });
    const other = one.start();
    other.reload([one.account]);
    await other.loaded();
    one.store.refuseWrites = 'locked';
    expect((await one.tokens.secretFor('one')).reveal()).toBe('token-1');
    expect(await failureOf(other.secretFor('one'))).toMatchObject({
      kind: 'refresh',
      final: false,
      message: expect.stringMatching(/another process of Rota has renewed it/),
    });
    expect(one.spent).toEqual(['refresh-of-old']);
    one.store.refuseWrites = undefined;
    one.time.advance(5_000);
    await expect.poll(() => refreshIn(one.stored())).toBe('refresh-1');
    await expect.poll(() => marks(one)).toEqual([]);
    // The other looked again by itself when the five seconds were over, and may have been put off once more.
    one.time.advance(60_000);
    expect((await other.secretFor('one')).reveal()).toBe('token-1');
    expect(one.spent).toEqual(['refresh-of-old']);
  });

  it('leaves no mark once it is stored, and none where the server could not be asked', async () => {
    const well = await world({ credential: expired });
    await well.tokens.secretFor('one');
    expect(marks(well)).toEqual([]);
    const unwell = await world({ credential: expired, refresh: refuseWith(false) });
    await failureOf(unwell.tokens.secretFor('one'));
    expect(marks(unwell)).toEqual([]);
  });
});

describe('a refusal for good', () => {
  it('is known to a process that waited for the same refresh, which asks nobody again', async () => {
    const one = await world({ credential: expired, refresh: refuseWith(true) });
    const other = one.start();
    other.reload([one.account]);
    const failures = await Promise.all([
      failureOf(one.tokens.secretFor('one')),
      failureOf(other.secretFor('one')),
    ]);
    for (const failure of failures) expect(failure).toMatchObject({ kind: 'needs-login' });
    expect(one.spent).toHaveLength(1);
  });
});

describe('a clock that was put back by ten minutes', () => {
  it('does not make the older of two refresh tokens the newer', async () => {
    const first = await world({
      credential: { ...oauth('old', { issuedAt: START_MS + 600_000 }), expiresAt: START_MS - 1 },
    });
    const other = first.start();
    other.reload([first.account]);
    await other.loaded();
    expect((await first.tokens.secretFor('one')).reveal()).toBe('token-1');
    // The other still has the spent one in memory.
    expect((await other.secretFor('one')).reveal()).toBe('token-1');
    expect(first.spent).toEqual(['refresh-of-old']);
  });
});

describe('a mark', () => {
  const path = (folder: string) => join(folder, 'account-1.rotating');

  it('is another’s while its process lives, and only for its owner to read', async () => {
    const folder = temporaryFolder();
    const [own, other] = [openRotationMarks(folder), openRotationMarks(folder)];
    expect(await other.isOthers('account-1')).toBe(false);
    await own.set('account-1');
    expect(await own.isOthers('account-1')).toBe(false);
    expect(await other.isOthers('account-1')).toBe(true);
    if (process.platform !== 'win32') expect(statSync(path(folder)).mode & 0o777).toBe(0o600);
    await own.clear('account-1');
    expect(await other.isOthers('account-1')).toBe(false);
  });

  it('of a process that ended, or that nobody renewed for ten minutes, counts no more', async () => {
    const folder = temporaryFolder();
    const marks = openRotationMarks(folder);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(path(folder), JSON.stringify({ pid, host: hostname(), id: 'x' }));
    expect(await marks.isOthers('account-1')).toBe(false);
    writeFileSync(path(folder), JSON.stringify({ pid, host: 'another machine', id: 'x' }));
    expect(await marks.isOthers('account-1')).toBe(true);
    const old = Date.now() / 1000 - 601;
    utimesSync(path(folder), old, old);
    expect(await marks.isOthers('account-1')).toBe(false);
  });

  it('that is torn, or cannot be written, is none', async () => {
    const folder = temporaryFolder();
    writeFileSync(path(folder), '{"pid":');
    expect(await openRotationMarks(folder).isOthers('account-1')).toBe(false);
    await expect(openRotationMarks(join(folder, 'absent')).set('account-1')).resolves.toBeUndefined();
  });
});
