import { describe, expect, it } from 'vitest';
import { recordAccount } from '../../test/rig/accounts.ts';
import type { FakeContext, FakeContextOptions } from '../../test/rig/cli.ts';
import { fakeContext } from '../../test/rig/cli.ts';
import { RotaError } from '../failure.ts';
import type { AccountStatus, DaemonStatus } from './context.ts';
import { momentWords } from './moment.ts';
import { run } from './program.ts';

const UNTIL = '2099-03-04T05:06:07.000Z';

function statusOf(id: string, fields: Partial<AccountStatus> = {}): AccountStatus {
  const base = {
    id,
    label: id,
    provider: 'acme',
    enabled: true,
    state: 'ready',
    rests: [],
    requests: 3,
    failures: 1,
    inputTokens: 12_000,
    cacheReadTokens: 9000,
    outputTokens: 345,
  };
  return { ...base, ...fields };
}

function daemonOf(accounts: readonly AccountStatus[], fields: Partial<DaemonStatus> = {}): DaemonStatus {
  const startedAt = '2026-11-20T10:00:00.000Z';
  return { url: 'http://127.0.0.1:8317', pid: 4711, version: '0.0.0', startedAt, accounts, ...fields };
}

async function withAccounts(options: FakeContextOptions = {}): Promise<FakeContext> {
  const context = fakeContext(options);
  await recordAccount(context.records, 'id-1', { label: 'work' });
  await recordAccount(context.records, 'id-2', { label: 'home', provider: 'other' });
  return context;
}

/** What a command line comes to: its exit code and what it printed. */
async function perform(context: FakeContext, ...argv: string[]) {
  const { terminal } = context;
  terminal.printed.length = 0;
  terminal.noted.length = 0;
  const code = await run(argv, terminal, async () => context);
  return { code, out: [...terminal.printed], notes: [...terminal.noted] };
}

function documentIn({ out }: { readonly out: readonly string[] }): unknown {
  expect(out).toHaveLength(1);
  return JSON.parse(out[0] ?? '');
}

describe('proxy accounts', () => {
  it('lists what is recorded where no proxy runs', async () => {
    const context = await withAccounts();
    await recordAccount(context.records, 'id-3', {
      label: 'old',
      needsLogin: { since: UNTIL, reason: 'The refresh token was revoked.' },
    });
    const { code, out } = await perform(context, 'accounts');
    expect(code).toBe(0);
    expect(out.map((line) => line.split(/ {2,}/))).toEqual([
      ['LABEL', 'PROVIDER', 'STATE', 'MODELS', 'ADDED'],
      ['work', 'acme', 'ready', '-', expect.stringMatching(/^\d{4}-\d\d-\d\d$/)],
      ['home', 'other', 'ready', '-', expect.any(String)],
      ['old', 'acme', 'needs login', '-', expect.any(String)],
    ]);
  });

  it('lists how they are where one runs', async () => {
    const rests = [
      { kind: 'throttle', until: '2099-01-01T00:00:00.000Z' },
      { kind: 'window-spent', until: UNTIL },
      { kind: 'throttle', model: 'm', until: '2100-01-01T00:00:00.000Z' },
    ];
    const daemon = () => daemonOf([statusOf('id-1', { state: 'resting', models: 7, rests })]);
    const context = await withAccounts({ daemon });
    const [, work, home] = (await perform(context, 'accounts')).out.map((line) => line.split(/ {2,}/));
    expect(work?.slice(2, 4)).toEqual([`resting until ${momentWords(UNTIL, 0)}`, '7']);
    // Added a moment ago: the proxy does not know it yet.
    expect(home?.slice(2, 4)).toEqual(['ready', '-']);
  });

  it('prints one document with --json', async () => {
    const daemon = () => daemonOf([statusOf('id-1', { models: 7 })]);
    const context = await withAccounts({ daemon });
    const printed = await perform(context, 'accounts', '--json');
    expect(documentIn(printed)).toEqual({
      accounts: [
        {
          id: 'id-1',
          label: 'work',
          provider: 'acme',
          state: 'ready',
          enabled: true,
          priority: 0,
          weight: 1,
          addedAt: expect.any(String),
          renewedAt: expect.any(String),
          models: 7,
          rests: [],
          requests: 3,
          failures: 1,
          inputTokens: 12_000,
          cacheReadTokens: 9000,
          outputTokens: 345,
        },
        {
          id: 'id-2',
          label: 'home',
          provider: 'other',
          state: 'ready',
          enabled: true,
          priority: 0,
          weight: 1,
          addedAt: expect.any(String),
          renewedAt: expect.any(String),
          rests: [],
        },
      ],
    });
  });

  it('prints a document without accounts, too, and says on stderr alone how to begin', async () => {
    expect(documentIn(await perform(fakeContext(), 'accounts', '--json'))).toEqual({ accounts: [] });
    const { code, out, notes } = await perform(fakeContext(), 'accounts');
    expect({ code, out }).toEqual({ code: 0, out: [] });
    expect(notes.join()).toContain('proxy login');
  });

  it('shows the records where the proxy cannot be asked', async () => {
    const locked = new RotaError({ kind: 'store', problem: 'locked', message: 'The keychain is locked.' });
    const context = await withAccounts({ daemon: () => Promise.reject(locked) });
    const { code, out, notes } = await perform(context, 'accounts');
    expect({ code, lines: out.length }).toEqual({ code: 0, lines: 3 });
    expect(notes.join()).toContain('The keychain is locked.');
  });

  it('fits the terminal', async () => {
    const context = await withAccounts({ person: { columns: 50 } });
    await recordAccount(context.records, 'id-3', { label: 'a-very-long-label@subdomain.example.com' });
    const { out } = await perform(context, 'accounts');
    expect(Math.max(...out.map((line) => line.length))).toBe(50);
    expect(out.join('\n')).toContain('…');
  });
});

