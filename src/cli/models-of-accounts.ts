import type { Account } from '../accounts/account.ts';
import { fetchModels } from '../accounts/model-list.ts';
import { withTimeLimit } from '../accounts/time-limit.ts';
import { RotaError } from '../failure.ts';
import type { Model } from '../providers/provider.ts';
import type { Asked } from './ask-accounts.ts';
import { askAccounts } from './ask-accounts.ts';
import type { CliContext } from './context.ts';
import { plain } from './plain-text.ts';

const LIMIT_MS = 10_000;

/** A model as commands show it, and its shape in `--json`. */
export interface ModelView {
  readonly id: string;
  readonly ownedBy?: string;
  /** How much it can look at, in tokens; absent where the provider does not say. */
  readonly contextTokens?: number;
  /** What it takes: `text`, `image`, …; absent where the provider does not say. */
  readonly inputs?: readonly string[];
  /** Labels of the accounts that list it; absent where the proxy was asked, which keeps them to itself. */
  readonly accounts?: readonly string[];
}

type Listing = Asked<readonly Model[]>;

/**
 * Asks every account that may serve for its models, all at once; those that do not answer are told on stderr.
 * @throws RotaError of kind `needs-login` where there is no account, `not-found` where all are disabled, or the failure
 * where none answered.
 */
export async function fetchAccountModels(context: CliContext): Promise<readonly ModelView[]> {
  const { records, terminal } = context;
  const { accounts } = await records.read();
  const usable = accounts.filter(({ enabled }) => enabled);
  if (accounts.length === 0) {
    const message = 'No account is signed in yet. Begin with `proxy login <provider>`.';
    throw new RotaError({ kind: 'needs-login', message });
  }
  if (usable.length === 0) {
    const message = 'Every account is disabled. `proxy accounts enable <account>` lets one serve.';
    throw new RotaError({ kind: 'not-found', message });
  }
  const listings = await listAll(context, usable);
  for (const listing of listings) {
    if ('failure' in listing) terminal.note(`${listing.account.label}: ${plain(listing.failure.message)}`);
  }
  const [first] = listings;
  if (first !== undefined && 'failure' in first && listings.every((listing) => 'failure' in listing)) {
    const all = listings.every((listing) => 'failure' in listing && listing.failure.kind === 'needs-login');
    const message = 'No account gave its models.';
    throw new RotaError(all ? { kind: 'needs-login', message } : { ...first.failure, message });
  }
  return byModel(listings);
}

async function listAll(context: CliContext, accounts: readonly Account[]): Promise<readonly Listing[]> {
  const { userAgent, signal } = context;
  return askAccounts(context, accounts, (provider, secret, fetch) =>
    withTimeLimit(
      LIMIT_MS,
      signal,
      async (limited) => fetchModels(provider, await secret(), fetch, { userAgent, signal: limited }),
      late,
    ),
  );
}

function late(why: 'time' | 'cancelled'): RotaError {
  return why === 'cancelled'
    ? new RotaError({ kind: 'cancelled', message: 'Asking for the models was cancelled.' })
    : new RotaError({
        kind: 'upstream-unreachable',
        message: `No list of models came within ${LIMIT_MS / 1000} s.`,
      });
}

function byModel(listings: readonly Listing[]): readonly ModelView[] {
  const found = new Map<string, Omit<ModelView, 'id'> & { readonly accounts: string[] }>();
  for (const entry of listings) {
    if ('failure' in entry) continue;
    for (const { id, ownedBy, contextTokens, inputs } of entry.result) {
      const model = found.get(id) ?? {
        ...(ownedBy !== undefined && { ownedBy }),
        ...(contextTokens !== undefined && { contextTokens }),
        ...(inputs !== undefined && { inputs }),
        accounts: [],
      };
      found.set(id, model);
      if (!model.accounts.includes(entry.account.label)) model.accounts.push(entry.account.label);
    }
  }
  return [...found]
    .map(([id, model]) => ({ id, ...model }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}
