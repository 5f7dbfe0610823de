import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answeredBy, serve } from './daemon.ts';
import type { RotaHome } from './rota-home.ts';
import { MODEL, openStage } from './stage.ts';
import type { Stage } from './stage.ts';

vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

async function loginLab(home: RotaHome, key: string, ...words: readonly string[]): Promise<void> {
  stage.provider.account(key, { label: key, models: [MODEL] });
  const endpoint = ['--name', 'lab', '--base-url', `${stage.provider.url}/v1`, '--api-key-stdin'];
  const ended = await home.run(['login', 'compatible', ...endpoint, ...words], { stdin: key });
  expect(ended).toMatchObject({ code: 0 });
}

describe.concurrent('proxy logout', () => {
  it('revokes at the provider, and removes the item and the record', async () => {
    const own = await openStage();
    try {
      const home = await own.home();
      await own.login(home, 'ada', '--label', 'ada');
      await own.login(home, 'ben', '--label', 'ben');
      const ended = await home.run(['logout', 'ada']);
      expect(ended).toEqual({
        code: 0,
        stdout: '"ada" (demo) is logged out.\n',
        stderr: 'The provider has revoked its tokens.\n',
      });
      expect(own.authorization.calls.at(-1)).toEqual({ endpoint: 'revocation', status: 200 });
      const [access = ''] = own.tokens;
      await expect(own.authorization.loginOf(access)).resolves.toBeUndefined();
      expect((await home.recorded()).map(({ label }) => label)).toEqual(['ben']);
      await expect(home.items()).resolves.toHaveLength(1);

      const again = await home.run(['logout', 'benn']);
      expect(again).toMatchObject({ code: 2, stdout: '' });
      expect(again.stderr).toBe('proxy: There is no account "benn". Did you mean "ben"?\n');
    } finally {
      await own.close();
    }
  });

  it('logs out where the provider cannot be told, and says so', async () => {
    const own = await openStage();
    const home = await stage.home({ settings: own.settings() });
    await own.login(home, 'ada', '--label', 'ada');
    await own.close();
    const { code, stderr } = await home.run(['accounts', 'remove', 'ada']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/could not be revoked, and may stay valid until they expire/);
    await expect(home.recorded()).resolves.toEqual([]);
    await expect(home.items()).resolves.toEqual([]);
  });

  it('says of a key that it stays valid, and forgets the endpoint with its last account', async () => {
    const home = await stage.home();
    await loginLab(home, 'sk-logout-1');
    const { code, stderr } = await home.run(['logout', 'lab']);
    expect(code).toBe(0);
    expect(stderr).toContain('A key stays valid at the provider until you delete it there.');
    await expect(home.items()).resolves.toEqual([]);
    expect((await home.run(['login', 'lab'])).code).toBe(2);
  });
});