describe('proxy accounts, changing one', () => {
  it.each<{ argv: string[]; before?: object; after: object; says: string }>([
    { argv: ['disable', 'work'], after: { enabled: false }, says: 'serves nothing' },
    {
      argv: ['enable', 'work'],
      before: { enabled: false },
      after: { enabled: true },
      says: 'may serve again',
    },
    {
      argv: ['rename', 'work', 'office'],
      after: { label: 'office' },
      says: '"work" is called "office" now.',
    },
    {
      argv: ['set', 'work', '--weight', '2.5', '--priority', '-1'],
      after: { weight: 2.5, priority: -1 },
      says: 'priority -1, weight 2.5',
    },
    {
      argv: ['set', 'work', '--weight', 'default', '--priority', 'default'],
      before: { weight: 9, priority: 9 },
      after: { weight: 1, priority: 0 },
      says: 'priority 0, weight 1',
    },
    {
      argv: ['set', 'work', '--switch-on-429'],
      after: { switchOn429: true, weight: 1 },
      says: 'a 429 switches',
    },
    { argv: ['set', 'work', '--no-switch-on-429'], after: { switchOn429: false }, says: 'a 429 stays' },
  ])('does $argv and tells the running proxy', async ({ argv, before = {}, after, says }) => {
    const context = fakeContext();
    await recordAccount(context.records, 'id-1', { label: 'work', ...before });
    const { code, out } = await perform(context, 'accounts', ...argv);
    expect(code).toBe(0);
    expect(out.join()).toContain(says);
    expect((await context.records.read()).accounts[0]).toMatchObject(after);
    expect(context.told).toEqual(['reload']);
  });

  it.each([
    { argv: ['disable', 'wrok'], says: 'Did you mean "work"?' },
    { argv: ['rename', 'work', 'home'], says: 'already belongs' },
    { argv: ['set', 'work'], says: 'Nothing to set' },
    { argv: ['set', 'work', '--weight', '0'], says: 'above 0' },
    { argv: ['set', 'work', '--priority', '1.5'], says: 'whole number' },
    { argv: ['reset', 'wrok'], says: 'Did you mean "work"?' },
  ])('refuses $argv with 2 and changes nothing', async ({ argv, says }) => {
    const context = await withAccounts({ daemon: () => daemonOf([]) });
    const before = await context.records.read();
    const { code, notes } = await perform(context, 'accounts', ...argv);
    expect(code).toBe(2);
    expect(notes.join()).toContain(says);
    expect(await context.records.read()).toEqual(before);
    expect(context.told).toEqual([]);
  });

  it('removes one as logout does', async () => {
    const context = await withAccounts({});
    expect((await perform(context, 'accounts', 'remove', 'acme')).code).toBe(0);
    expect((await context.records.read()).accounts.map(({ label }) => label)).toEqual(['home']);
  });

  it('asks the running proxy to clear rests', async () => {
    const context = await withAccounts({ daemon: () => daemonOf([]) });
    expect((await perform(context, 'accounts', 'reset', 'home')).out).toEqual(['"home" rests no more.']);
    expect((await perform(context, 'accounts', 'reset')).out).toEqual(['No account rests any more.']);
    expect(context.told).toEqual(['reset id-2', 'reset all']);
  });

  it('says where clearing one model’s rest does not free the account, and how it is freed', async () => {
    const rest = { kind: 'throttle', until: '2026-11-20T15:00:00.000Z' };
    const resting = statusOf('id-2', { label: 'home', rests: [rest] });
    const context = await withAccounts({ daemon: () => daemonOf([resting]) });
    const { out, notes } = await perform(context, 'accounts', 'reset', 'home', '--model', 'gpt-5.5');
    expect(out).toEqual(['"home" rests no more for gpt-5.5.']);
    expect(notes.join('\n')).toMatch(/"home" still rests for all models.*`proxy accounts reset home`/);
    const onlyForAnother = { ...resting, rests: [{ ...rest, model: 'other' }] };
    const free = await withAccounts({ daemon: () => daemonOf([onlyForAnother]) });
    expect((await perform(free, 'accounts', 'reset', 'home', '--model', 'gpt-5.5')).notes).toEqual([]);
  });

  it('cannot clear rests where none runs', async () => {
    const { code, notes } = await perform(await withAccounts(), 'accounts', 'reset');
    expect(code).toBe(1);
    expect(notes.join()).toContain('No proxy is running');
  });
});

