import type { Account } from '../accounts/account.ts';
import { findAccount } from '../accounts/account-lookup.ts';
import { probeCredential } from '../accounts/model-list.ts';
import { withTimeLimit } from '../accounts/time-limit.ts';
import { RotaError } from '../failure.ts';
import { askAccounts } from './ask-accounts.ts';
import type { Asked } from './ask-accounts.ts';
import type { CliContext } from './context.ts';
import { plain } from './plain-text.ts';
import { tableLines } from './table.ts';

/** A tool that prints a token may take a while; the call itself is bounded by its own limit. */
const LIMIT_MS = 45_000;

interface Tried {
  /** Of the call alone, without what it took to have a token. */
  readonly ms: number;
  /** How many models it listed; absent where the call was another one. */
  readonly models?: number;
}

/**
 * One call of each account that costs nothing, at an address that answers to a valid credential alone: how long it took,
 * and what the provider said.
 * @throws RotaError of kind `needs-login` where there is no account or only a sign-in helps; the first failure otherwise.
 */
export async function testAccounts(
  context: CliContext,
  reference: string | undefined,
  options: { readonly json?: boolean },
): Promise<void> {
  const { terminal } = context;
  const asked = await askAccounts(
    context,
    await chosenAccounts(context, reference),
    (provider, secret, fetch) =>
      withTimeLimit(
        LIMIT_MS,
        context.signal,
        async (signal): Promise<Tried> => {
          const known = await secret();
          const begunAt = context.clock.now();
          const { userAgent } = context;
          const models = await probeCredential(provider, known, fetch, { userAgent, signal });
          const ms = Math.max(0, Math.round(context.clock.now() - begunAt));
          return { ms, ...(models !== undefined && { models: models.length }) };
        },
        late,
      ),
  );
  if (options.json === true) {
    terminal.out(JSON.stringify({ accounts: asked.map(viewOf) }, undefined, 2));
  } else {
    const titles = ['LABEL', 'PROVIDER', 'RESULT', 'TIME', 'THE PROVIDER SAID'];
    for (const line of tableLines(titles, asked.map(rowOf), terminal.columns)) terminal.out(line);
  }
  refuseFailed(asked);
}

async function chosenAccounts({ records }: CliContext, reference: string | undefined) {
  const { accounts } = await records.read();
  if (reference !== undefined) return [findAccount(accounts, reference)];
  if (accounts.length > 0) return accounts;
  const message = 'No account is signed in yet. Begin with `proxy login <provider>`.';
  throw new RotaError({ kind: 'needs-login', message });
}

function viewOf(asked: Asked<Tried>) {
  const { id, label, provider } = asked.account;
  if ('failure' in asked) {
    const { kind, message } = asked.failure;
    return { id, label, provider, ok: false, problem: kind, said: message };
  }
  return { id, label, provider, ok: true, ...asked.result };
}

function rowOf(asked: Asked<Tried>): readonly string[] {
  const { label, provider }: Account = asked.account;
  if ('failure' in asked) return [label, provider, 'failed', '-', plain(asked.failure.message)];
  const { ms, models } = asked.result;
  const said =
    models === undefined ? 'the credential is valid' : models === 1 ? '1 model' : `${models} models`;
  return [label, provider, 'ok', `${ms} ms`, said];
}

function refuseFailed(asked: readonly Asked<Tried>[]): void {
  const failures = asked.flatMap((one) => ('failure' in one ? [one.failure] : []));
  const [first] = failures;
  if (first === undefined) return;
  const message = `${failures.length} of ${asked.length === 1 ? '1 account' : `${asked.length} accounts`} failed.`;
  const isSignIn = failures.every(({ kind }) => kind === 'needs-login');
  throw new RotaError(isSignIn ? { kind: 'needs-login', message } : { ...first, message });
}

function late(why: 'time' | 'cancelled'): RotaError {
  return why === 'cancelled'
    ? new RotaError({ kind: 'cancelled', message: 'Testing was cancelled.' })
    : new RotaError({ kind: 'upstream-unreachable', message: `Nothing came within ${LIMIT_MS / 1000} s.` });
}
