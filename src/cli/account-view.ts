import type { Account } from '../accounts/account.ts';
import { RotaError } from '../failure.ts';
import type { AccountStatus, CliContext, DaemonStatus } from './context.ts';

/**
 * An account as commands show it, and the shape of one in `--json`: what is recorded, and how it is doing where a
 * proxy runs that knows.
 */
export interface AccountView {
  readonly id: string;
  readonly label: string;
  readonly provider: string;
  /** `ready`, `resting`, `loading`, `expired`, `unreadable`, `needs-login`, `draining`, `disabled`. */
  readonly state: string;
  readonly enabled: boolean;
  readonly priority: number;
  readonly weight: number;
  readonly switchOn429?: boolean;
  /** Its own way out: a proxy, or `none`. */
  readonly egressProxy?: string;
  readonly identity?: string;
  /** ISO 8601. */
  readonly addedAt: string;
  /** ISO 8601. */
  readonly renewedAt: string;
  /** What is wrong, in a sentence. */
  readonly problem?: string;
  /** How many models its provider lists; absent while that is not known. */
  readonly models?: number;
  readonly rests: AccountStatus['rests'];
  /** What its answers told of its quotas; absent where no proxy runs. */
  readonly windows?: NonNullable<AccountStatus['windows']>;
  readonly maxConcurrent?: number;
  /** Since the start of the proxy; absent where none runs. */
  readonly requests?: number;
  readonly failures?: number;
  /** As far as the provider's answers told. */
  readonly inputTokens?: number;
  /** Of the input: read from a cache. */
  readonly cacheReadTokens?: number;
  readonly outputTokens?: number;
}

export interface AccountsView {
  /** Of the running proxy; `undefined` where none runs, or where it does not answer. */
  readonly daemon: DaemonStatus | undefined;
  /** Why the one that runs could not be asked. */
  readonly unasked?: RotaError;
  readonly accounts: readonly AccountView[];
}

/** All accounts: the records say which there are, the running proxy how they are. */
export async function viewAccounts(context: CliContext): Promise<AccountsView> {
  const { accounts } = await context.records.read();
  const asked = await askDaemon(context);
  const statuses = new Map(asked.daemon?.accounts.map((status) => [status.id, status]));
  return { ...asked, accounts: accounts.map((account) => viewOf(account, statuses.get(account.id))) };
}

/** Whether only a person can make it serve. */
export function needsLogin({ state }: AccountView): boolean {
  return state === 'needs-login';
}

/** What the records say is worth showing even where the proxy keeps to itself. */
async function askDaemon({ daemon }: CliContext): Promise<Pick<AccountsView, 'daemon' | 'unasked'>> {
  try {
    return { daemon: await daemon.status() };
  } catch (error) {
    if (!(error instanceof RotaError)) throw error;
    const message = `A proxy runs, but it could not be asked. ${error.failure.message}`;
    return { daemon: undefined, unasked: new RotaError({ ...error.failure, message }, { cause: error }) };
  }
}

function viewOf(account: Account, status: AccountStatus | undefined): AccountView {
  const { id, label, provider, enabled, priority, weight, switchOn429, identity, addedAt, renewedAt } =
    account;
  const problem = status === undefined ? account.needsLogin?.reason : status.problem;
  return {
    id,
    label,
    provider,
    state: status?.state ?? recordedState(account),
    enabled,
    priority,
    weight,
    ...(switchOn429 !== undefined && { switchOn429 }),
    ...(account.egressProxy !== undefined && { egressProxy: account.egressProxy }),
    ...(identity !== undefined && { identity }),
    addedAt,
    renewedAt,
    ...(problem !== undefined && { problem }),
    ...(status?.models !== undefined && { models: status.models }),
    ...(account.maxConcurrent !== undefined && { maxConcurrent: account.maxConcurrent }),
    rests: status?.rests ?? [],
    ...(status?.windows !== undefined && status.windows.length > 0 && { windows: status.windows }),
    ...(status !== undefined && {
      requests: status.requests,
      failures: status.failures,
      inputTokens: status.inputTokens,
      cacheReadTokens: status.cacheReadTokens,
      outputTokens: status.outputTokens,
    }),
  };
}

function recordedState({ enabled, draining, needsLogin: refused }: Account): string {
  if (!enabled) return 'disabled';
  if (draining === true) return 'draining';
  return refused === undefined ? 'ready' : 'needs-login';
}
