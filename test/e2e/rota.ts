import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addEndpoint } from '../../src/accounts/endpoint-changes.ts';
import { openRecords, type Records } from '../../src/accounts/records.ts';
import { completeSignIn } from '../../src/accounts/sign-in.ts';
import type { CredentialStore } from '../../src/accounts/store/store.ts';
import { openVault, type Vault } from '../../src/accounts/vault.ts';
import { systemClock, type Clock } from '../../src/clock.ts';
import { rotaPaths } from '../../src/config/paths.ts';
import type { Settings } from '../../src/config/settings.ts';
import { validateSettings } from '../../src/config/validate.ts';
import { startDaemon, type Daemon, type DaemonParts } from '../../src/daemon/daemon.ts';
import { createLogger, type Logger } from '../../src/log/logger.ts';
import { renderJson } from '../../src/log/render.ts';
import { protocolNames } from '../../src/protocols/names.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { makeRegistry } from '../../src/providers/registry.ts';
import { Secret } from '../../src/secret.ts';
import { makeUpstream } from '../../src/upstream/undici-client.ts';
import { memoryStore } from './memory-store.ts';

export interface RotaOptions {
  /** Base URL of the endpoint that all accounts are of, unless they name their own. */
  readonly upstream: string;
  readonly accounts: readonly TestAccount[];
  /** As in `config.json`. */
  readonly settings?: object;
  /** Another one's folder and store, to start again where it ended. */
  readonly from?: Rota;
  readonly store?: CredentialStore;
  /** Parts of the daemon in place of the usual ones. */
  readonly parts?: Partial<DaemonParts>;
  /** Called once the accounts are signed in and the keys made, before the daemon starts. */
  beforeStart?(made: Pick<Rota, 'home' | 'store' | 'records' | 'vault'>): Promise<void> | void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface TestAccount {
  readonly label: string;
  readonly key: string;
  readonly upstream?: string;
  /** A provider of the settings, in place of an endpoint. */
  readonly provider?: string;
  readonly weight?: number;
  readonly priority?: number;
  readonly switchOn429?: boolean;
}

/** A daemon in this process, with real sockets, real records and a credential store in memory. */
export interface Rota {
  readonly url: string;
  readonly key: string;
  readonly adminKey: string;
  readonly home: string;
  readonly store: CredentialStore;
  readonly records: Records;
  readonly vault: Vault;
  readonly daemon: Daemon;
  /** Every line of the log, at debug level. */
  readonly logLines: readonly string[];
  chat(body: object, headers?: Record<string, string>): Promise<Response>;
  /** Ends the daemon and keeps the folder. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startRota(options: RotaOptions): Promise<Rota> {
  const home = options.from?.home ?? (await mkdtemp(join(tmpdir(), 'rota-test-')));
  const store = options.from?.store ?? options.store ?? memoryStore();
  const paths = rotaPaths({ env: { ROTA_HOME: home }, platform: process.platform, homedir: home });
  const records = openRecords(paths.records);
  const vault = openVault(records, store);
  const clock = options.clock ?? systemClock;
  const logLines: string[] = [];
  const log: Logger = createLogger({
    threshold: 'debug',
    clock,
    render: renderJson,
    sink: (line) => void logLines.push(line),
  });
  const userAgent = 'rota/test';
  const settings = await validateSettings(
    options.settings ?? {},
    { builtInProviders: [], protocols: protocolNames },
    'test',
  );
  const upstream = await makeUpstream({ clock, env: {} });
  for (const account of options.from ? [] : options.accounts) {
    const provider = await providerOf(account, options, records, settings.providers);
    const { label, weight, priority, switchOn429 } = account;
    const own = {
      ...(weight ? { weight } : {}),
      ...(priority ? { priority } : {}),
      ...(switchOn429 === undefined ? {} : { switchOn429 }),
    };
    const proof = { kind: 'key', key: new Secret(account.key) } as const;
    const { fetch } = upstream;
    await completeSignIn(
      { vault, records, fetch, clock, userAgent },
      { provider, label, proof, settings: own },
    );
  }
  const key = (await vault.localKey()).reveal();
  const adminKey = (await vault.adminKey()).reveal();
  await options.beforeStart?.({ home, store, records, vault });
  const daemon = await startDaemon({
    host: '127.0.0.1',
    port: 0,
    paths,
    version: '0.0.0',
    userAgent,
    clock,
    random: options.random ?? Math.random,
    log,
    records,
    settings: () => settings,
    registryFor: (endpoints) => makeRegistry({ settings: settings.providers, endpoints }),
    openVault: async () => vault,
    loadUpstream: async () => upstream,
    ...options.parts,
  });
  const stop = () => daemon.close(1000);
  return {
    url: daemon.url,
    key,
    adminKey,
    home,
    store,
    records,
    vault,
    daemon,
    logLines,
    stop,
    chat: (body, headers = {}) =>
      fetch(`${daemon.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    async close() {
      await stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function providerOf(
  account: TestAccount,
  options: RotaOptions,
  records: Records,
  settings: Settings['providers'],
): Promise<Provider> {
  const baseUrl = account.upstream ?? options.upstream;
  const id = account.provider ?? endpointId(baseUrl);
  const endpoints = account.provider === undefined ? [{ id, label: id, baseUrl }] : [];
  for (const endpoint of endpoints) await records.change((content) => addEndpoint(content, endpoint));
  const provider = makeRegistry({ settings, endpoints }).get(id);
  if (!provider) throw new Error(`There is no provider ${id}.`);
  return provider;
}

function endpointId(baseUrl: string): string {
  return `sim-${new URL(baseUrl).port}`;
}
