import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** After so long it is ended, with all that it has started. */
  readonly limitMs: number;
}

export interface Ran {
  /** Undefined where it could not be started or was ended. */
  readonly code: number | undefined;
  readonly out: string;
  /** Both streams as they came. */
  readonly said: string;
  readonly timedOut: boolean;
}

/** Runs a program without a terminal and without input. */
export async function run(
  program: string,
  words: readonly string[],
  { cwd, env, limitMs }: RunOptions,
): Promise<Ran> {
  const child = spawn(program, words, {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let [out, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const failed = new Promise<undefined>((resolve) => {
    child.on('error', ({ message }) => {
      said += message;
      resolve(undefined);
    });
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child.pid);
  }, limitMs);
  const ended = once(child, 'exit').then(([code]: unknown[]) =>
    typeof code === 'number' ? code : undefined,
  );
  const code = await Promise.race([ended, failed]);
  clearTimeout(timer);
  // Some leave a helper behind.
  endGroup(child.pid);
  return { code, out, said, timedOut };
}

/** It is the first of a group of its own. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
