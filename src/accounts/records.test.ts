import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { failureOf, recordAccount, START_MS, temporaryFolder } from '../../test/rig/accounts.ts';
import { addAccount, rememberKey, rememberStore, setEnabled } from './account-changes.ts';
import { addEndpoint } from './endpoint-changes.ts';
import { openRecords } from './records.ts';

const addedAt = new Date(START_MS).toISOString();

function brokenRecords(text: string) {
  const folder = temporaryFolder();
  const path = join(folder, 'accounts.json');
  writeFileSync(path, text);
  return { folder, path };
}

function accountJson(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const account = { id: 'a', provider: 'acme', label: 'work', addedAt, renewedAt: addedAt };
  return { ...account, enabled: true, priority: 0, weight: 1, ...fields };
}

describe('account records', () => {
  it('are empty where there is no file, and reading makes none', async () => {
    const records = openRecords(join(temporaryFolder(), 'new'));
    expect(await records.read()).toEqual({ accounts: [], endpoints: [], keysMade: [] });
    expect(existsSync(records.path)).toBe(false);
  });

  it('keep everything for the next process', async () => {
    const folder = temporaryFolder();
    const records = openRecords(folder);
    const account = await recordAccount(records, 'a', { label: 'work' });
    const endpoint = { id: 'lab', label: 'Lab', baseUrl: 'http://10.0.0.7:8000/v1', allowHttp: true };
    await records.change((content) => addEndpoint(content, endpoint));
    await records.change((content) => rememberKey(rememberStore(content, 'os'), 'local-key'));
    expect(await openRecords(folder).read()).toEqual({
      accounts: [account],
      endpoints: [endpoint],
      store: 'os',
      keysMade: ['local-key'],
    });
  });

  it.skipIf(process.platform === 'win32')('are for their owner alone', async () => {
    const folder = join(temporaryFolder(), 'deep', 'records');
    const records = openRecords(folder);
    await recordAccount(records, 'a');
    expect(statSync(records.path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('are not written where a change changes nothing', async () => {
    const records = openRecords(temporaryFolder());
    await recordAccount(records, 'a');
    const before = statSync(records.path, { bigint: true });
    await records.change((content) => content);
    expect(statSync(records.path, { bigint: true })).toMatchObject({
      ino: before.ino,
      mtimeNs: before.mtimeNs,
    });
  });

  it('stay as they were where a change throws, and the lock is free again', async () => {
    const records = openRecords(temporaryFolder());
    await recordAccount(records, 'a');
    await failureOf(records.change((content) => setEnabled(content, 'absent', false)));
    expect((await records.read()).accounts).toHaveLength(1);
    await recordAccount(records, 'b');
  });

  it('keep what a newer version has added', async () => {
    const { folder, path } = brokenRecords(
      JSON.stringify({ version: 1, accounts: [accountJson({ colour: 'red' })], later: [1] }),
    );
    await openRecords(folder).change((content) => setEnabled(content, 'a', false));
    const written: unknown = JSON.parse(readFileSync(path, 'utf8'));
    expect(written).toMatchObject({ accounts: [{ colour: 'red', enabled: false }], later: [1] });
  });
});

describe('broken account records', () => {
  it.each([
    { what: 'no JSON', text: '{"accounts": [', names: /JSON/ },
    { what: 'nothing at all', text: '', names: /JSON/ },
    { what: 'another type', text: '[]', names: /object/ },
    {
      what: 'a missing member',
      text: JSON.stringify({ accounts: [{ id: 'a' }] }),
      names: /accounts\/0.*label/,
    },
    {
      what: 'a wrong type',
      text: JSON.stringify({ accounts: [accountJson({ enabled: 'yes' })] }),
      names: /accounts\/0\/enabled/,
    },
    {
      what: 'an id that leads out of the folder',
      text: JSON.stringify({ accounts: [accountJson({ id: '../../x' })] }),
      names: /accounts\/0\/id/,
    },
    {
      what: 'a label twice',
      text: JSON.stringify({ accounts: [accountJson(), accountJson({ id: 'b', label: 'WORK' })] }),
      names: /two accounts have the label "WORK"/,
    },
    { what: 'a newer version', text: JSON.stringify({ version: 9 }), names: /newer Rota/ },
  ])(
    'with $what: a failure that names the file and the fault; the file is left alone',
    async ({ text, names }) => {
      const { folder, path } = brokenRecords(text);
      const records = openRecords(folder);
      for (const work of [records.read(), records.change((content) => ({ ...content, accounts: [] }))]) {
        const failure = await failureOf(work);
        expect(failure.kind).toBe('records');
        expect(failure.message).toContain(path);
        expect(failure.message).toMatch(names);
      }
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it('are read again once they are mended', async () => {
    const { folder, path } = brokenRecords('{');
    const records = openRecords(folder);
    await failureOf(records.read());
    writeFileSync(path, JSON.stringify({ accounts: [accountJson()] }));
    expect((await records.read()).accounts[0]?.label).toBe('work');
  });

  it('that are a folder are named too', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'accounts.json'));
    expect(await failureOf(openRecords(folder).read())).toMatchObject({ kind: 'records' });
  });
});

describe('many writers', () => {
  it('in one process lose nothing', async () => {
    const folder = temporaryFolder();
    const ids = Array.from({ length: 30 }, (_, index) => `account-${index}`);
    await Promise.all(ids.map((id) => recordAccount(openRecords(folder), id)));
    const { accounts } = await openRecords(folder).read();
    expect(accounts.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  const dist = fileURLToPath(new URL('../../dist/accounts/', import.meta.url));

  it.skipIf(!existsSync(join(dist, 'records.js')))('in four processes lose nothing', async () => {
    const folder = temporaryFolder();
    const script = `
      import { openRecords } from ${JSON.stringify(pathToFileURL(join(dist, 'records.js')).href)};
      import { addAccount } from ${JSON.stringify(pathToFileURL(join(dist, 'account-changes.js')).href)};
      const [folder, name] = process.argv.slice(1);
      const records = openRecords(folder);
      for (let number = 0; number < 10; number += 1) {
        const id = name + number;
        await records.change((content) =>
          addAccount(content, { id, provider: 'acme', label: id, addedAt: '${addedAt}' }));
      }`;
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(
      names.map((name) =>
        promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, folder, name]),
      ),
    );
    const { accounts } = await openRecords(folder).read();
    const expected = names.flatMap((name) => Array.from({ length: 10 }, (_, number) => `${name}${number}`));
    expect(accounts.map(({ id }) => id).sort()).toEqual(expected.sort());
  });

  it('give a label to one of two accounts that want it at the same time', async () => {
    const records = openRecords(temporaryFolder());
    const add = (id: string) =>
      records.change((content) => addAccount(content, { id, provider: 'acme', label: 'work', addedAt }));
    const results = await Promise.allSettled([add('a'), add('b')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await records.read()).accounts).toHaveLength(1);
  });
});
