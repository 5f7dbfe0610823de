import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The real program, as a person has it after `npm ci`. */
const binary = fileURLToPath(new URL('../../bin/proxy.js', import.meta.url));

export interface ProgramOptions {
  /** Nothing else of the environment reaches it but the search path. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What stdin holds; `open` keeps it open for {@link Program.type}. Without it, stdin is empty. */
  readonly stdin?: string;
}

export interface Ended {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** The first match in what it printed so far or prints from now on; rejects when it ends without one. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Types a line, where stdin is `open`. */
  type(line: string): void;
  kill(signal: NodeJS.Signals): void;
  /** Ends reading its stdout, as `head` does. */
  stopReading(): void;
}

export function runProgram(words: readonly string[], { env, folder, stdin }: ProgramOptions): Program {
  const child = spawn(process.execPath, [binary, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
    stdio: 'pipe',
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('The program could not be started.');
  // It may end without having read all.
  child.stdin.on('error', () => undefined);
  if (stdin !== 'open') child.stdin.end(stdin ?? '');
  let stdout = '';
  let stderr = '';
  let tell = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    tell();
  });
  const ended = once(child, 'close').then(([code]: readonly unknown[]): Ended => {
    tell();
    return { code: typeof code === 'number' ? code : null, stdout, stderr };
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });

  return {
    pid,
    ended,
    async said(pattern) {
      for (;;) {
        const match = pattern.exec(`${stdout}\n${stderr}`);
        if (match) return match;
        if (isOver) throw new Error(`proxy ${words.join(' ')} ended early:\n${stdout}\n${stderr}`);
        const more = new Promise<void>((resolve) => {
          const before = tell;
          tell = () => {
            before();
            resolve();
          };
        });
        await Promise.race([more, ended]);
      }
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
    stopReading: () => void child.stdout.destroy(),
  };
}
