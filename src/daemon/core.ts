import { join } from 'node:path';
import type { Account } from '../accounts/account.ts';
import type { Vault } from '../accounts/vault.ts';
import type { Failure } from '../failure.ts';
import { makeDecisions, type Decisions } from '../gateway/decisions.ts';
import type { Describe } from '../gateway/explain.ts';
import { makeGateway, type Gateway } from '../gateway/gateway.ts';
import { makeMemory, type Memory } from '../gateway/memory.ts';
import { makeRouteMemory } from '../gateway/pool-lookup.ts';
import type { DaemonParts } from './daemon.ts';
import { startEngine, type Engine } from './engine.ts';
import { gatewaySettings } from './gateway-settings.ts';
import { forgetRestsBeforeRenewal } from './renewed-accounts.ts';
import { openRestFile } from './rest-file.ts';
import { servingAccounts } from './serving-accounts.ts';
import { noCounts, type Counts } from './status.ts';

const RESTS_FILE = 'rests.json';

export interface Core {
  readonly gateway: Gateway;
  readonly engine: Engine;
  readonly memory: Memory;
  readonly decisions: Decisions;
  readonly describe: Describe;
  readonly pool: ReturnType<typeof servingAccounts>;
  readonly counts: ReadonlyMap<string, Counts>;
  readonly failed: Promise<never>;
  /** Resolves when the accounts are taken up, or what is in the way of that is known, or after a short while. */
  opened(): Promise<void>;
  close(): Promise<void>;
}

/** Everything behind the door. */
export async function startCore(
  parts: DaemonParts,
  vault: Promise<Vault>,
  storeProblem: () => Failure | undefined,
): Promise<Core> {
  const { clock, log, paths } = parts;
  const restFile = openRestFile(join(paths.state, RESTS_FILE), log);
  const [upstream, known] = await Promise.all([parts.loadUpstream(), restFile.read(clock.now())]);
  const memory = makeMemory(known, (health) => restFile.keep(health));
  const onAccounts = (accounts: readonly Account[]) => forgetRestsBeforeRenewal(memory, accounts);
  const decisions = makeDecisions();
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
    maxConcurrent: () => parts.settings().routing.maxConcurrent,
    obstacle: () => storeProblem() ?? missing(engine),
  });
  const describe: Describe = (id) =>
    engine.accounts().find((one) => one.id === id) ?? { label: id, provider: 'removed' };
  const gateway = makeGateway(
    {
      accounts: pool,
      upstream,
      memory,
      decisions,
      routes: makeRouteMemory(),
      userAgent: parts.userAgent,
      settings: () => gatewaySettings(parts.settings()),
      now: () => clock.now(),
      random: parts.random,
      describe,
      onAttempt: (account, isFailure, usage) => {
        const count = counts.get(account) ?? noCounts();
        count.requests += 1;
        if (isFailure) count.failures += 1;
        count.inputTokens += usage?.inputTokens ?? 0;
        count.cacheReadTokens += usage?.cacheReadTokens ?? 0;
        count.outputTokens += usage?.outputTokens ?? 0;
        counts.set(account, count);
      },
    },
    log,
  );
  return {
    gateway,
    engine,
    memory,
    decisions,
    describe,
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

/** Records that cannot be read just now do not take back the accounts that are known. */
function missing(engine: Engine): Failure | undefined {
  if (engine.tokens() && engine.accounts().length > 0) return undefined;
  const problem = engine.problem();
  if (problem) return problem;
  if (!engine.tokens()) {
    return {
      kind: 'not-ready',
      message: 'Rota is still opening its credential store. Try again in a moment.',
    };
  }
  const message = 'No account is signed in yet. Sign in with `proxy login`: it is taken up at once.';
  return { kind: 'not-ready', message };
}
