import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Account } from '../accounts/account.ts';
import { findAccount } from '../accounts/account-lookup.ts';
import type { Records } from '../accounts/records.ts';
import type { Vault } from '../accounts/vault.ts';
import type { Clock } from '../clock.ts';
import type { RotaPaths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import type { Failure } from '../failure.ts';
import { makeGateway, type Gateway } from '../gateway/gateway.ts';
import { makeMemory, type Memory } from '../gateway/memory.ts';
import { makeRouteMemory } from '../gateway/pool-lookup.ts';
import type { Control, HttpParts } from '../http/parts.ts';
import { listen, type ListeningServer } from '../http/server.ts';
import type { Logger } from '../log/logger.ts';
import type { Registry } from '../providers/registry.ts';
import type { Upstream } from '../upstream/client.ts';
import { openCredentials } from './credentials.ts';
import { CONTROL_FILE, removeDaemonRecord, writeDaemonRecord, type DaemonRecord } from './daemon-record.ts';
import { startEngine, type Engine } from './engine.ts';
import { gatewaySettings } from './gateway-settings.ts';
import { listedModels } from './listed-models.ts';
import { ownKey } from './own-key.ts';
import { forgetRestsBeforeRenewal } from './renewed-accounts.ts';
import { openRestFile } from './rest-file.ts';
import { servingAccounts } from './serving-accounts.ts';
import { accountStatus, type Counts } from './status.ts';

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

const RESTS_FILE = 'rests.json';

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

interface Core {
  readonly gateway: Gateway;
  readonly engine: Engine;
  readonly memory: Memory;
  readonly pool: ReturnType<typeof servingAccounts>;
  readonly counts: ReadonlyMap<string, Counts>;
  readonly failed: Promise<never>;
  /** Resolves when the accounts are taken up, or what is in the way of that is known, or after a short while. */
  opened(): Promise<void>;
  close(): Promise<void>;
}

/** Everything behind the door. */
async function startCore(
  parts: DaemonParts,
  vault: Promise<Vault>,
  storeProblem: () => Failure | undefined,
): Promise<Core> {
  const { clock, log, paths } = parts;
  const restFile = openRestFile(join(paths.state, RESTS_FILE), log);
  const [upstream, known] = await Promise.all([parts.loadUpstream(), restFile.read(clock.now())]);
  const memory = makeMemory(known, (health) => restFile.keep(health));
  const onAccounts = (accounts: readonly Account[]) => forgetRestsBeforeRenewal(memory, accounts);
  const engine = startEngine({ ...parts, vault, upstream, onAccounts });
  const counts = new Map<string, Counts>();
  const failed = new Promise<never>((_, reject) => {
    engine.ready.catch(reject);
  });
  void failed.catch(() => undefined);

  const pool = servingAccounts({
    tokens: engine.tokens,
    directory: engine.directory,
    accounts: engine.accounts,
    registry: engine.registry,
    switchOn429: (provider) => {
      const { providers, quotaExceeded } = parts.settings();
      const own = Object.hasOwn(providers, provider)
        ? providers[provider]?.quotaExceeded?.switchAccount
        : undefined;
      return own ?? quotaExceeded.switchAccount;
    },
    obstacle: () => storeProblem() ?? engine.problem() ?? emptiness(engine),
  });
  const gateway = makeGateway(
    {
      accounts: pool,
      upstream,
      memory,
      routes: makeRouteMemory(),
      userAgent: parts.userAgent,
      settings: () => gatewaySettings(parts.settings()),
      now: () => clock.now(),
      random: parts.random,
      describe: (id) => {
        const account = engine.accounts().find((one) => one.id === id);
        return account ?? { label: id, provider: 'removed' };
      },
      onAttempt: (account, isFailure) => {
        const count = counts.get(account) ?? { requests: 0, failures: 0 };
        count.requests += 1;
        if (isFailure) count.failures += 1;
        counts.set(account, count);
      },
    },
    log,
  );
  return {
    gateway,
    engine,
    memory,
    pool,
    counts,
    failed,
    async opened() {
      if (!engine.tokens() && !storeProblem()) await withinOpening(engine.ready);
    },
    async close() {
      await engine.close();
      await restFile.flush();
      await upstream.close();
    },
  };
}

/** Opening a keychain takes a moment; a person who has to unlock it takes longer than a client should wait. */
const OPENING_MS = 2000;

async function withinOpening(ready: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, OPENING_MS);
  });
  await Promise.race([ready.catch(() => undefined), limit]);
  clearTimeout(timer);
}

function emptiness(engine: Engine): Failure | undefined {
  if (!engine.tokens()) {
    return {
      kind: 'not-ready',
      message: 'Rota is still opening its credential store. Try again in a moment.',
    };
  }
  if (engine.accounts().length > 0) return undefined;
  const message = 'No account is signed in yet. Sign in with `proxy login`: it is taken up at once.';
  return { kind: 'not-ready', message };
}

function control(
  { clock }: DaemonParts,
  core: Promise<Core>,
  identity: () => object,
  url: () => string,
  reload: () => Promise<void>,
): Control {
  async function status(): Promise<object> {
    const { engine, memory, counts, pool, opened } = await core;
    await opened();
    const obstacle = pool.obstacle()?.message;
    const now = clock.now();
    const accounts = engine
      .accounts()
      .map((account) =>
        accountStatus(
          account,
          engine.tokens(),
          engine.directory(),
          memory.health,
          counts.get(account.id),
          now,
        ),
      );
    return { url: url(), ...identity(), ...(obstacle === undefined ? {} : { obstacle }), accounts };
  }
  return {
    status,
    async reset(reference) {
      const { engine, memory, opened } = await core;
      await opened();
      memory.reset(reference === undefined ? undefined : findAccount(engine.accounts(), reference).id);
      return status();
    },
    async reload() {
      await reload();
      return status();
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
