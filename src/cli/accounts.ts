import type { Command } from 'commander';
import type { AccountSettings } from '../accounts/account-settings.ts';
import { nearest } from '../nearest.ts';
import { exportAccounts, restoreAccounts } from './accounts-archive.ts';
import type { ArchiveOptions } from './accounts-archive.ts';
import { drain, renameTo, setEnabledTo, setSettings } from './accounts-change.ts';
import { listAccounts } from './accounts-list.ts';
import { resetAccounts } from './accounts-reset.ts';
import { testAccounts } from './accounts-probe.ts';
import type { Perform } from './command.ts';
import { logout } from './logout.ts';
import { numberOf, usage } from './usage.ts';

const ACCOUNT = 'its label, or provider/label';

const JSON_HELP = `
--json prints {"accounts": [...]}, each with id, label, provider, state, enabled, priority, weight, maxConcurrent,
switchOn429, egressProxy, identity, addedAt, renewedAt, problem, models (a number), rests [{kind, scope, detail, model,
until, waitFrom}], windows [{name, model, used, resetsAt}], requests, failures, inputTokens, cacheReadTokens,
outputTokens. state is one of ready, resting, loading, expired, unreadable, needs-login, draining, disabled.
Tokens are counted where an answer tells them. What is not known is left out.`;

const TEST_JSON_HELP = `
--json prints {"accounts": [...]}, each with id, label, provider, ok, and ms and models where it is, problem and said where not.`;

interface SetOptions {
  readonly weight?: string;
  readonly priority?: string;
  readonly maxConcurrent?: string;
  readonly switchOn429?: boolean;
  readonly egressProxy?: string;
}

export function declareAccounts(command: Command, perform: Perform): void {
  command
    .usage('[options] [command]')
    .option('--json', 'print one JSON document')
    .addHelpText('after', JSON_HELP)
    // A mistyped command would otherwise be one argument too many.
    .allowExcessArguments()
    .action((options: { json?: boolean }) => {
      refuseUnknown(command);
      return perform((context) => listAccounts(context, options));
    });
  declareSwitch(command, perform, 'enable', 'let a disabled account serve again', true);
  declareSwitch(command, perform, 'disable', 'let an account serve nothing until it is enabled', false);
  subcommand(command, 'rename', 'call an account something else')
    .argument('<account>', ACCOUNT)
    .argument('<label>', 'what to call it')
    .action((account: string, label: string) => perform((context) => renameTo(context, account, label)));
  subcommand(command, 'remove', 'the same as `proxy logout`')
    .argument('<account>', ACCOUNT)
    .action((account: string) => perform((context) => logout(context, account)));
  subcommand(command, 'reset', 'clear the rests of an account, or of all; needs the running proxy')
    .argument('[account]', ACCOUNT)
    .option('--model <name>', 'only what it rests for this model, under the name that its provider gives it')
    .action((account: string | undefined, options: { model?: string }) =>
      perform((context) => resetAccounts(context, account, options.model)),
    );
  subcommand(command, 'drain', 'let an account finish its conversations and take no new one')
    .argument('<account>', ACCOUNT)
    .action((account: string) => perform((context) => drain(context, account)));
  subcommand(command, 'test', 'try each account, or one, with a call that costs nothing')
    .argument('[account]', ACCOUNT)
    .option('--json', 'print one JSON document')
    .addHelpText('after', TEST_JSON_HELP)
    .action((account: string | undefined, options: { json?: boolean }, own: Command) =>
      // `--json` belongs to `accounts` as well, which takes it first.
      perform((context) => testAccounts(context, account, { ...own.optsWithGlobals(), ...options })),
    );
  declareSet(command, perform);
  const passphrase = [
    '--passphrase-file <file>',
    'read the passphrase from there instead of asking',
  ] as const;
  subcommand(command, 'export', 'write all accounts into an encrypted file, for another machine')
    .argument('<file>', 'where to')
    .option(...passphrase)
    .option('--force', 'replace a file that is there')
    .action((file: string, options: ArchiveOptions & { force?: boolean }) =>
      perform((context) => exportAccounts(context, file, options)),
    );
  subcommand(command, 'restore', 'take up the accounts of such a file; what is newer here stays')
    .argument('<file>', 'what `proxy accounts export` wrote')
    .option(...passphrase)
    .action((file: string, options: ArchiveOptions) =>
      perform((context) => restoreAccounts(context, file, options)),
    );
}

function subcommand(accounts: Command, name: string, summary: string): Command {
  const description = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return accounts
    .command(name)
    .summary(summary)
    .description(description)
    .helpOption('-h, --help', 'show this help');
}

function declareSwitch(
  accounts: Command,
  perform: Perform,
  name: string,
  summary: string,
  enabled: boolean,
): void {
  subcommand(accounts, name, summary)
    .argument('<account>', ACCOUNT)
    .action((account: string) => perform((context) => setEnabledTo(context, account, enabled)));
}

function declareSet(accounts: Command, perform: Perform): void {
  subcommand(accounts, 'set', 'change how an account takes its turns')
    .argument('<account>', ACCOUNT)
    .option('--weight <number>', 'its share of turns beside its equals, or "default" (1)')
    .option('--priority <number>', 'higher goes first, or "default" (0)')
    .option('--max-concurrent <number>', 'how many requests it has under way at most, or "default"')
    .option('--switch-on-429', 'another account may answer when this one gets a 429')
    .option('--no-switch-on-429', 'a 429 of this account goes to the client')
    .option(
      '--egress-proxy <url>',
      'its own way out: http://…, https://… or socks5://…; "none" for straight, "default" for what HTTPS_PROXY says',
    )
    .action((account: string, options: SetOptions) => {
      const settings = settingsOf(options);
      return perform((context) => setSettings(context, account, settings));
    });
}

function settingsOf({
  weight,
  priority,
  maxConcurrent,
  switchOn429,
  egressProxy,
}: SetOptions): AccountSettings {
  return {
    ...(weight !== undefined && { weight: settingOf(weight, '--weight') }),
    ...(priority !== undefined && { priority: settingOf(priority, '--priority') }),
    ...(maxConcurrent !== undefined && { maxConcurrent: settingOf(maxConcurrent, '--max-concurrent') }),
    ...(switchOn429 !== undefined && { switchOn429 }),
    ...(egressProxy !== undefined && { egressProxy: egressProxy === 'default' ? null : egressProxy }),
  };
}

/** `null` takes a setting back to its default. */
function settingOf(value: string, flag: string): number | null {
  return value === 'default' ? null : numberOf(value, flag);
}

function refuseUnknown(accounts: Command): void {
  const [word] = accounts.args;
  if (word === undefined) return;
  const names = accounts.commands.map((command) => command.name());
  const [near] = nearest(word, names);
  const way = near === undefined ? 'See `proxy accounts --help`.' : `Did you mean "${near}"?`;
  throw usage(`There is no command "proxy accounts ${word}". ${way}`);
}
