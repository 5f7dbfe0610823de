import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { answeredBy, serve } from './daemon.ts';
import { openStage } from './stage.ts';

vi.setConfig({ testTimeout: 90_000 });

it('accounts move to another machine in an encrypted file, and serve there', async ({ onTestFinished }) => {
  const stage = await openStage();
  onTestFinished(() => stage.close());
  const [old, fresh] = [await stage.home(), await stage.home()];
  await stage.login(old, 'ada', '--label', 'ada');
  const file = join(old.root, 'moving.rota');
  const words = join(old.root, 'passphrase');
  await writeFile(words, 'correct horse\n', { mode: 0o600 });
  const given = ['--passphrase-file', words];

  const exported = await old.run(['accounts', 'export', file, ...given]);
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('1 account is written') });
  expect(exported.stderr).toContain('one machine only');
  expect((await stat(file)).mode & 0o077).toBe(0);
  expect(await old.run(['accounts', 'export', file, ...given])).toMatchObject({ code: 2 });

  expect(await fresh.run(['accounts', 'restore', file, ...given])).toMatchObject({
    code: 0,
    stdout: '"ada" (demo) is added.\n',
  });
  expect(await fresh.recorded()).toEqual(await old.recorded());
  const proxy = await serve(fresh);
  await expect(proxy.chat().then(answeredBy)).resolves.toBe('ada');
  await expect(proxy.stop()).resolves.toBe(0);
  for (const token of stage.tokens) expect(old.printed() + fresh.printed()).not.toContain(token);
});
