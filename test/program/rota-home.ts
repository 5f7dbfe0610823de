import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from '../../src/accounts/account.ts';
import { openRecords } from '../../src/accounts/records.ts';
import { openStore } from '../../src/accounts/store/choose.ts';
import type { Ended, Program } from './program.ts';
import { runProgram } from './program.ts';

export interface HomeOptions {
  /** As in `config.json`; its text where it is one. */
  readonly settings?: object | string;
  /** On top of `ROTA_HOME`, `HOME` and `ROTA_KEYCHAIN=file`; an empty string takes one of these away. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One person's Rota: a folder of its own, and the program run with it. */
export interface RotaHome {
  /** Everything that the program could write to lies in here: its folder, the user's, and where it is started. */
  readonly root: string;
  /** `ROTA_HOME`. */
  readonly path: string;
  /** All that was ever printed, by every run but those of `proxy key`. */
  printed(): string;
  /** Starts a command. */
  start(words: readonly string[], options?: RunOptions): Program;
  /** Runs a command to its end. */
  run(words: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs a command that is to end well, and gives its stdout. */
  done(...words: readonly string[]): Promise<string>;
  /** The accounts, from `proxy accounts --json`. */
  accounts(): Promise<readonly AccountSeen[]>;
  /** The accounts, as they are recorded: for what is not about `proxy accounts`, which takes a third of a second. */
  recorded(): Promise<readonly Account[]>;
  /** The names of the items of accounts in the credential store, where that is the encrypted file with a key. */
  items(): Promise<readonly string[]>;
  writeSettings(settings: object | string): Promise<void>;
  /** Ends what still runs, and removes the folder. */
  close(): Promise<void>;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface AccountSeen {
  readonly id: string;
  readonly label: string;
  readonly provider: string;
  readonly state: string;
  readonly enabled: boolean;
  readonly weight: number;
  readonly priority: number;
  readonly switchOn429?: boolean;
  readonly identity?: string;
  readonly problem?: string;
  readonly requests?: number;
  readonly rests: readonly { readonly kind: string; readonly until: string }[];
}

export async function makeRotaHome(options: HomeOptions = {}): Promise<RotaHome> {
  const root = await mkdtemp(join(tmpdir(), 'rota-program-'));
  const path = join(root, 'rota');
  const folder = join(root, 'started-here');
  await Promise.all([path, folder, join(root, 'user')].map((one) => mkdir(one, { mode: 0o700 })));
  const fixed = { ROTA_HOME: path, HOME: join(root, 'user'), ROTA_KEYCHAIN: 'file', ...options.env };
  const running = new Set<Program>();
  let printed = '';

  const start = (words: readonly string[], { stdin, env }: RunOptions = {}): Program => {
    const given = Object.entries({ ...fixed, ...env }).filter(([, value]) => value !== '');
    const program = runProgram(words, {
      env: Object.fromEntries(given),
      folder,
      ...(stdin !== undefined && { stdin }),
    });
    running.add(program);
    void program.ended.then(({ stdout, stderr }) => {
      running.delete(program);
      if (words[0] !== 'key') printed += stdout + stderr;
    });
    return program;
  };
  const writeSettings = (settings: object | string): Promise<void> =>
    writeFile(
      join(path, 'config.json'),
      typeof settings === 'string' ? settings : JSON.stringify(settings, undefined, 2),
      { mode: 0o600 },
    );
  if (options.settings !== undefined) await writeSettings(options.settings);

  const done = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await start(words).ended;
    if (code !== 0) throw new Error(`proxy ${words.join(' ')} ended with ${code}:\n${stderr}`);
    return stdout.trimEnd();
  };
  return {
    root,
    path,
    printed: () => printed,
    start,
    run: async (words, given) => start(words, given).ended,
    done,
    async accounts() {
      const { accounts } = JSON.parse(await done('accounts', '--json')) as { accounts: AccountSeen[] };
      return accounts;
    },
    recorded: async () => (await openRecords(path).read()).accounts,
    async items() {
      const env = { ROTA_HOME: path, ROTA_KEYCHAIN: 'file' };
      const store = await openStore({ home: path, env, interactive: false });
      return (await store.list()).filter((name) => name.startsWith('account:'));
    },
    writeSettings,
    async close() {
      const left = [...running];
      for (const program of left) program.kill('SIGKILL');
      await Promise.all(left.map(({ ended }) => ended));
      await rm(root, { recursive: true, force: true });
    },
  };
}
