import { describe, expect, it } from 'vitest';
import { fakeContext, fakeTerminal } from '../../test/rig/cli.ts';
import type { CliContext } from './context.ts';
import { RotaError } from '../failure.ts';
import type { Failure } from '../failure.ts';
import { silentLogger } from '../log/logger.ts';
import { run } from './program.ts';

const unexpected = (): Promise<CliContext> => Promise.reject(new Error('no context was needed'));

describe('run', () => {
  it.each([
    { argv: [], shows: 'proxy login openrouter' },
    { argv: ['--help'], shows: 'Exit codes: 0 done' },
    { argv: ['-h'], shows: 'Usage: proxy' },
    { argv: ['help', 'login'], shows: '--api-key-stdin' },
    { argv: ['login', '--help'], shows: '--no-switch-on-429' },
    { argv: ['accounts', 'set', '--help'], shows: '--weight' },
    { argv: ['--version'], shows: '0.1.0' },
  ])('answers $argv without making a context', async ({ argv, shows }) => {
    const terminal = fakeTerminal();
    expect(await run(argv, terminal, unexpected)).toBe(0);
    expect(terminal.printed.join('\n')).toContain(shows);
    expect(terminal.noted).toEqual([]);
  });

  it.each([
    { argv: ['srve'], says: "proxy: Unknown command 'srve'. Did you mean serve?" },
    { argv: ['status', '--jsno'], says: "proxy: Unknown option '--jsno'. Did you mean --json?" },
    {
      argv: ['accounts', 'rename', 'a'],
      says: "proxy: Missing required argument 'label'. See `proxy accounts --help`.",
    },
    {
      argv: ['login', '--label'],
      says: "proxy: Option '--label <name>' argument missing. See `proxy login --help`.",
    },
    {
      argv: ['key', 'x'],
      says: "proxy: Too many arguments for 'key'. Expected 0 arguments but got 1. See `proxy key --help`.",
    },
    {
      argv: ['login', 'a', '--api-key=sk-canary'],
      says: "proxy: Unknown option '--api-key'. See `proxy login --help`.",
    },
    {
      argv: ['accounts', 'enalbe', 'x'],
      says: 'proxy: There is no command "proxy accounts enalbe". Did you mean "enable"?',
    },
    { argv: ['serve', '--port', 'x'], says: 'proxy: --port takes a number, and "x" is none.' },
    {
      argv: ['serve', '--port', '65536'],
      says: 'proxy: --port takes a whole number from 0 to 65535, and "65536" is none.',
    },
    {
      argv: ['accounts', 'set', 'a', '--weight', 'x'],
      says: 'proxy: --weight takes a number, and "x" is none.',
    },
    {
      argv: ['login', 'a', '--timeout', '0'],
      says: 'proxy: --timeout takes a whole number from 1 to 3600, and "0" is none.',
    },
  ])('refuses $argv with 2 on one line', async ({ argv, says }) => {
    const terminal = fakeTerminal();
    expect(await run(argv, terminal, unexpected)).toBe(2);
    expect(terminal.noted).toEqual([says]);
    expect(terminal.printed).toEqual([]);
  });

  it.each<{ failure: Failure; code: number }>([
    { failure: { kind: 'usage', message: 'Off.' }, code: 2 },
    { failure: { kind: 'needs-login', message: 'Sign in.' }, code: 3 },
    { failure: { kind: 'store', problem: 'locked', message: 'Locked.' }, code: 1 },
    { failure: { kind: 'cancelled', message: 'Cancelled.' }, code: 1 },
    { failure: { kind: 'settings', message: 'One\nline.' }, code: 1 },
  ])('exits with $code for $failure.kind', async ({ failure, code }) => {
    const terminal = fakeTerminal();
    const failing = () => Promise.reject(new RotaError(failure));
    expect(await run(['key'], terminal, failing)).toBe(code);
    expect(terminal.noted).toEqual([`proxy: ${failure.message.replace('\n', ' ')}`]);
  });

  it('tells of a bug without its stack and without what looks like a key', async () => {
    const terminal = fakeTerminal();
    const failing = () => Promise.reject(new TypeError('no such thing as sk-abcdefgh12345678'));
    expect(await run(['key'], terminal, failing)).toBe(1);
    expect(terminal.noted).toEqual([
      'proxy: An unexpected error came up (no such thing as [masked]). Set ROTA_LOG=debug to see where, and report it.',
    ]);
  });

  it('gives the stack to the log at the level debug', async () => {
    const logged: unknown[] = [];
    const bug = new TypeError('boom');
    const context = {
      ...fakeContext(),
      vault: () => Promise.reject(bug),
      log: {
        ...silentLogger,
        enabled: () => true,
        debug: (_: string, fields?: unknown) => logged.push(fields),
      },
    };
    expect(await run(['key'], context.terminal, async () => context)).toBe(1);
    expect(logged).toEqual([{ error: bug }]);
  });

  it('says that it was cancelled, whatever the cancelling threw', async () => {
    const context = fakeContext();
    context.cancel.abort();
    const aborted = { ...context, vault: async () => context.signal.throwIfAborted() as never };
    expect(await run(['key'], context.terminal, async () => aborted)).toBe(1);
    expect(context.terminal.noted).toEqual(['proxy: Cancelled.']);
  });

  it('fails where the result could not be written', async () => {
    const terminal = {
      ...fakeTerminal(),
      finish: () => Promise.reject(new RotaError({ kind: 'internal', message: 'The disk is full.' })),
    };
    expect(await run(['--version'], terminal, unexpected)).toBe(1);
  });

  it('hands the words of serve over', async () => {
    const context = fakeContext();
    const argv = ['serve', '--host', '0.0.0.0', '--port', '0'];
    expect(await run(argv, context.terminal, async () => context)).toBe(0);
    expect(context.served).toEqual([{ host: '0.0.0.0', port: 0 }]);
  });

  it('prints the key alone on stdout, and another with --new', async () => {
    const context = fakeContext();
    const print = async (...argv: string[]) => {
      expect(await run(argv, context.terminal, async () => context)).toBe(0);
      return context.terminal.printed.splice(0);
    };
    const [key, ...rest] = await print('key');
    expect(key).toMatch(/^rota_[\w-]{43}$/);
    expect(rest).toEqual([]);
    expect(await print('key')).toEqual([key]);
    expect(context.told).toEqual([]);
    const [renewed] = await print('key', '--new');
    expect(renewed).not.toBe(key);
    expect(await print('key')).toEqual([renewed]);
    expect(context.told).toEqual(['reload']);
  });
});
