import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { rememberStore } from './accounts/account-changes.ts';
import { openRecords, type Records } from './accounts/records.ts';
import { openStore } from './accounts/store/choose.ts';
import { openVault, type Vault } from './accounts/vault.ts';
import type { CliContext } from './cli/context.ts';
import { daemonClient } from './cli/daemon-client.ts';
import type { Terminal } from './cli/terminal.ts';
import { systemClock } from './clock.ts';
import { loadSettings } from './config/load.ts';
import { rotaPaths, type RotaPaths } from './config/paths.ts';
import type { Settings } from './config/settings.ts';
import { CONTROL_FILE, readDaemonRecord } from './daemon/daemon-record.ts';
import { logThreshold } from './log/level.ts';
import { createLogger } from './log/logger.ts';
import { stderrLog } from './log/stderr.ts';
import { protocolNames } from './protocols/names.ts';
import { makeRegistry, reservedIds } from './providers/registry.ts';
import type { Upstream } from './upstream/client.ts';
import { fetchBy } from './upstream/fetch-by.ts';

/** What the process gives: read once, at its edge. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly terminal: Terminal;
  readonly stderr: NodeJS.WriteStream;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Composition {
  readonly context: CliContext;
  /** Ends what would keep the process alive. */
  close(): Promise<void>;
}

/** The composition root: the one place where the real clock, chance, keychain, HTTP client and providers come together. */
export function compose({ env, platform, terminal, stderr, signal }: Surroundings): Composition {
  const version = readVersion();
  const names = {
    builtInProviders: reservedIds,
    protocols: protocolNames,
  };
  const userAgent = `rota/${version}`;
  const paths = rotaPaths({ env, platform, homedir: homedir() });
  const log = createLogger({
    threshold: logThreshold(env.ROTA_LOG),
    clock: systemClock,
    ...stderrLog(stderr, env),
  });
  const records = openRecords(paths.records);
  let upstream: Promise<Upstream> | undefined;

  const loadUpstream = (): Promise<Upstream> => {
    upstream ??= import('./upstream/undici-client.ts').then(({ makeUpstream }) =>
      makeUpstream({ clock: systemClock, env }),
    );
    return upstream;
  };
  const settings = () => loadSettings(paths, names);
  const registryFor = (current: Settings, endpoints: Awaited<ReturnType<Records['read']>>['endpoints']) =>
    makeRegistry({ settings: current.providers, endpoints });
  let opened: Promise<Vault> | undefined;
  // Once for the process: a passphrase is gone from the environment when it has been read. What failed may be tried again.
  const vault = () => {
    opened ??= openOwnVault({ env, paths, records, terminal }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const fetch: CliContext['fetch'] = fetchBy(loadUpstream, undefined);

  const context: CliContext = {
    terminal,
    version,
    userAgent,
    paths,
    importHome: { env, platform, homedir: homedir() },
    clock: systemClock,
    log,
    signal,
    settings,
    records,
    vault,
    fetch,
    fetchFor: ({ egressProxy }) => fetchBy(loadUpstream, egressProxy),
    async registry() {
      const [current, { endpoints }] = await Promise.all([settings(), records.read()]);
      return registryFor(current, endpoints);
    },
    daemon: daemonClient({
      find: () => readDaemonRecord(join(paths.state, CONTROL_FILE)),
      adminKey: async () => (await vault()).adminKey(),
      fetch,
    }),
    async serve(options) {
      const first = await settings();
      const { serve } = await import('./daemon/serve.ts');
      let current = first;
      await serve(
        {
          ...options,
          first,
          names,
          paths,
          version,
          userAgent,
          log,
          records,
          loadUpstream,
          clock: systemClock,
          random: Math.random,
          openVault: vault,
          registryFor: (endpoints) => registryFor(current, endpoints),
          onSettings: (next) => {
            current = next;
          },
          announce: (line) => terminal.out(line),
        },
        signal,
      );
    },
  };
  return {
    context,
    async close() {
      await (await upstream)?.close();
    },
  };
}

interface VaultParts {
  readonly env: NodeJS.ProcessEnv;
  readonly paths: RotaPaths;
  readonly records: Records;
  readonly terminal: Terminal;
}

/** The credential store that is in use, or the one that is chosen now and remembered from here on. */
async function openOwnVault({ env, paths, records, terminal }: VaultParts): Promise<Vault> {
  const { store: remembered } = await records.read();
  const store = await openStore({
    home: paths.records,
    env,
    remembered,
    interactive: terminal.interactive,
    onWaiting: () => terminal.note('Waiting for you to unlock the keychain …'),
    askPassphrase: (use) =>
      terminal.askSecret(
        use === 'open' ? 'Passphrase of the credential file:' : 'A passphrase for the new credential file:',
      ),
  });
  if (remembered === undefined) await records.change((content) => rememberStore(content, store.kind));
  return openVault(records, store);
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
