import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { leakedNames, leaksIn } from './files.ts';
import { MODEL, openStage } from './stage.ts';
import type { Stage } from './stage.ts';

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

describe.concurrent('proxy import', () => {
  it('adds a key that a variable of the environment holds, and keeps it in the credential store alone', async () => {
    const key = 'sk-imported-0123456789';
    stage.provider.account(key, { models: [MODEL] });
    const desk = {
      protocols: { 'openai-chat': `${stage.provider.url}/v1` },
      login: { kind: 'api-key', variable: 'DESK_API_KEY' },
    };
    const home = await stage.home({ settings: { providers: { desk } } });
    const env = { DESK_API_KEY: key };
    const shown = await home.run(['import', 'env'], { env });
    expect(shown).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^desk +an API key +DESK_API_KEY$/m),
    });
    const added = await home.run(['import', 'env', '--yes'], { env });
    expect(added).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Added "desk" (desk): 1 model.\n'),
    });
    expect((await home.recorded()).map(({ provider }) => provider)).toEqual(['desk']);
    await expect(leaksIn(home.root, { key })).resolves.toEqual([]);
    expect(leakedNames(home.printed(), { key })).toEqual([]);
  });

  it("looks into the user's home, and tells what it does not take", async () => {
    const home = await stage.home();
    const user = join(home.root, 'user');
    await mkdir(join(user, '.codex'), { recursive: true });
    await writeFile(join(user, '.codex', 'auth.json'), '{"tokens":{"access_token":"canary-0123456789"}}');
    const { code, stderr } = await home.run(['import', 'codex']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Not taken: .*\.codex\/auth\.json\. OpenAI reserves/m);
    expect(leakedNames(home.printed(), { canary: 'canary-0123456789' })).toEqual([]);
    const wrong = await home.run(['import', 'codx']);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: 'proxy: There is no source "codx". Did you mean "codex"?\n',
    });
  });
});
