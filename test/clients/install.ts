import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assistant } from './assistant.ts';
import { run } from './run.ts';

export type Installed =
  | { readonly program: string; readonly version: string }
  /** Why it cannot be had here. */
  | { readonly missing: string };

const INSTALL_LIMIT_MS = 600_000;
const VERSION_LIMIT_MS = 60_000;

/** Installs an assistant's package into a folder of its own, unless it is there already, and asks it for its version. */
export async function install(
  assistant: Assistant,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Installed> {
  const place = join(folder, assistant.package.replaceAll(/[^a-z-]/gu, '_'));
  const program = join(place, 'node_modules', '.bin', assistant.program);
  await mkdir(place, { recursive: true });
  if (!(await exists(program))) {
    await writeFile(join(place, 'package.json'), '{"private":true}');
    const words = ['install', '--save-exact', '--no-audit', '--no-fund', assistant.package];
    // With the registry and the proxy of whoever runs this.
    const own = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
    const { code, said } = await run('npm', words, { cwd: place, env: own, limitMs: INSTALL_LIMIT_MS });
    if (code !== 0) return { missing: `npm could not install it: ${lastLines(said)}` };
  }
  if (!(await exists(program))) return { missing: 'its package brought no program' };
  const asked = await run(program, ['--version'], { cwd: place, env, limitMs: VERSION_LIMIT_MS });
  if (asked.code !== 0) return { missing: `it does not start: ${lastLines(asked.said)}` };
  return { program, version: /\d+\.\d+\.\S+/u.exec(asked.out)?.[0] ?? 'of unknown version' };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function lastLines(text: string, count = 3): string {
  return text.trim().split('\n').slice(-count).join(' / ');
}
