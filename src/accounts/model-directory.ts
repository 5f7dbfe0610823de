import type { Clock } from '../clock.ts';
import { RotaError } from '../failure.ts';
import type { Logger } from '../log/logger.ts';
import type { Fetch } from '../oauth/types.ts';
import type { Model, Provider } from '../providers/provider.ts';
import type { Secret } from '../secret.ts';
import type { Account } from './account.ts';
import { fetchModels, fixedModelsOf } from './model-list.ts';
import { withTimeLimit } from './time-limit.ts';

const MAX_AGE_MS = 60 * 60 * 1000;
/** A list that could not be had is asked for again no sooner than this. */
const RETRY_MS = 60 * 1000;
const TIMEOUT_MS = 10_000;

/** Which models each account may use, as its provider says, kept for an hour. */
export interface ModelDirectory {
  /** The latest list, at once; one older than an hour is asked for anew behind it. `undefined` where none came yet. */
  known(accountId: string): readonly Model[] | undefined;
  /** The accounts whose first list is on its way. */
  pending(): readonly string[];
  /** Resolves when no first list is on its way any more; at most the time-out of one call. */
  settled(): Promise<void>;
  /** Resolves when one more first list is there, or is known not to come; at once where none is on its way. */
  arrival(): Promise<void>;
  /**
   * Asks the provider now; any number of callers cause one call.
   * @throws RotaError of kind `not-found`, or as {@link fetchModels} and `secretFor` do; an earlier list stays known.
   */
  refresh(accountId: string): Promise<readonly Model[]>;
  /** Why the last attempt gave no list, in a sentence. */
  problem(accountId: string): string | undefined;
  /** Takes up the accounts as they are recorded now, and asks for the lists of new and renewed ones. */
  reload(accounts: readonly Account[]): void;
}

export interface ModelDirectoryParts {
  readonly provider: (id: string) => Provider | undefined;
  readonly secretFor: (accountId: string) => Promise<Secret>;
  readonly fetchFor: (account: Account) => Fetch;
  readonly clock: Clock;
  readonly log: Logger;
  readonly userAgent: string;
  /** For one account's list, waiting for its token included; 10 seconds where not given. */
  readonly timeoutMs?: number;
}

interface Entry {
  account: Account;
  models?: readonly Model[];
  /** When to ask again, in milliseconds since the epoch. */
  dueAt: number;
  problem?: string;
  flight?: Promise<readonly Model[]>;
}

export function openModelDirectory(parts: ModelDirectoryParts): ModelDirectory {
  const entries = new Map<string, Entry>();
  const { clock } = parts;

  const refresh = (entry: Entry): Promise<readonly Model[]> => {
    entry.flight ??= listOf(parts, entry.account)
      .then(
        (models) => {
          entry.models = models;
          entry.dueAt = clock.now() + MAX_AGE_MS;
          delete entry.problem;
          return models;
        },
        (error: unknown) => {
          entry.dueAt = clock.now() + RETRY_MS;
          entry.problem = problemOf(error);
          const { label } = entry.account;
          parts.log.debug('the model list could not be had', { account: label, problem: entry.problem });
          throw error;
        },
      )
      .finally(() => delete entry.flight);
    return entry.flight;
  };
  const refreshWhenDue = (entry: Entry): void => {
    const { enabled, needsLogin } = entry.account;
    if (!enabled || needsLogin !== undefined || entry.flight !== undefined) return;
    // A failure is kept as the entry's problem.
    if (clock.now() >= entry.dueAt) refresh(entry).catch(() => undefined);
  };
  const isPending = ({ models, flight }: Entry): boolean => models === undefined && flight !== undefined;
  const takeUp = (account: Account): void => {
    const present = entries.get(account.id);
    if (present?.account.renewedAt === account.renewedAt) {
      present.account = account;
      return refreshWhenDue(present);
    }
    // Of its own, so that an answer to the old credential that is still under way changes nothing.
    const entry: Entry = { account, dueAt: -Infinity };
    if (present?.models !== undefined) entry.models = present.models;
    entries.set(account.id, entry);
    refreshWhenDue(entry);
  };

  return {
    known(accountId) {
      const entry = entries.get(accountId);
      if (entry === undefined) return undefined;
      refreshWhenDue(entry);
      return entry.models;
    },
    pending: () => [...entries].filter(([, entry]) => isPending(entry)).map(([id]) => id),
    async settled() {
      await Promise.allSettled([...entries.values()].filter(isPending).map(async ({ flight }) => flight));
    },
    async arrival() {
      const flights = [...entries.values()].filter(isPending).map(async ({ flight }) => flight);
      if (flights.length > 0) await Promise.race(flights).catch(() => undefined);
    },
    async refresh(accountId) {
      const entry = entries.get(accountId);
      if (entry !== undefined) return refresh(entry);
      throw new RotaError({
        kind: 'not-found',
        message: `There is no account with the id "${accountId}" any more: it was removed.`,
      });
    },
    problem: (accountId) => entries.get(accountId)?.problem,
    reload(accounts) {
      const ids = new Set(accounts.map(({ id }) => id));
      for (const id of entries.keys()) {
        if (!ids.has(id)) entries.delete(id);
      }
      for (const account of accounts) takeUp(account);
    },
  };
}

async function listOf(parts: ModelDirectoryParts, account: Account): Promise<readonly Model[]> {
  const provider = parts.provider(account.provider);
  if (provider === undefined) {
    throw new RotaError({
      kind: 'not-found',
      message: `The provider "${account.provider}" of the account "${account.label}" is not in the settings any more.`,
    });
  }
  if (provider.modelList === undefined) return fixedModelsOf(provider);
  const timeoutMs = parts.timeoutMs ?? TIMEOUT_MS;
  return withTimeLimit(
    timeoutMs,
    undefined,
    async (signal) => {
      const secret = await parts.secretFor(account.id);
      const { userAgent } = parts;
      return fetchModels(provider, secret, parts.fetchFor(account), { userAgent, signal, timeoutMs });
    },
    () =>
      new RotaError({
        kind: 'upstream-unreachable',
        message: `The models of the account "${account.label}" did not come within ${timeoutMs / 1000} s.`,
      }),
  );
}

function problemOf(error: unknown): string {
  return error instanceof RotaError ? error.failure.message : 'An unexpected error came up.';
}
