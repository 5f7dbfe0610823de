import { spawn } from 'node:child_process';
import { whyNone } from './browser-process.ts';
import type { TerminalProcess } from './terminal-process.ts';

/** A tool that has the text says so at once; some stay in the background to hand it out. */
const LIMIT_MS = 1000;

type Surroundings = Pick<TerminalProcess, 'env' | 'platform'>;

/**
 * Puts a text into the clipboard of the machine, with whichever of its usual tools is there. Where no person sits at a desktop of
 * it (SSH, no display) it does not try. @returns whether it is (probably) there.
 */
export async function copyText(text: string, surroundings: Surroundings): Promise<boolean> {
  if (whyNone(surroundings.env, surroundings.platform) !== undefined) return false;
  for (const argv of toolsOf(surroundings)) {
    if (await runs(argv, text, surroundings.env)) return true;
  }
  return false;
}

function toolsOf({ env, platform }: Surroundings): readonly (readonly [string, ...string[]])[] {
  if (platform === 'darwin') return [['pbcopy']];
  if (platform === 'win32' || (env['WSL_DISTRO_NAME'] ?? '') !== '') return [['clip.exe']];
  const x11 = [
    ['xclip', '-selection', 'clipboard'],
    ['xsel', '--clipboard', '--input'],
  ] as const;
  return (env['WAYLAND_DISPLAY'] ?? '') === '' ? x11 : [['wl-copy'], ...x11];
}

function runs([program, ...words]: readonly [string, ...string[]], text: string, env: NodeJS.ProcessEnv) {
  return new Promise<boolean>((resolve) => {
    const child = spawn(program, words, { env, stdio: ['pipe', 'ignore', 'ignore'], windowsHide: true });
    const timer = setTimeout(() => resolve(true), LIMIT_MS);
    const end = (isThere: boolean): void => {
      clearTimeout(timer);
      resolve(isThere);
    };
    child.once('error', () => end(false));
    child.once('exit', (code) => end(code === 0));
    // One that ends without reading is told by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
    child.unref();
  });
}
