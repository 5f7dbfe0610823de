import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The real program, as a person has it after `npm ci`. Compiled, this file lies in `build/test/demo`. */
const binary = fileURLToPath(new URL('../../../bin/proxy.js', import.meta.url));

export interface Program {
  readonly process: ChildProcess;
  /** The first match in what it printed so far or prints from now on. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** What it wrote to stdout, once it has ended well. */
  result(): Promise<string>;
}

/** @param env nothing else of the environment reaches it but the search path */
export function runProgram(words: readonly string[], env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [binary, ...words], {
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let out = '';
  let tell = (): void => {};
  const hear = (text: string) => {
    said += text;
    tell();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    hear(text);
  });
  child.stderr.setEncoding('utf8').on('data', hear);
  const ended = once(child, 'close');

  return {
    process: child,
    async said(pattern) {
      for (;;) {
        const match = pattern.exec(said);
        if (match) return match;
        const more = new Promise<void>((resolve) => {
          tell = resolve;
        });
        await Promise.race([more, ended.then(() => fail(words, said))]);
      }
    },
    async result() {
      const [code] = (await ended) as [number | null];
      if (code !== 0) fail(words, said);
      return out.trim();
    },
  };
}

function fail(words: readonly string[], said: string): never {
  throw new Error(`proxy ${words.join(' ')} ended early:\n${said}`);
}
