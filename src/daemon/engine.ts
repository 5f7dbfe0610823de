import type { Account } from '../accounts/account.ts';
import type { ModelDirectory } from '../accounts/model-directory.ts';
import { openModelDirectory } from '../accounts/model-directory.ts';
import { tokenPrinter } from '../accounts/printed-token.ts';
import type { Records } from '../accounts/records.ts';
import { timerScheduler, type Cancel } from '../accounts/scheduler.ts';
import { openTokens, type TokenSource } from '../accounts/tokens.ts';
import type { Vault } from '../accounts/vault.ts';
import { watchRecords } from '../accounts/watch-records.ts';
import type { Clock } from '../clock.ts';
import { RotaError, type Failure } from '../failure.ts';
import type { Logger } from '../log/logger.ts';
import { refreshTokens } from '../oauth/refresh.ts';
import { mintToken } from '../oauth/service-account.ts';
import type { Registry } from '../providers/registry.ts';
import type { Upstream } from '../upstream/client.ts';
import { fetchBy } from '../upstream/fetch-by.ts';

export interface EngineParts {
  readonly records: Records;
  readonly vault: Promise<Vault>;
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly userAgent: string;
  registryFor(endpoints: Awaited<ReturnType<Records['read']>>['endpoints']): Registry;
  /** Told of the accounts each time they are taken up, before they serve. */
  onAccounts(accounts: readonly Account[]): void;
}

/** The accounts of a running daemon: taken up from the records, and again whenever these change. */
export interface Engine {
  accounts(): readonly Account[];
  registry(): Registry;
  /** Absent until the credential store is open. */
  tokens(): TokenSource | undefined;
  directory(): ModelDirectory | undefined;
  /** Why the records cannot be used. */
  problem(): Failure | undefined;
  /** Takes up the records as they are now. */
  reload(): Promise<void>;
  /** Resolves when the accounts are taken up for the first time. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Too many open files, or a folder that is not there yet: it passes without anybody writing the records. */
const RETRY_MS = 2000;

export function startEngine(parts: EngineParts): Engine {
  const { records, clock, log, upstream, userAgent } = parts;
  const scheduler = timerScheduler(clock);
  let accounts: readonly Account[] = [];
  let registry: Registry = parts.registryFor([]);
  let tokens: TokenSource | undefined;
  let directory: ModelDirectory | undefined;
  let problem: Failure | undefined;
  let cancelRetry: Cancel | undefined;

  const provider = (id: string) => registry.get(id);
  const fetchFor = (account: Account) => fetchBy(async () => upstream, account.egressProxy);

  async function reload(): Promise<void> {
    cancelRetry?.();
    try {
      const content = await records.read();
      accounts = content.accounts;
      registry = parts.registryFor(content.endpoints);
      problem = undefined;
      parts.onAccounts(accounts);
    } catch (error) {
      if (!(error instanceof RotaError)) throw error;
      if (problem?.message !== error.failure.message) log.error(error.failure.message);
      problem = error.failure;
      cancelRetry = scheduler.at(clock.now() + RETRY_MS, () => void reload());
      return;
    }
    tokens?.reload(accounts);
    directory?.reload(accounts);
  }

  async function start(): Promise<void> {
    await reload();
    const vault = await parts.vault;
    const { random } = parts;
    tokens = openTokens({
      vault,
      records,
      provider,
      fetchFor,
      clock,
      scheduler,
      random,
      log,
      refresh: refreshTokens,
      printToken: tokenPrinter(clock),
      mintToken,
    });
    const secretFor = tokens.secretFor;
    directory = openModelDirectory({ provider, secretFor, fetchFor, clock, log, userAgent });
    tokens.reload(accounts);
    directory.reload(accounts);
  }

  const stopWatching = watchRecords(records.path, { clock, scheduler }, () => void reload());
  return {
    accounts: () => accounts,
    registry: () => registry,
    tokens: () => tokens,
    directory: () => directory,
    problem: () => problem,
    reload,
    ready: start(),
    async close() {
      stopWatching();
      cancelRetry?.();
      await tokens?.close();
    },
  };
}
