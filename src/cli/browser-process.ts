import type { ChildProcess } from 'node:child_process';
import type { TerminalProcess } from './terminal-process.ts';

/** By then a launcher that finds no browser has ended: it says so with its exit code alone. */
const WATCH_MS = 1000;

/** Resolves to why no browser was opened, in a few words; `undefined` where one probably was. */
export async function openBrowser(
  url: string,
  { env, platform }: Pick<TerminalProcess, 'env' | 'platform'>,
): Promise<string | undefined> {
  const none = whyNone(env, platform);
  if (none !== undefined) return none;
  try {
    const { default: open } = await import('open');
    return await exitProblem(await open(url));
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    return typeof code === 'string' ? `it could not be started (${code})` : 'it could not be started';
  }
}

/** Why it is plain beforehand that no browser could be seen. */
export function whyNone(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  if (isSet('SSH_CONNECTION') || isSet('SSH_CLIENT')) return 'this is an SSH session';
  if (platform === 'win32' || platform === 'darwin' || isSet('WSL_DISTRO_NAME')) return undefined;
  return isSet('DISPLAY') || isSet('WAYLAND_DISPLAY') ? undefined : 'there is no display';
}

function exitProblem(child: ChildProcess): Promise<string | undefined> {
  const problemOf = (code: number | null): string | undefined =>
    code === null || code === 0 ? undefined : 'none was found';
  if (child.exitCode !== null) return Promise.resolve(problemOf(child.exitCode));
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), WATCH_MS);
    child.once('error', () => {
      clearTimeout(timer);
      resolve('it could not be started');
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(problemOf(code));
    });
  });
}
