import type { Command } from 'commander';
import type { Account } from '../accounts/account.ts';
import { findAccount } from '../accounts/account-lookup.ts';
import { removeEndpoint } from '../accounts/endpoint-changes.ts';
import { signOut } from '../accounts/sign-out.ts';
import type { Revoke, SignedOut } from '../accounts/sign-out.ts';
import { tokenLoginOf } from '../accounts/token-login.ts';
import { withTimeLimit } from '../accounts/time-limit.ts';
import { RotaError } from '../failure.ts';
import { revokeToken } from '../oauth/revoke.ts';
import type { Registry } from '../providers/registry.ts';
import type { Perform } from './command.ts';
import type { CliContext } from './context.ts';
import { usage } from './usage.ts';

const REVOCATION_LIMIT_MS = 10_000;

export function declareLogout(command: Command, perform: Perform): void {
  command
    .option('--all', 'end every account')
    .action((account: string | undefined, { all = false }: { all?: boolean }) =>
      perform((context) => (all ? logoutAll(context, account) : logout(context, account))),
    );
}

/**
 * Ends an account: revoked at the provider where that can be done, its credential and its record removed.
 * @throws RotaError of kind `usage` where none is named.
 */
export async function logout(context: CliContext, reference: string | undefined): Promise<void> {
  if (reference === undefined) throw usage('Say which account, by its label; or --all for every one.');
  await end(context, findAccount((await context.records.read()).accounts, reference));
}

/** Ends them one by one; one that cannot be ended keeps no other. */
async function logoutAll(context: CliContext, reference: string | undefined): Promise<void> {
  if (reference !== undefined) throw usage('--all ends every account: name none beside it.');
  const { accounts } = await context.records.read();
  if (accounts.length === 0) return context.terminal.note('No account is signed in.');
  const failures: RotaError[] = [];
  for (const account of accounts) {
    try {
      await end(context, account);
    } catch (error) {
      if (!(error instanceof RotaError)) throw error;
      context.terminal.note(`"${account.label}" could not be logged out. ${error.failure.message}`);
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first === undefined) return;
  throw new RotaError({
    ...first.failure,
    message: `${failures.length} of ${accounts.length} accounts are still there.`,
  });
}

async function end(context: CliContext, account: Account): Promise<void> {
  const { records, daemon, terminal } = context;
  const registry = await context.registry();
  const vault = await context.vault();
  const signedOut = await signOut({ vault, records, revoke: revokeWith(context, registry) }, account);
  await records.change((content) =>
    content.accounts.some(({ provider }) => provider === account.provider)
      ? content
      : removeEndpoint(content, account.provider),
  );
  await daemon.reload();
  terminal.out(`"${account.label}" (${account.provider}) is logged out.`);
  tellRevocation(context, signedOut);
}

function tellRevocation({ terminal }: CliContext, { revocation, problem }: SignedOut): void {
  if (revocation === 'revoked') terminal.note('The provider has revoked its tokens.');
  if (revocation === 'failed') {
    terminal.note(
      `The tokens could not be revoked, and may stay valid until they expire. ${problem ?? ''}`.trim(),
    );
  }
  if (revocation === 'not-offered') {
    terminal.note('A key stays valid at the provider until you delete it there.');
  }
}

function revokeWith({ fetchFor, clock, signal }: CliContext, registry: Registry): Revoke {
  return async (account, credential) => {
    const login = tokenLoginOf(registry.get(account.provider), credential);
    // A refresh token takes its access tokens with it (RFC 7009 §2.1).
    const token = credential.refreshToken ?? credential.accessToken;
    if (login === undefined || token === undefined) return 'not-offered';
    const told = await withTimeLimit(
      REVOCATION_LIMIT_MS,
      signal,
      (limited) => revokeToken(login, token, { fetch: fetchFor(account), clock, signal: limited }),
      (why) => late(why),
    );
    return told === 'revoked' ? 'revoked' : 'not-offered';
  };
}

function late(why: 'time' | 'cancelled'): RotaError {
  return why === 'cancelled'
    ? new RotaError({ kind: 'cancelled', message: 'Revoking was cancelled.' })
    : new RotaError({
        kind: 'sign-in',
        reason: 'unreachable',
        message: `The provider did not answer within ${REVOCATION_LIMIT_MS / 1000} s.`,
      });
}
