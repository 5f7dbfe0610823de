import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Invocation } from './windows-command.ts';
import { windowsInvocation } from './windows-command.ts';

export interface CommandLimits {
  /** Milliseconds; then it is killed. */
  readonly timeoutMs: number;
  /** Of each stream; a program that writes more is killed. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** How a program ended, with what it wrote. */
export type CommandEnd = { readonly stdout: string; readonly stderr: string } & (
  | { readonly kind: 'exited'; readonly code: number }
  /** `signal`: something killed it. `time`, `output`, `cancelled`: we did. */
  | { readonly kind: 'killed'; readonly why: 'signal' | 'time' | 'output' | 'cancelled' }
  /** The system's own code, such as ENOENT; `unquotable` for a word that a batch file cannot be given. */
  | { readonly kind: 'not-started'; readonly code: string }
);

/** A background process that keeps the streams open does not keep us: what was written when it ended is enough. */
const STREAMS_MS = 1000;

/**
 * Runs a program without a shell (but a batch file of Windows): each word of `argv` reaches it as it is. It reads nothing, writes within limits, and
 * leaves nothing behind that it started itself, as far as the system has process groups. Never rejects.
 */
export function runCommand(argv: readonly string[], limits: CommandLimits): Promise<CommandEnd> {
  const [program = '', ...words] = argv;
  return new Promise((resolve) => {
    const written = { stdout: '', stderr: '' };
    const { signal } = limits;
    if (signal?.aborted === true) return resolve({ kind: 'killed', why: 'cancelled', ...written });
    const child = start(program, words);
    if (typeof child === 'string') return resolve({ kind: 'not-started', code: child, ...written });
    let why: 'time' | 'output' | 'cancelled' | undefined;
    let streamsTimer: NodeJS.Timeout | undefined;
    const stop = (reason: typeof why): void => {
      why ??= reason;
      kill(child);
    };
    const cancel = (): void => stop('cancelled');
    const timer = setTimeout(() => stop('time'), limits.timeoutMs);
    signal?.addEventListener('abort', cancel, { once: true });
    const end = (how: Parameters<typeof ended>[0]): void => {
      clearTimeout(timer);
      clearTimeout(streamsTimer);
      signal?.removeEventListener('abort', cancel);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ ...ended(how), ...written });
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        written[name] += text;
        if (Buffer.byteLength(written[name]) > limits.maxBytes) stop('output');
      });
    }
    child.once('error', (error) => end({ problem: codeOf(error) }));
    child.once('exit', (code) => {
      streamsTimer = setTimeout(() => end({ code, why }), STREAMS_MS);
    });
    child.once('close', (code) => end({ code, why }));
  });
}

function ended(how: {
  readonly code?: number | null;
  readonly why?: 'time' | 'output' | 'cancelled' | undefined;
  readonly problem?: string;
}) {
  const { code = null, why, problem } = how;
  if (problem !== undefined) return { kind: 'not-started', code: problem } as const;
  if (why === undefined && code !== null) return { kind: 'exited', code } as const;
  return { kind: 'killed', why: why ?? 'signal' } as const;
}

/** The child, or the system's code where it cannot be started at all. */
function start(program: string, words: readonly string[]): ChildProcess | string {
  try {
    const isWindows = process.platform === 'win32';
    const invocation: ReturnType<typeof windowsInvocation> = isWindows
      ? windowsInvocation([program, ...words], { env: process.env, isFile })
      : { file: program, words, verbatim: false };
    if (invocation === undefined) return 'ENOENT';
    return invocation === 'unquotable' ? invocation : spawned(invocation, isWindows);
  } catch (error) {
    return codeOf(error);
  }
}

function spawned({ file, words, verbatim }: Invocation, isWindows: boolean): ChildProcess {
  return spawn(file, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a group of its own, so that what it starts can be ended with it.
    detached: !isWindows,
    windowsHide: true,
    windowsVerbatimArguments: verbatim,
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function kill(child: ChildProcess): void {
  const { pid } = child;
  try {
    if (pid === undefined || process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}
