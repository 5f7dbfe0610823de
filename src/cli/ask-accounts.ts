import type { Account } from '../accounts/account.ts';
import { tokenPrinter } from '../accounts/printed-token.ts';
import { timerScheduler } from '../accounts/scheduler.ts';
import { openTokens } from '../accounts/tokens.ts';
import type { Failure } from '../failure.ts';
import { RotaError } from '../failure.ts';
import { silentLogger } from '../log/logger.ts';
import { refreshTokens } from '../oauth/refresh.ts';
import { mintToken } from '../oauth/service-account.ts';
import type { Fetch } from '../oauth/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { Secret } from '../secret.ts';
import type { CliContext } from './context.ts';

export type Asked<T> =
  | { readonly account: Account; readonly result: T }
  | { readonly account: Account; readonly failure: Failure };

export type AskOne<T> = (provider: Provider, secret: () => Promise<Secret>, fetch: Fetch) => Promise<T>;

/**
 * Asks something of each account's provider, all at once, with credentials that are refreshed where they must be. What
 * goes wrong for one account is its own result.
 * @throws RotaError of kind `cancelled`, and what the credential store rejects with.
 */
export async function askAccounts<T>(
  context: CliContext,
  accounts: readonly Account[],
  ask: AskOne<T>,
): Promise<readonly Asked<T>[]> {
  const { clock, fetchFor, records, terminal } = context;
  const registry = await context.registry();
  const vault = await context.vault();
  const tokens = openTokens({
    vault,
    records,
    refresh: refreshTokens,
    printToken: tokenPrinter(clock),
    mintToken,
    provider: (id) => registry.get(id),
    fetchFor,
    clock,
    scheduler: timerScheduler(clock),
    random: () => 0.5,
    // Whatever goes wrong is told for its account.
    log: silentLogger,
  });
  const spinner = terminal.spin(
    `Asking ${accounts.length === 1 ? '1 account' : `${accounts.length} accounts`} …`,
  );
  const askOne = async (account: Account): Promise<Asked<T>> => {
    const provider = registry.get(account.provider);
    if (provider === undefined) {
      const message = `The provider "${account.provider}" is not in the settings any more.`;
      return { account, failure: { kind: 'settings', message } };
    }
    try {
      return { account, result: await ask(provider, () => tokens.secretFor(account.id), fetchFor(account)) };
    } catch (error) {
      if (error instanceof RotaError && error.failure.kind !== 'cancelled') {
        return { account, failure: error.failure };
      }
      throw error;
    }
  };
  try {
    tokens.reload(accounts);
    return await Promise.all(accounts.map(askOne));
  } finally {
    spinner.stop();
    await tokens.close();
  }
}
