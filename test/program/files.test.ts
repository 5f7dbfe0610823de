import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, property, string } from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { leakedNames, leaksIn } from './files.ts';

const SECRET = 'sk-lab/Zm9v+bar~42=?';
const text = string();

it.each([
  ['plain', (text: string) => text],
  ['URL-encoded', (text: string) => encodeURIComponent(text)],
  ['base64', (text: string) => Buffer.from(text).toString('base64')],
  ['base64url', (text: string) => Buffer.from(text).toString('base64url')],
  ['hex', (text: string) => Buffer.from(text).toString('hex')],
])('finds a secret in the midst of other text, %s', (_, encode) => {
  assert(
    property(text, text, (before, after) => {
      expect(leakedNames(encode(`${before}${SECRET}${after}`), { key: SECRET })).toEqual(['key']);
    }),
  );
});

it('names the file, and none that holds something else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rota-files-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'bad.json'), JSON.stringify({ key: SECRET }));
  await writeFile(join(folder, 'good.json'), JSON.stringify({ key: '[secret]' }));
  await expect(leaksIn(folder, { key: SECRET, other: 'not-there-at-all' })).resolves.toEqual([
    'bad.json: key',
  ]);
});
