import { Command, CommanderError } from 'commander';
import { RotaError } from '../failure.ts';
import type { Declare, Perform } from './command.ts';
import { commanderWords, isShown } from './commander-words.ts';
import type { CliContext } from './context.ts';
import { reportError } from './error-report.ts';
import type { ExitCode } from './error-report.ts';
import type { Terminal } from './terminal.ts';
import { readVersion } from './version.ts';

interface CommandEntry {
  readonly name: string;
  readonly arguments?: string;
  readonly summary: string;
  /** A command's file is loaded only where its name is among the words: starting the proxy waits for no other. */
  load(): Promise<Declare>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'login',
    arguments: '[provider]',
    summary: 'sign in to an account, or add a key; again for each further account',
    load: async () => (await import('./login.ts')).declareLogin,
  },
  {
    name: 'logout',
    arguments: '[account]',
    summary: 'end an account, or all: revoke it where that can be done, and forget it',
    load: async () => (await import('./logout.ts')).declareLogout,
  },
  {
    name: 'accounts',
    summary: 'list the accounts, or change one',
    load: async () => (await import('./accounts.ts')).declareAccounts,
  },
  {
    name: 'providers',
    summary: 'list the providers: ways to sign in, protocols, and terms',
    load: async () => (await import('./providers.ts')).declareProviders,
  },
  {
    name: 'import',
    arguments: '[source]',
    summary: 'add accounts from what other programs keep on this machine',
    load: async () => (await import('./import.ts')).declareImport,
  },
  {
    name: 'serve',
    summary: 'run the proxy',
    load: async () => (await import('./serve.ts')).declareServe,
  },
  {
    name: 'key',
    summary: 'print the key that your assistant sends to the proxy',
    load: async () => (await import('./key.ts')).declareKey,
  },
  {
    name: 'status',
    summary: 'show how the proxy and its accounts are doing',
    load: async () => (await import('./status.ts')).declareStatus,
  },
  {
    name: 'why',
    arguments: '[request-id]',
    summary: 'tell why a request was answered as it was',
    load: async () => (await import('./why.ts')).declareWhy,
  },
  {
    name: 'models',
    summary: 'list the models that the accounts can use',
    load: async () => (await import('./models.ts')).declareModels,
  },
];

const SHORT_HELP = `Rota lets your AI coding assistant take turns among your accounts.

  proxy login openrouter   sign in; again for each further account
  proxy serve              run the proxy
  proxy key                print the key for your assistant

See \`proxy --help\` for all commands.`;

const EXAMPLES = `
Examples:
  $ proxy login openrouter                  sign in with the browser
  $ proxy login openai --label work         add an API key, and call the account "work"
  $ proxy login compatible --name local --base-url http://127.0.0.1:11434/v1
  $ proxy serve                             then point your assistant at http://127.0.0.1:8317
  $ export OPENAI_API_KEY="$(proxy key)"    with this key
  $ proxy accounts disable work             until \`proxy accounts enable work\`

--plain, with any command: no animation, no colour, no frames; for screen readers and logs.
Exit codes: 0 done, 1 it failed, 2 the words were off, 3 it needs a sign-in.
Environment: ROTA_HOME, ROTA_KEYCHAIN (os, passphrase, file), ROTA_PASSPHRASE_FILE, ROTA_PASSPHRASE,
ROTA_LOG (level), NO_COLOR, HTTPS_PROXY, NO_PROXY.`;

/**
 * Runs one command line and says how it ended. Never throws: what goes wrong is told on stderr.
 * @param argv the words after the program's name.
 * @param makeContext called only when a command really runs, so that help and version come at once.
 */
export async function run(
  argv: readonly string[],
  terminal: Terminal,
  makeContext: () => Promise<CliContext>,
): Promise<ExitCode> {
  let context: CliContext | undefined;
  const perform: Perform = async (work) => {
    context = await makeContext();
    await work(context);
  };
  try {
    const code = await interpret(argv, terminal, perform);
    await terminal.finish();
    return code;
  } catch (error) {
    const cancelled = context?.signal.aborted === true && !(error instanceof RotaError);
    return reportError(cancelled ? cancelledBy(error) : error, terminal, context?.log);
  }
}

async function interpret(argv: readonly string[], terminal: Terminal, perform: Perform): Promise<ExitCode> {
  if (argv.length === 0) {
    terminal.out(SHORT_HELP);
    return 0;
  }
  const program = await declareProgram(argv, terminal, perform);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (isShown(error)) return 0;
    // Help that stands for an error was written already.
    if (error.code !== 'commander.help') {
      terminal.note(`proxy: ${commanderWords(error, helpFor(argv))}`);
    }
    return 2;
  }
}

async function declareProgram(
  argv: readonly string[],
  terminal: Terminal,
  perform: Perform,
): Promise<Command> {
  const program = new Command('proxy')
    .description('A local proxy for AI coding assistants that takes turns among your accounts.')
    .version(readVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
      writeErr: (text) => terminal.note(text.replace(/\n$/, '')),
      getOutHelpWidth: () => helpWidth(terminal),
      getErrHelpWidth: () => helpWidth(terminal),
      // Told by `run`, in our own words.
      outputError: () => undefined,
    });
  for (const entry of COMMANDS) {
    const command = program
      .command([entry.name, entry.arguments ?? ''].join(' ').trim())
      .summary(entry.summary)
      .description(`${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`)
      .helpOption('-h, --help', 'show this help');
    if (argv.includes(entry.name)) (await entry.load())(command, perform);
  }
  return program;
}

/** What an aborted signal throws in the depths says nothing to a person. */
function cancelledBy(cause: unknown): RotaError {
  return new RotaError({ kind: 'cancelled', message: 'Cancelled.' }, { cause });
}

function helpFor(argv: readonly string[]): string {
  const command = COMMANDS.find(({ name }) => name === argv[0]);
  return ['proxy', ...(command === undefined ? [] : [command.name]), '--help'].join(' ');
}

function helpWidth({ columns }: Terminal): number {
  return Number.isFinite(columns) ? columns : 100;
}
