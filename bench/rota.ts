import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, startListening, type Running } from './processes.ts';

const PROXY = fileURLToPath(new URL('../../bin/proxy.js', import.meta.url));
const ACCOUNTS = ['one', 'two', 'three'];

/** A folder with accounts signed in, in which the real program is started. */
export interface RotaHome {
  readonly key: string;
  start(nodeArgs?: readonly string[]): Promise<Running>;
  remove(): Promise<void>;
}

/** Signs in, with the commands that a person would use, to three accounts of the stand-in upstream. */
export async function makeRotaHome(upstreamPort: number): Promise<RotaHome> {
  const home = await mkdtemp(join(tmpdir(), 'rota-bench-'));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: home,
    ROTA_HOME: home,
    ROTA_KEYCHAIN: 'file',
  };
  const baseUrl = `http://127.0.0.1:${upstreamPort}/v1`;
  for (const label of ACCOUNTS) {
    const words = ['login', 'compatible', '--name', 'bench', '--base-url', baseUrl, '--label', label];
    await runCommand(PROXY, [...words, '--api-key-stdin'], env, `bench-key-of-${label}\n`);
  }
  const key = (await runCommand(PROXY, ['key'], env, '')).trim();
  const logPath = join(home, 'bench.log');
  return {
    key,
    start: (nodeArgs = []) => startListening(PROXY, ['serve', '--port', '0'], { env, logPath, nodeArgs }),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
