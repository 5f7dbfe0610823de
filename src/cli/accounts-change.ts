import { findAccount } from '../accounts/account-lookup.ts';
import { drainAccount, renameAccount, setAccountSettings, setEnabled } from '../accounts/account-changes.ts';
import type { Account } from '../accounts/account.ts';
import type { AccountSettings } from '../accounts/account-settings.ts';
import type { RecordsContent } from '../accounts/records-content.ts';
import type { CliContext } from './context.ts';
import { usage } from './usage.ts';

export async function setEnabledTo(context: CliContext, reference: string, enabled: boolean): Promise<void> {
  const { after } = await change(context, reference, (content, { id }) => setEnabled(content, id, enabled));
  const words = enabled ? 'may serve again.' : 'serves nothing until `proxy accounts enable`.';
  context.terminal.out(`"${after.label}" ${words}`);
}

export async function drain(context: CliContext, reference: string): Promise<void> {
  const { after } = await change(context, reference, (content, { id }) => drainAccount(content, id));
  context.terminal.out(
    `"${after.label}" finishes the conversations that it has, and takes no new one until \`proxy accounts enable\`.`,
  );
}

export async function renameTo(context: CliContext, reference: string, label: string): Promise<void> {
  const { before, after } = await change(context, reference, (content, { id }) =>
    renameAccount(content, id, label),
  );
  context.terminal.out(`"${before.label}" is called "${after.label}" now.`);
}

/** @throws RotaError of kind `usage` where there is nothing to set. */
export async function setSettings(
  context: CliContext,
  reference: string,
  settings: AccountSettings,
): Promise<void> {
  if (Object.values(settings).every((value) => value === undefined)) {
    throw usage(
      'Nothing to set: give --weight, --priority, --max-concurrent, --switch-on-429, --no-switch-on-429 or --egress-proxy.',
    );
  }
  const { after } = await change(context, reference, (content, { id }) =>
    setAccountSettings(content, id, settings),
  );
  const on429 =
    after.switchOn429 === undefined ? '' : `, a 429 ${after.switchOn429 ? 'switches' : 'stays with it'}`;
  const atOnce = after.maxConcurrent === undefined ? '' : `, ${after.maxConcurrent} at once`;
  const wayOut = after.egressProxy === undefined ? '' : `, way out ${after.egressProxy}`;
  const words = `priority ${after.priority}, weight ${after.weight}${atOnce}${on429}${wayOut}`;
  context.terminal.out(`"${after.label}": ${words}.`);
}

type Change = (content: RecordsContent, account: Account) => RecordsContent;

/** One change of one account, made under the records' lock and told to the running proxy. */
async function change(
  { records, daemon }: CliContext,
  reference: string,
  work: Change,
): Promise<{ before: Account; after: Account }> {
  const found: Account[] = [];
  const { accounts } = await records.change((content) => {
    const account = findAccount(content.accounts, reference);
    found.push(account);
    return work(content, account);
  });
  await daemon.reload();
  const before = found.at(-1);
  const after = accounts.find(({ id }) => id === before?.id);
  if (before === undefined || after === undefined)
    throw new Error('a change of the records lost its account');
  return { before, after };
}
