import { findAccount } from '../accounts/account-lookup.ts';
import { RotaError } from '../failure.ts';
import type { CliContext } from './context.ts';
import { plain } from './plain-text.ts';

/**
 * Clears the rests of one account, or of all; of one model, or of all.
 * @throws RotaError of kind `no-daemon` where no proxy runs.
 */
export async function resetAccounts(
  context: CliContext,
  reference: string | undefined,
  model?: string,
): Promise<void> {
  const { records, daemon, terminal } = context;
  const { accounts } = await records.read();
  const account = reference === undefined ? undefined : findAccount(accounts, reference);
  const status = await daemon.reset(account?.id, model);
  if (status === undefined) {
    throw new RotaError({
      kind: 'no-daemon',
      message:
        'No proxy is running, and rests live with the running proxy: there is nothing to clear. Start it with `proxy serve`, and reset then.',
    });
  }
  const what = model === undefined ? '' : ` for ${plain(model)}`;
  const done =
    account === undefined ? `No account rests any more${what}.` : `"${account.label}" rests no more${what}.`;
  terminal.out(done);
  if (model === undefined) return;
  for (const { id, label, rests } of status.accounts) {
    const isMeant = account === undefined || account.id === id;
    if (!isMeant || rests.every((rest) => rest.model !== undefined)) continue;
    const name = plain(label);
    terminal.note(`"${name}" still rests for all models: \`proxy accounts reset ${name}\` clears that, too.`);
  }
}
