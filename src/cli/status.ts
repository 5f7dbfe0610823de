import type { Command } from 'commander';
import type { StoreKind } from '../accounts/store/store.ts';
import { RotaError } from '../failure.ts';
import type { AccountsView, AccountView } from './account-view.ts';
import { needsLogin, viewAccounts } from './account-view.ts';
import { loginCommand, restWords } from './account-words.ts';
import { accountTable } from './accounts-list.ts';
import type { Perform } from './command.ts';
import type { CliContext, RunningDaemon } from './context.ts';
import { momentWords } from './moment.ts';
import { plain } from './plain-text.ts';

const JSON_HELP = `
--json prints {"daemon": {url, pid, version, startedAt} or null, "obstacle", "store", "accounts": [...]}; the accounts
are those of \`proxy accounts --json\`, store is one of os, passphrase, file, or null.
Exit code 3 where every enabled account needs a sign-in, 1 where a proxy runs that could not be asked; 0 otherwise,
also where no proxy runs.`;

const STORES: Readonly<Record<StoreKind, string>> = {
  os: 'the keychain of the operating system',
  passphrase: 'a file encrypted with a passphrase',
  file: 'a file encrypted with a key that lies in a file, too',
};

export function declareStatus(command: Command, perform: Perform): void {
  command
    .option('--json', 'print one JSON document')
    .addHelpText('after', JSON_HELP)
    .action((options: { json?: boolean }) => perform((context) => status(context, options)));
}

/**
 * Shows the proxy and its accounts.
 * @throws RotaError, after all was shown: of kind `needs-login` where no enabled account can serve without a person, or
 * what kept the running proxy from being asked.
 */
export async function status(context: CliContext, options: { readonly json?: boolean }): Promise<void> {
  const { terminal, clock, records } = context;
  const { store } = await records.read();
  const running = await context.daemon.find();
  const view = await viewAccounts(context);
  if (options.json === true) terminal.out(documentOf(running, store, view));
  else
    for (const line of statusLines(running, store, view, terminal.columns, clock.now())) terminal.out(line);
  if (view.unasked !== undefined) throw view.unasked;
  refuseUseless(view.accounts);
}

function documentOf(
  running: RunningDaemon | undefined,
  store: StoreKind | undefined,
  { daemon, accounts }: AccountsView,
): string {
  const { url, pid, version, startedAt } = running ?? {};
  const document = {
    daemon: running === undefined ? null : { url, pid, version, startedAt },
    ...(daemon?.obstacle !== undefined && { obstacle: daemon.obstacle }),
    store: store ?? null,
    accounts,
  };
  return JSON.stringify(document, undefined, 2);
}

function statusLines(
  running: RunningDaemon | undefined,
  store: StoreKind | undefined,
  { daemon, accounts }: AccountsView,
  columns: number,
  nowMs: number,
): readonly string[] {
  return [
    running === undefined
      ? 'Proxy: not running. Start it with `proxy serve`.'
      : `Proxy: ${running.url} (process ${running.pid}, since ${momentWords(running.startedAt, nowMs)})`,
    ...(daemon?.obstacle === undefined ? [] : [`It cannot serve: ${plain(daemon.obstacle)}`]),
    `Credentials: ${store === undefined ? 'none stored yet' : STORES[store]}`,
    ...(accounts.length === 0
      ? ['Accounts: none. Begin with `proxy login <provider>`.']
      : ['', ...accountTable(accounts, columns, nowMs)]),
    ...section('Rests', restLines(accounts, nowMs)),
    ...section(
      'Quota windows',
      accounts.flatMap((account) => windowLines(account, nowMs)),
    ),
    ...section('Since it started', accounts.flatMap(useLines)),
    ...section('Problems', accounts.flatMap(problemLines)),
  ];
}

function restLines(accounts: readonly AccountView[], nowMs: number): readonly string[] {
  const lines = accounts.flatMap(({ label, rests }) =>
    rests.map((rest) => `  ${label}: ${restWords(rest, nowMs)}`),
  );
  return lines.length === 0 ? [] : [...lines, '  `proxy accounts reset` clears them.'];
}

function windowLines({ label, windows = [] }: AccountView, nowMs: number): readonly string[] {
  return windows.map(({ name, model, used, resetsAt }) => {
    const of = model === undefined ? '' : ` for ${plain(model)}`;
    const percent = Math.min(100, Math.round(used * 100));
    return `  ${label}: ${plain(name)}${of} ${percent} % used, full again ${momentWords(resetsAt, nowMs)}`;
  });
}

function useLines(account: AccountView): readonly string[] {
  const {
    label,
    requests = 0,
    failures = 0,
    inputTokens = 0,
    cacheReadTokens = 0,
    outputTokens = 0,
  } = account;
  if (requests === 0) return [];
  const failed = failures === 0 ? '' : `, ${count(failures)} of them failed`;
  const cached = inputTokens === 0 ? 0 : Math.round((100 * cacheReadTokens) / inputTokens);
  const tokens =
    inputTokens + outputTokens === 0
      ? ''
      : `; told of ${count(inputTokens)} tokens in (${cached} % from a cache), ${count(outputTokens)} out`;
  return [`  ${label}: asked ${requests === 1 ? 'once' : `${count(requests)} times`}${failed}${tokens}`];
}

/** With a comma for each thousand. */
function count(value: number): string {
  return value.toLocaleString('en-US');
}

function problemLines(account: AccountView): readonly string[] {
  const { label, problem, state } = account;
  const words = problem === undefined ? '' : ` ${plain(problem)}`;
  if (needsLogin(account)) return [`  ${label}:${words} Sign in again: \`${loginCommand(account)}\``];
  return problem === undefined || state === 'disabled' ? [] : [`  ${label}:${words}`];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

function refuseUseless(accounts: readonly AccountView[]): void {
  const enabled = accounts.filter((account) => account.enabled);
  const [first] = enabled;
  if (first === undefined || !enabled.every(needsLogin)) return;
  throw new RotaError({
    kind: 'needs-login',
    message: `No account can serve without a new sign-in. Begin with \`${loginCommand(first)}\`.`,
  });
}