describe('proxy status', () => {
  it('says that nothing runs and nobody is signed in, and that this is no failure', async () => {
    const { code, out } = await perform(fakeContext(), 'status');
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/not running[^]*none stored yet[^]*proxy login/);
    const printed = await perform(fakeContext(), 'status', '--json');
    expect(documentIn(printed)).toEqual({ daemon: null, store: null, accounts: [] });
  });

  it('shows the proxy, the store, each rest and each problem', async () => {
    const rests = [{ kind: 'throttle', model: 'm1', until: UNTIL, detail: 'slow \u001b[31mdown' }];
    const problem = 'The keychain does not give it.';
    const daemon = () =>
      daemonOf([statusOf('id-1', { rests }), statusOf('id-2', { state: 'unreadable', problem })], {
        obstacle: 'The keychain is locked.',
      });
    const context = await withAccounts({ daemon });
    await context.records.change((content) => ({ ...content, store: 'os' }));
    const { code, out } = await perform(context, 'status');
    const text = out.join('\n');
    expect(code).toBe(0);
    expect(text).toContain('http://127.0.0.1:8317 (process 4711, since ');
    expect(text).toContain('It cannot serve: The keychain is locked.');
    expect(text).toContain('keychain of the operating system');
    expect(text).toMatch(/work +acme +ready, 1 model rests/);
    expect(text).toContain(
      `work: throttle for m1, until ${momentWords(UNTIL, 0)} (the provider: slow  [31mdown)`,
    );
    expect(text).toContain(`home: ${problem}`);
    expect(text).toContain(
      'work: asked 3 times, 1 of them failed; told of 12,000 tokens in (75 % from a cache), 345 out',
    );
    expect(documentIn(await perform(context, 'status', '--json'))).toMatchObject({
      daemon: {
        url: 'http://127.0.0.1:8317',
        pid: 4711,
        version: '0.0.0',
        startedAt: '2026-11-20T10:00:00.000Z',
      },
      obstacle: 'The keychain is locked.',
      store: 'os',
      accounts: [
        { id: 'id-1', rests },
        { id: 'id-2', problem },
      ],
    });
  });

  it.each<{ name: string; argv: string[]; other: object; code: number }>([
    { name: 'the others are disabled', argv: ['status'], other: { enabled: false }, code: 3 },
    { name: 'one can serve', argv: ['status'], other: {}, code: 0 },
    { name: 'the others are disabled', argv: ['status', '--json'], other: { enabled: false }, code: 3 },
  ])('exits with $code where an account needs a sign-in and $name', async ({ argv, other, code }) => {
    const context = fakeContext();
    const needsLogin = { since: UNTIL, reason: 'It was revoked.' };
    await recordAccount(context.records, 'id-1', { label: "Ada's", needsLogin });
    await recordAccount(context.records, 'id-2', { label: 'other', ...other });
    const result = await perform(context, ...argv);
    expect(result.code).toBe(code);
    if (argv.includes('--json')) documentIn(result);
    else
      expect(result.out.join('\n')).toContain(
        `It was revoked. Sign in again: \`proxy login acme --label 'Ada'\\''s'\``,
      );
  });
});
