import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Records } from '../accounts/records.ts';
import type { Vault } from '../accounts/vault.ts';
import type { Clock } from '../clock.ts';
import type { RotaPaths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import type { HttpParts } from '../http/parts.ts';
import { listen, type ListeningServer } from '../http/server.ts';
import type { Logger } from '../log/logger.ts';
import type { Registry } from '../providers/registry.ts';
import type { Upstream } from '../upstream/client.ts';
import { control } from './control.ts';
import { startCore } from './core.ts';
import { openCredentials } from './credentials.ts';
import { CONTROL_FILE, removeDaemonRecord, writeDaemonRecord, type DaemonRecord } from './daemon-record.ts';
import { listedModels } from './listed-models.ts';
import { ownKey } from './own-key.ts';

export interface DaemonParts {
  readonly host: string;
  readonly port: number;
  readonly paths: RotaPaths;
  readonly version: string;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly records: Records;
  /** The settings in force now: they may change while we run. */
  settings(): Settings;
  registryFor(endpoints: Awaited<ReturnType<Records['read']>>['endpoints']): Registry;
  openVault(): Promise<Vault>;
  /** Loaded after the port is open: it takes a good part of the time to start. */
  loadUpstream(): Promise<Upstream>;
}

export interface Daemon {
  readonly url: string;
  /** Rejects when the credential store cannot be used and trying again cannot help. */
  readonly failed: Promise<never>;
  /** Takes up settings that have changed. */
  settingsChanged(): Promise<void>;
  /** Lets requests under way finish for at most `graceMs`, then ends everything. */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts the proxy. It listens first and opens the keychain, the records and the upstream client behind that:
 * requests that come meanwhile wait for what they need, or are told what is in the way.
 * @throws RotaError `port-taken`
 */
export async function startDaemon(parts: DaemonParts): Promise<Daemon> {
  const { clock, log, paths } = parts;
  const startedAt = new Date(clock.now()).toISOString();
  const stop = new AbortController();
  const credentials = openCredentials(() => parts.openVault(), log, stop.signal);
  const localKey = ownKey(async () => (await credentials.vault).localKey(), credentials.problem);
  const adminKey = ownKey(async () => (await credentials.vault).adminKey(), credentials.problem);
  const core = startCore(parts, credentials.vault, credentials.problem);
  void core.catch(() => undefined);

  const identity = () => ({ version: parts.version, pid: process.pid, startedAt });
  const httpParts: HttpParts = {
    gateway: {
      async handle(exchange) {
        const { gateway, opened } = await core;
        await opened();
        return gateway.handle(exchange);
      },
    },
    localKey,
    adminKey,
    log,
    control: control(
      parts,
      core,
      identity,
      () => server?.url ?? '',
      async () => {
        credentials.hurry();
        await Promise.all([localKey.reread(), core.then(({ engine }) => engine.reload())]);
      },
    ),
    door: () => ({ ...parts.settings().listen, host: parts.host }),
    maxBodyBytes: () => parts.settings().limits.maxBodyBytes,
    models: async () => {
      const { engine, pool, opened } = await core;
      await opened();
      await pool.listsSettled();
      return listedModels(pool.serving(), engine.directory(), parts.settings().models.aliases);
    },
    health: () => ({ name: 'rota', status: 'ok', ...identity() }),
    now: () => clock.now(),
    newRequestId: requestIds(),
  };

  let server: ListeningServer | undefined;
  try {
    server = await listen(httpParts, parts.host, parts.port);
  } catch (error) {
    stop.abort();
    throw error;
  }
  const record: DaemonRecord = { url: server.url, ...identity() };
  const recordPath = join(paths.state, CONTROL_FILE);
  const recorded = writeDaemonRecord(recordPath, record).catch((error: unknown) => {
    log.warn('commands beside this one will not find it', { path: recordPath, error });
  });
  const { url, close } = server;
  const failed = core.then((started) => started.failed);
  // Who does not listen for it is not to be ended by it: shutting down with a locked store is no failure.
  void failed.catch(() => undefined);
  // Both keys are wanted by the first request and the first command: better made now than then.
  void localKey.reread().then(() => adminKey.reread());

  return {
    url,
    failed,
    async settingsChanged() {
      await (await core).engine.reload();
    },
    async close(graceMs) {
      await close(graceMs);
      stop.abort();
      await recorded;
      await removeDaemonRecord(recordPath, process.pid);
      const started = await core.catch(() => undefined);
      await started?.close();
    },
  };
}

/** Unique and short: a random beginning for this process, then a number. They name a request in the log, and guard nothing. */
function requestIds(): () => string {
  const beginning = randomUUID().slice(0, 8);
  let number = 0;
  return () => {
    number += 1;
    return `req_${beginning}${number.toString(36).padStart(5, '0')}`;
  };
}
