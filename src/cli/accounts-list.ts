import type { AccountView } from './account-view.ts';
import { viewAccounts } from './account-view.ts';
import { stateWords } from './account-words.ts';
import type { CliContext } from './context.ts';
import { dayWords } from './moment.ts';
import { tableLines } from './table.ts';

/** A column of the table; one that is the same for all accounts by default is shown only where it is not. */
interface Column {
  readonly title: string;
  readonly cell: (account: AccountView) => string;
  readonly usual?: string;
}

/** Prints the accounts, as a table or as one JSON document. */
export async function listAccounts(context: CliContext, options: { readonly json?: boolean }): Promise<void> {
  const { terminal, clock } = context;
  const { accounts, unasked } = await viewAccounts(context);
  if (unasked !== undefined) terminal.note(unasked.failure.message);
  if (options.json === true) return terminal.out(JSON.stringify({ accounts }, undefined, 2));
  if (accounts.length === 0) {
    terminal.note('No account is signed in yet. Begin with `proxy login <provider>`.');
    return;
  }
  for (const line of accountTable(accounts, terminal.columns, clock.now())) terminal.out(line);
}

export function accountTable(
  accounts: readonly AccountView[],
  columns: number,
  nowMs: number,
): readonly string[] {
  const shown = columnsOf(nowMs).filter(
    ({ cell, usual }) => usual === undefined || accounts.some((account) => cell(account) !== usual),
  );
  return tableLines(
    shown.map(({ title }) => title),
    accounts.map((account) => shown.map(({ cell }) => cell(account))),
    columns,
  );
}

function columnsOf(nowMs: number): readonly Column[] {
  return [
    { title: 'LABEL', cell: ({ label }) => label },
    { title: 'PROVIDER', cell: ({ provider }) => provider },
    { title: 'STATE', cell: (account) => stateWords(account, nowMs) },
    { title: 'MODELS', cell: ({ models }) => (models === undefined ? '-' : String(models)) },
    { title: 'ADDED', cell: ({ addedAt }) => dayWords(addedAt) },
    { title: 'PRIORITY', cell: ({ priority }) => String(priority), usual: '0' },
    { title: 'WEIGHT', cell: ({ weight }) => String(weight), usual: '1' },
    { title: 'ON 429', cell: switchWords, usual: '' },
    { title: 'WAY OUT', cell: ({ egressProxy = '' }) => egressProxy, usual: '' },
  ];
}

function switchWords({ switchOn429 }: AccountView): string {
  if (switchOn429 === undefined) return '';
  return switchOn429 ? 'switches' : 'stays';
}
