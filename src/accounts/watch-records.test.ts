import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { manualTime, recordAccount, temporaryFolder } from '../../test/rig/accounts.ts';
import { setEnabled } from './account-changes.ts';
import { openRecords } from './records.ts';
import { watchRecords } from './watch-records.ts';

it('tells of each change once, within a second, until it is ended', async () => {
  const time = manualTime();
  const records = openRecords(temporaryFolder());
  let changes = 0;
  const stop = watchRecords(records.path, time, () => {
    changes += 1;
  });
  time.advance(5_000);
  expect(changes).toBe(0);

  await recordAccount(records, 'a');
  time.advance(999);
  expect(changes).toBe(0);
  time.advance(1);
  expect(changes).toBe(1);
  time.advance(10_000);
  expect(changes).toBe(1);

  await openRecords(records.folder).change((content) => setEnabled(content, 'a', false));
  time.advance(1_000);
  expect(changes).toBe(2);

  rmSync(records.path);
  time.advance(1_000);
  expect(changes).toBe(3);

  stop();
  expect(time.planned()).toEqual([]);
});

it('goes on where what it tells throws', async () => {
  const time = manualTime();
  const records = openRecords(temporaryFolder());
  watchRecords(records.path, time, () => {
    throw new Error('a fault of the listener');
  });
  await recordAccount(records, 'a');
  expect(() => time.advance(1_000)).toThrow('a fault of the listener');
  expect(time.planned()).toHaveLength(1);
});
