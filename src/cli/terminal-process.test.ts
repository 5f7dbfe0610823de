import { EventEmitter, once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/rig/accounts.ts';
import { whyNone } from './browser-process.ts';
import { interactiveLines, pipedLines, readBounded } from './lines-process.ts';
import { outputTo, usesColour } from './output-process.ts';
import type { TerminalProcess } from './terminal-process.ts';

describe('whyNone', () => {
  it.each<{ env: NodeJS.ProcessEnv; platform: NodeJS.Platform; why: string | undefined }>([
    { env: {}, platform: 'linux', why: 'there is no display' },
    { env: { DISPLAY: '' }, platform: 'linux', why: 'there is no display' },
    { env: { DISPLAY: ':0' }, platform: 'linux', why: undefined },
    { env: { WAYLAND_DISPLAY: 'wayland-0' }, platform: 'freebsd', why: undefined },
    { env: { WSL_DISTRO_NAME: 'Debian' }, platform: 'linux', why: undefined },
    { env: {}, platform: 'darwin', why: undefined },
    { env: {}, platform: 'win32', why: undefined },
    {
      env: { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22', DISPLAY: ':10' },
      platform: 'linux',
      why: 'this is an SSH session',
    },
    { env: { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, platform: 'darwin', why: 'this is an SSH session' },
  ])('says "$why" on $platform with $env', ({ env, platform, why }) => {
    expect(whyNone(env, platform)).toBe(why);
  });
});

describe('usesColour', () => {
  it.each([
    { env: {}, colour: true },
    { env: { NO_COLOR: '' }, colour: true },
    { env: { NO_COLOR: '0' }, colour: false },
    { env: { TERM: 'dumb' }, colour: false },
  ])('is $colour with $env', ({ env, colour }) => {
    expect(usesColour(env)).toBe(colour);
  });
});

/** A stream that takes so many writes and then fails for good. */
function failing(code: string, after: number): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      if (written.length >= after) return done(Object.assign(new Error(code), { code }));
      written.push(String(chunk));
      done();
    },
  });
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

describe('outputTo', () => {
  it('drops what nobody reads any more', async () => {
    const { stream, written } = failing('EPIPE', 1);
    const output = outputTo(stream);
    for (const line of ['one', 'two', 'three']) output.line(line);
    await output.flush();
    output.line('four');
    await output.flush();
    expect(written).toEqual(['one\n']);
  });

  it('tells of what could not be written', async () => {
    const output = outputTo(failing('ENOSPC', 0).stream);
    output.line('the key');
    expect((await failureOf(output.flush())).message).toContain('ENOSPC');
  });
});

describe('stdin', () => {
  const piped = (): { stdin: NodeJS.ReadStream; pipe: PassThrough } => {
    const pipe = new PassThrough();
    return { stdin: pipe as unknown as NodeJS.ReadStream, pipe };
  };
  async function collect(lines: AsyncIterable<string>): Promise<readonly string[]> {
    const all: string[] = [];
    for await (const line of lines) all.push(line);
    return all;
  }

  it('gives its lines until it ends', async () => {
    const { stdin, pipe } = piped();
    pipe.end('one\r\ntwo');
    expect(await collect(pipedLines(stdin, new AbortController().signal))).toEqual(['one', 'two']);
  });

  it('gives none any more once they are not wanted', async () => {
    const { stdin, pipe } = piped();
    const stop = new AbortController();
    pipe.write('one\n');
    const lines = pipedLines(stdin, stop.signal);
    expect(await lines.next()).toEqual({ done: false, value: 'one' });
    const next = lines.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('is read whole for a key, but not without end', async () => {
    expect(await readBounded(PassThrough.from(['a ', 'key\n']))).toBe('a key\n');
    const endless = PassThrough.from(Array.from({ length: 100 }, () => 'x'.repeat(1024)));
    expect((await failureOf(readBounded(endless))).kind).toBe('usage');
  });
});

describe('lines at a terminal', () => {
  /** What is typed arrives as a terminal in raw mode gives it. */
  function keyboard() {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const surroundings = Object.assign(new EventEmitter(), {
      stdin,
      stdout: stderr,
      stderr,
      env: {},
      platform: 'linux',
    });
    const events: string[] = [];
    const stop = new AbortController();
    const spinners = {
      spin: () => expect.unreachable(),
      pause() {
        events.push('paused');
        return () => void events.push('resumed');
      },
    };
    const lines = interactiveLines(surroundings as unknown as TerminalProcess, spinners, stop.signal);
    return { stdin, surroundings, events, stop, lines };
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('takes the spinner away from the first letter to the end of the line', async () => {
    const { stdin, events, stop, lines } = keyboard();
    const first = lines.next();
    stdin.write('a');
    await turn();
    await turn();
    stdin.write('b');
    await turn();
    expect(events).toEqual(['paused']);
    stdin.write('\r');
    expect(await first).toEqual({ done: false, value: 'ab' });
    await turn();
    expect(events).toEqual(['paused', 'resumed']);
    const next = lines.next();
    stop.abort();
    expect((await next).done).toBe(true);
    expect(stdin.listenerCount('keypress')).toBe(0);
  });

  it('takes a line that is longer than a terminal takes by itself', async () => {
    const { stdin, lines, stop } = keyboard();
    const first = lines.next();
    const address = `http://127.0.0.1:1/callback?code=${'x'.repeat(6000)}`;
    stdin.write(`${address}\r`);
    expect(await first).toEqual({ done: false, value: address });
    stop.abort();
    await lines.next();
  });

  it('hands Ctrl-C on', async () => {
    const { stdin, surroundings, lines, stop } = keyboard();
    const next = lines.next();
    const interrupted = once(surroundings, 'SIGINT');
    stdin.write('\u0003');
    await interrupted;
    stop.abort();
    expect((await next).done).toBe(true);
  });
});
