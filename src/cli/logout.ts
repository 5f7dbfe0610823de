import type { Command } from 'commander';
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

const REVOCATION_LIMIT_MS = 10_000;

export function declareLogout(command: Command, perform: Perform): void {
  command.action((account: string) => perform((context) => logout(context, account)));
}

/** Ends an account: revoked at the provider where that can be done, its credential and its record removed. */
export async function logout(context: CliContext, reference: string): Promise<void> {
  const { records, daemon, terminal } = context;
  const account = findAccount((await records.read()).accounts, reference);
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

function revokeWith({ fetch, clock, signal }: CliContext, registry: Registry): Revoke {
  return async (account, credential) => {
    const login = tokenLoginOf(registry.get(account.provider), credential);
    // A refresh token takes its access tokens with it (RFC 7009 §2.1).
    const token = credential.refreshToken ?? credential.accessToken;
    if (login === undefined || token === undefined) return 'not-offered';
    const told = await withTimeLimit(
      REVOCATION_LIMIT_MS,
      signal,
      (limited) => revokeToken(login, token, { fetch, clock, signal: limited }),
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