describe.concurrent('proxy accounts', () => {
  it('renames, disables, enables and sets, and shows what came of it', async () => {
    const home = await stage.home();
    await loginLab(home, 'sk-change-1');
    await expect(home.done('accounts', 'rename', 'lab', 'desk')).resolves.toBe('"lab" is called "desk" now.');
    await expect(home.done('accounts', 'disable', 'desk')).resolves.toMatch(/^"desk" serves nothing/);
    await home.done('accounts', 'set', 'desk', '--weight', '2.5', '--priority', '-1', '--no-switch-on-429');
    expect((await home.accounts())[0]).toMatchObject({
      label: 'desk',
      state: 'disabled',
      enabled: false,
      weight: 2.5,
      priority: -1,
      switchOn429: false,
    });
    const table = await home.done('accounts');
    expect(table.split('\n')).toHaveLength(2);
    expect(table).toMatch(/^LABEL +PROVIDER +STATE +MODELS +ADDED +PRIORITY +WEIGHT +ON 429\n/);
    expect(table).toMatch(/\ndesk +lab +disabled +- +\d{4}-\d\d-\d\d +-1 +2\.5 +stays$/);
    await home.done('accounts', 'enable', 'desk');
    await home.done(
      'accounts',
      'set',
      'desk',
      '--weight',
      'default',
      '--priority',
      'default',
      '--switch-on-429',
    );
    expect((await home.accounts())[0]).toMatchObject({
      enabled: true,
      weight: 1,
      priority: 0,
      switchOn429: true,
    });

    const wrong: readonly [readonly string[], RegExp][] = [
      [['accounts', 'set', 'desk', '--weight', '0'], /weight must be a number above 0/],
      [['accounts', 'set', 'desk', '--weight', 'heavy'], /--weight takes a number/],
      [['accounts', 'set', 'desk'], /Nothing to set/],
      [['accounts', 'rename', 'desk', ' '], /may not be empty/],
      [['accounts', 'rename', 'dusk', 'x'], /no account "dusk"\. Did you mean "desk"/],
      [['accounts', 'disabel', 'desk'], /no command "proxy accounts disabel"\. Did you mean "disable"/],
    ];
    for (const [words, sentence] of wrong) {
      const ended = await home.run(words);
      expect({ words, ...ended }).toMatchObject({ words, code: 2, stdout: '' });
      expect(ended.stderr).toMatch(sentence);
    }
  });

  it('ends without a word where its reader goes away', async () => {
    const home = await stage.home();
    await loginLab(home, 'sk-pipe-1');
    for (const words of [['accounts'], ['accounts', '--json'], ['status'], ['--help']]) {
      const program = home.start(words);
      program.stopReading();
      expect(await program.ended).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });

  it('keeps what two commands at once change', async () => {
    const home = await stage.home();
    await loginLab(home, 'sk-both-1', '--label', 'one');
    await loginLab(home, 'sk-both-2', '--label', 'two');
    await Promise.all([
      home.done('accounts', 'disable', 'one'),
      home.done('accounts', 'rename', 'two', 'second'),
      home.done('accounts', 'set', 'one', '--weight', '3'),
      home.done('accounts', 'set', 'one', '--priority', '7'),
    ]);
    const changed = (await home.recorded()).map(({ label, enabled, weight, priority }) => [
      label,
      enabled,
      weight,
      priority,
    ]);
    expect(changed).toEqual([
      ['one', false, 3, 7],
      ['second', true, 1, 0],
    ]);
  });
});

describe.concurrent('what scripts rely on', () => {
  it('prints one JSON document and nothing else, with and without a running proxy', async () => {
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'ada');
    await loginLab(home, 'sk-json-1');
    const documents = async () => {
      const ended = await Promise.all(
        ['accounts', 'status', 'models'].map((word) => home.run([word, '--json'])),
      );
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      return ended.map(({ stdout }): unknown => JSON.parse(stdout));
    };
    const ada = { label: 'ada', provider: 'demo', state: 'ready' };
    const lab = { label: 'lab', provider: 'lab', state: 'ready' };
    const accounts = [ada, lab].map((account): unknown => expect.objectContaining(account));
    await expect(documents()).resolves.toEqual([
      { accounts },
      { daemon: null, store: 'file', accounts },
      { source: 'accounts', models: [{ id: MODEL, ownedBy: expect.any(String), accounts: ['ada', 'lab'] }] },
    ]);

    const proxy = await serve(home);
    expect((await proxy.chat()).status).toBe(200);
    const running = [ada, lab].map((account): unknown => expect.objectContaining({ ...account, models: 1 }));
    const { url, program } = proxy;
    await expect(documents()).resolves.toEqual([
      { accounts: running },
      {
        daemon: {
          url,
          pid: program.pid,
          version: expect.stringMatching(/^\d/),
          startedAt: expect.any(String),
        },
        store: 'file',
        accounts: running,
      },
      { source: 'proxy', models: [{ id: MODEL, ownedBy: expect.any(String) }] },
    ]);
    const counted = (await home.accounts()).reduce((sum, { requests = 0 }) => sum + requests, 0);
    expect(counted).toBe(1);
    const table = await home.done('models');
    expect(table).toMatch(new RegExp(`^MODEL +OWNED BY\\n${MODEL} `));
    await proxy.stop();
    await expect(home.done('models')).resolves.toMatch(new RegExp(`^MODEL +ACCOUNTS\\n${MODEL} +ada, lab$`));
  });

  it('ends with 0, 1, 2 or 3, and tells what is wrong on stderr alone', async () => {
    const home = await stage.home();
    const cases: readonly [readonly string[], number, RegExp][] = [
      [['accounts'], 0, /No account is signed in yet/],
      [['--version'], 0, /^$/],
      [['login', '--help'], 0, /^$/],
      [['accounts', 'reset'], 1, /No proxy is running/],
      [['acounts'], 2, /unknown command.*Did you mean accounts\?/i],
      [['accounts', '--jsno'], 2, /unknown option '--jsno'.*--json/i],
      [['login'], 2, /Say which provider, such as `proxy login openrouter`/],
      [['logout'], 2, /Say which account.*--all/],
      [['logout', 'ada', '--all'], 2, /name none beside it/],
      [['accounts', 'test'], 3, /No account is signed in yet/],
      [['login', 'demo', '--timeout', 'soon'], 2, /--timeout takes a/],
      [['serve', '--port', '70000'], 2, /--port takes a whole number from 0 to 65535/],
      [['logout', 'nobody'], 2, /There is no account "nobody"/],
      [['models'], 3, /No account is signed in yet\. Begin with `proxy login <provider>`\./],
    ];
    for (const [words, code, sentence] of cases) {
      const ended = await home.run(words);
      expect({ words, code: ended.code }).toEqual({ words, code });
      expect(ended.stderr).toMatch(sentence);
      if (code !== 0) expect({ words, stdout: ended.stdout }).toEqual({ words, stdout: '' });
      expect(ended.stderr).not.toMatch(/\n +at /);
    }
  });

  it('prints the key and nothing else, the same each time, though two ask at once', async () => {
    const home = await stage.home();
    const [one, other] = await Promise.all([home.run(['key']), home.run(['key'])]);
    expect(one).toEqual({ code: 0, stdout: expect.stringMatching(/^rota_[\w-]{20,}\n$/), stderr: '' });
    expect(other).toEqual(one);
    await expect(home.done('key')).resolves.toBe(one.stdout.trim());
  });

  it('names a second sign-in in the answers of a proxy that runs', async () => {
    const home = await stage.home();
    await stage.login(home, 'ada', '--label', 'Ädä');
    const proxy = await serve(home);
    await expect(proxy.chat().then(answeredBy)).resolves.toBe('%C3%84d%C3%A4');
    await proxy.stop();
  });
});
