import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Ask, Job, JobResult, Usage } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import type { Target } from './targets.ts';

/** A process of the benchmark that is up. */
export interface Running {
  readonly pid: number;
  /** From its announcement; 0 for one that does not listen. */
  readonly port: number;
  /** From just before the process was made to its announcement, in milliseconds. */
  readonly startMs: number;
  ask(ask: Ask): Promise<unknown>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where its log goes; to our own stderr where not given. */
  readonly logPath?: string;
  readonly nodeArgs?: readonly string[];
}

const START_LIMIT_MS = 15_000;
const ANSWER_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5000;

/** Starts a process that says on stdout where it listens. */
export async function startListening(
  script: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const startedAt = monotonicMs();
  const child = start(script, args, options);
  let said = '';
  let limit: NodeJS.Timeout | undefined;
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const match = /listening on http:\/\/[^:\s]+:(\d+)/.exec(said);
      if (match) resolve(Number(match[1]));
    });
    child.once('exit', (code) =>
      reject(new Error(`${script} ended with ${code} before it listened: ${said}`)),
    );
    limit = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${script} did not listen in time: ${said}`));
    }, START_LIMIT_MS);
  }).finally(() => clearTimeout(limit));
  return running(child, port, monotonicMs() - startedAt);
}

/** Starts a process that is only spoken to. */
export function startSilent(script: string): Running {
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return running(child, 0, 0);
}

/** Runs a command to its end. @returns what it said on stdout */
export async function runCommand(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: string,
): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { env, stdio: 'pipe' });
  let said = '';
  let noted = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (noted += text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close', { signal: AbortSignal.timeout(START_LIMIT_MS) })) as [
    number | null,
  ];
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}: ${noted}`);
  return said;
}

export async function runJob(load: Running, target: Target, job: Job): Promise<JobResult> {
  const result = (await load.ask({ kind: 'run', target, job })) as JobResult;
  const [failure] = result.failures;
  if (failure !== undefined) throw new Error(`${job.kind} against ${target.name}: ${failure}.`);
  return result;
}

export async function usageOf(process: Running): Promise<Usage> {
  return (await process.ask({ kind: 'usage' })) as Usage;
}

function start(
  script: string,
  args: readonly string[],
  { env, logPath, nodeArgs = [] }: StartOptions,
): ChildProcess {
  const log = logPath === undefined ? 'inherit' : openSync(logPath, 'a');
  const probe = fileURLToPath(new URL('./probe.js', import.meta.url));
  return spawn(process.execPath, [...nodeArgs, '--import', probe, script, ...args], {
    env: env ?? process.env,
    stdio: ['ignore', 'pipe', log, 'ipc'],
  });
}

function running(child: ChildProcess, port: number, startMs: number): Running {
  return {
    pid: child.pid ?? 0,
    port,
    startMs,
    async ask(ask) {
      const answered = once(child, 'message', { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      child.send(ask);
      const [answer] = (await answered) as [unknown];
      return answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(limit);
    },
  };
}
