import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addEndpoint } from '../../src/accounts/endpoint-changes.ts';
import { openRecords, type Records } from '../../src/accounts/records.ts';
import { completeSignIn } from '../../src/accounts/sign-in.ts';
import type { CredentialStore } from '../../src/accounts/store/store.ts';
import { openVault, type Vault } from '../../src/accounts/vault.ts';
import { rotaPaths } from '../../src/config/paths.ts';
import { validateSettings } from '../../src/config/validate.ts';
import { startDaemon, type Daemon } from '../../src/daemon/daemon.ts';
import { createLogger, type Logger } from '../../src/log/logger.ts';
import { renderJson } from '../../src/log/render.ts';
import { protocolNames } from '../../src/protocols/names.ts';
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
}

export interface TestAccount {
  readonly label: string;
  readonly key: string;
  readonly upstream?: string;
  readonly weight?: number;
  readonly priority?: number;
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
  const clock = { now: () => Date.now() };
  const logLines: string[] = [];
  const log: Logger = createLogger({
    threshold: 'debug',
    clock,
    render: renderJson,
    sink: (line) => void logLines.push(line),
  });
  const userAgent = 'rota/test';
  const settings = await validateSettings(options.settings ?? {}, { builtInProviders: [], protocols: protocolNames }, 'test');
  const upstream = makeUpstream({ clock, env: {} });
  for (const account of options.from ? [] : options.accounts) {
    const baseUrl = account.upstream ?? options.upstream;
    const id = endpointId(baseUrl);
    await records.change((content) => addEndpoint(content, { id, label: id, baseUrl }));
    const provider = makeRegistry({ endpoints: [{ id, label: id, baseUrl }] }).get(id);
    if (!provider) throw new Error('no provider');
    const { label, weight, priority } = account;
    const own = { ...(weight ? { weight } : {}), ...(priority ? { priority } : {}) };
    const proof = { kind: 'key', key: new Secret(account.key) } as const;
    const { fetch } = upstream;
    await completeSignIn({ vault, records, fetch, clock, userAgent }, { provider, label, proof, settings: own });
  }
  const daemon = await startDaemon({
    host: '127.0.0.1', port: 0, paths, version: '0.0.0', userAgent, clock, random: Math.random, log, records,
    settings: () => settings,
    registryFor: (endpoints) => makeRegistry({ settings: settings.providers, endpoints }),
    openVault: async () => vault,
    loadUpstream: async () => upstream,
  });
  const key = (await vault.localKey()).reveal();
  const adminKey = (await vault.adminKey()).reveal();
  const stop = () => daemon.close(1000);
  return {
    url: daemon.url, key, adminKey, home, store, records, vault, daemon, logLines, stop,
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

function endpointId(baseUrl: string): string {
  return `sim-${new URL(baseUrl).port}`;
}
