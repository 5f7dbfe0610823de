import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RotaError } from '../failure.ts';
import { loadSettings } from './load.ts';
import type { Settings } from './settings.ts';
import { watchSettings } from './watch.ts';

const names = { builtInProviders: [], protocols: ['proto-a'] };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rota-watch-'));
  file = join(folder, 'config.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A watch whose looks are made by hand; `told` collects what it says, in order. */
async function watching(accept: (settings: Settings) => void = () => {}) {
  const current = await loadSettings({ settings: file }, names);
  const told: string[] = [];
  let looker: (() => Promise<void>) | undefined;
  const stop = watchSettings({ settings: file }, names, {
    current,
    onChange: (settings) => {
      accept(settings);
      told.push(`retry ${settings.requestRetry}`);
    },
    onProblem: (failure) => told.push(`${failure.kind}: ${failure.message}`),
    every: (look) => {
      looker = look;
      return () => (looker = undefined);
    },
  });
  async function look(times = 1): Promise<void> {
    for (let time = 0; time < times; time++) await looker?.();
  }
  return { told, stop, look, looker: () => looker };
}

function retry(count: number | string): string {
  return JSON.stringify({ requestRetry: count });
}

describe('watchSettings', () => {
  test('tells a change once it has stood for a second look, and once only', async () => {
    const { told, look } = await watching();
    await look(3);
    await writeFile(file, retry(5));
    await look();
    expect(told).toEqual([]);
    await look();
    expect(told).toEqual(['retry 5']);
    await look(3);
    expect(told).toEqual(['retry 5']);
  });

  test('never takes up a file that is still being written', async () => {
    await writeFile(file, retry(5));
    const { told, look } = await watching();
    await look(2);
    await writeFile(file, '');
    await look();
    await writeFile(file, '{ "requestRetry"');
    await look();
    await writeFile(file, retry(6));
    await look(2);
    expect(told).toEqual(['retry 6']);
  });

  test('finds an edit made between loading and watching', async () => {
    await writeFile(file, retry(5));
    const { told, look } = await watching();
    await writeFile(file, retry(6));
    await look(2);
    expect(told).toEqual(['retry 6']);
  });

  test('finds a file of the same size that replaced the old one', async () => {
    await writeFile(file, retry(5));
    const { told, look } = await watching();
    await look(2);
    await writeFile(`${file}.new`, retry(7));
    await utimes(`${file}.new`, 1, 1);
    await rename(`${file}.new`, file);
    await look(2);
    expect(told).toEqual(['retry 7']);
  });

  test('a file that vanishes means the defaults', async () => {
    await writeFile(file, retry(5));
    const { told, look } = await watching();
    await look(2);
    await rm(file);
    await look(2);
    expect(told).toEqual(['retry 3']);
  });

  test('a rewritten file with the same meaning is no change', async () => {
    await writeFile(file, retry(5));
    const { told, look } = await watching();
    await look(2);
    await writeFile(file, `  ${retry(5)}\n`);
    await look(2);
    await utimes(file, 1, 1);
    await look(2);
    expect(told).toEqual([]);
  });

  test('tells a bad edit once for each content, and keeps the old settings', async () => {
    await writeFile(file, retry(5));
    const { told, look } = await watching();
    await look(2);
    await writeFile(file, retry('x'));
    await look(3);
    await utimes(file, 1, 1);
    await look(3);
    expect(told).toEqual([expect.stringContaining('settings: A mistake in')]);
    await writeFile(file, `${retry('x')}\n`);
    await look(3);
    expect(told).toHaveLength(2);
    await writeFile(file, retry(5));
    await look(3);
    expect(told).toHaveLength(2);
    await writeFile(file, retry('x'));
    await look(3);
    expect(told).toHaveLength(3);
    await writeFile(file, retry(4));
    await look(3);
    expect(told.slice(3)).toEqual(['retry 4']);
  });

  test('settings that whoever takes them refuses are a problem as well, and can be mended', async () => {
    const { told, look } = await watching(({ requestRetry }) => {
      if (requestRetry === 9) throw new RotaError({ kind: 'settings', message: 'Not nine.' });
    });
    await writeFile(file, retry(9));
    await look(3);
    await writeFile(file, retry(8));
    await look(3);
    expect(told).toEqual(['settings: Not nine.', 'retry 8']);
  });

  test('is silent once stopped, even when it was in the middle of looking', async () => {
    const { told, stop, look, looker } = await watching();
    await writeFile(file, retry(5));
    await look();
    const underWay = looker()?.();
    stop();
    await underWay;
    expect(looker()).toBeUndefined();
    expect(told).toEqual([]);
  });

  test('by itself looks without being asked', async () => {
    const current = await loadSettings({ settings: file }, names);
    await writeFile(file, retry(5));
    let stop: (() => void) | undefined;
    const changed = await new Promise<Settings>((onChange) => {
      stop = watchSettings({ settings: file }, names, { current, onChange, onProblem: () => {} });
    });
    stop?.();
    expect(changed).toMatchObject({ requestRetry: 5 });
  });
});
