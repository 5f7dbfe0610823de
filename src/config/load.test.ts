import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RotaError } from '../failure.ts';
import { loadSettings } from './load.ts';
import { defaultSettings } from './schema.ts';

const names = { builtInProviders: ['acme'], protocols: ['proto-a'] };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rota-settings-'));
  file = join(folder, 'config.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function messageOf(settings = file): Promise<string> {
  const error: unknown = await loadSettings({ settings }, names).catch((error: unknown) => error);
  if (!(error instanceof RotaError)) throw new Error('The settings were accepted.');
  expect(error.failure.kind).toBe('settings');
  return error.failure.message;
}

describe('loadSettings', () => {
  test('gives the defaults where there is no file, and makes none', async () => {
    const settings = join(folder, 'not', 'here', 'config.json');
    expect(await loadSettings({ settings }, names)).toEqual(defaultSettings());
    expect(await readdir(folder)).toEqual([]);
  });

  test.each(['', ' \n\t', '{}', '\uFEFF{}', '\uFEFF'])(
    'gives the defaults for the content %j',
    async (text) => {
      await writeFile(file, text);
      expect(await loadSettings({ settings: file }, names)).toEqual(defaultSettings());
    },
  );

  test('reads what the file sets, and changes neither its content nor its mode', async () => {
    const text = '\uFEFF{ "requestRetry": 5,\r\n "routing": { "affinity": false } }\r\n';
    await writeFile(file, text, { mode: 0o644 });
    await chmod(file, 0o644);
    const before = await stat(file);
    expect(await loadSettings({ settings: file }, names)).toMatchObject({
      requestRetry: 5,
      routing: { affinity: false, strategy: 'round-robin' },
    });
    expect(await readFile(file, 'utf8')).toBe(text);
    const { mode, mtimeMs, ino } = await stat(file);
    expect({ mode, mtimeMs, ino }).toEqual({ mode: before.mode, mtimeMs: before.mtimeMs, ino: before.ino });
    expect(await readdir(folder)).toEqual(['config.json']);
  });

  test('reads a file of another name', async () => {
    const settings = join(folder, 'my.settings.json');
    await writeFile(settings, '{ "requestRetry": 1 }');
    expect(await loadSettings({ settings }, names)).toMatchObject({ requestRetry: 1 });
  });

  test('tells the line and column of a mistake in the JSON, and repeats none of the text', async () => {
    await writeFile(file, '{\n  "listen": { "port": 1 },\n  "secretive": hush\n}');
    const message = await messageOf();
    expect(message).toContain(`${file} is not JSON: line 3, column 16: a value is expected here`);
    expect(message).not.toContain('hush');
  });

  test('counts columns as an editor does after a byte order mark', async () => {
    await writeFile(file, '\uFEFF{,}');
    expect(await messageOf()).toContain('line 1, column 2');
  });

  test.each(['[]', '[1]', '"a"', 'null', '5'])('refuses %s, which is JSON but no object', async (text) => {
    await writeFile(file, text);
    expect(await messageOf()).toContain('must hold one JSON object');
  });

  test('names the file with a wrong key', async () => {
    await writeFile(file, '{ "routing": { "stratgy": "x" }, "__internal__": 1 }');
    const message = await messageOf();
    expect(message).toContain(file);
    expect(message).toContain('routing.stratgy is not a setting; did you mean routing.strategy?');
    expect(message).toContain('__internal__');
  });

  test('says why a file cannot be read', async () => {
    await mkdir(file);
    expect(await messageOf()).toContain('(EISDIR)');
    await writeFile(join(folder, 'plain'), '');
    expect(await messageOf(join(folder, 'plain', 'config.json'))).toContain('(ENOTDIR)');
  });
});
