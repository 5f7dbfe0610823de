import type { Command } from 'commander';
import { nearest } from '../nearest.ts';
import { catalogueOf } from '../providers/catalogue.ts';
import type { Found, ImportSource } from '../providers/importing/source.ts';
import { importSources } from '../providers/importing/sources.ts';
import type { Perform } from './command.ts';
import type { CliContext } from './context.ts';
import { importFound } from './import-found.ts';
import { readSource } from './import-read.ts';
import { runningLocals } from './local-servers.ts';
import { plain } from './plain-text.ts';
import { tableLines } from './table.ts';
import { usage } from './usage.ts';

export interface ImportOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Servers that answer on this machine are looked for by asking them, not in files. */
const LOCAL = { id: 'local', label: 'model servers that run on this machine' };

const HELP = `
Sources:
${[...importSources, LOCAL].map(({ id, label }) => `  ${id.padEnd(12)} ${label}`).join('\n')}

Keys, and those of service accounts, are copied into the credential store; where a tool is signed in, it is asked for
a token when one is needed, and nothing of it is copied. Sign-ins that vendors keep for their own clients are not taken.
Each is tried before it is kept.`;

export function declareImport(command: Command, perform: Perform): void {
  command
    .option('--dry-run', 'show what there is, and add nothing')
    .option('--yes', 'add all of it without asking')
    .addHelpText('after', HELP)
    .action((source: string | undefined, options: ImportOptions) =>
      perform((context) => importAccounts(context, source, options)),
    );
}

/**
 * Looks at what other programs keep on this machine, shows it, and adds what a person agrees to.
 * @throws RotaError of kind `usage` for a source that there is not, and where nobody can agree; the first failure where
 * one could not be added.
 */
export async function importAccounts(
  context: CliContext,
  source: string | undefined,
  { yes = false, dryRun = false }: ImportOptions,
): Promise<void> {
  const { terminal } = context;
  const found = await findImports(context, source);
  if (found.length === 0) return terminal.note('Nothing was found that could be imported.');
  for (const line of tableLines(['PROVIDER', 'WHAT', 'WHERE'], found.map(rowOf), terminal.columns)) {
    terminal.out(line);
  }
  for (const one of found) tellAside(context, one);
  const addable = found.filter(isAddable);
  if (dryRun || addable.length === 0) return;
  const what = addable.length === 1 ? 'this account' : `these ${addable.length} accounts`;
  if (!yes && !terminal.interactive) throw usage(`Nobody can agree here: add ${what} with --yes.`);
  if (yes || (await terminal.confirm(`Add ${what}?`))) await importFound(context, addable);
}

/** All that is there, also what is not taken. @throws RotaError of kind `usage` for a source that there is not. */
export async function findImports(
  context: CliContext,
  wanted: string | undefined,
): Promise<readonly Found[]> {
  const ids = [...importSources, LOCAL].map(({ id }) => id);
  if (wanted !== undefined && !ids.includes(wanted)) {
    const [near] = nearest(wanted, ids);
    throw usage(
      `There is no source "${wanted}". ${near === undefined ? `There are ${ids.join(', ')}.` : `Did you mean "${near}"?`}`,
    );
  }
  const isWanted = ({ id }: Pick<ImportSource, 'id'>): boolean => wanted === undefined || wanted === id;
  const entries = catalogueOf(await context.registry());
  const found = await Promise.all(
    importSources
      .filter(isWanted)
      .map(async (source) => source.find(await readSource(context, source), context.importHome, entries)),
  );
  const providers = entries.map(({ provider }) => provider);
  const locals = isWanted(LOCAL) ? await runningLocals(context, providers) : new Set<string>();
  return [
    ...found.flat(),
    ...[...locals].map((provider) => ({ kind: 'none' as const, provider, from: 'this machine' })),
  ];
}

export type Addable = Extract<Found, { kind: 'key' | 'command' | 'service-account' | 'none' }>;

export function isAddable(found: Found): found is Addable {
  return found.kind !== 'hint' && found.kind !== 'refused';
}

function rowOf(found: Found): readonly string[] {
  switch (found.kind) {
    case 'key':
      return [found.provider, 'an API key', found.from];
    case 'command':
      return [found.provider, `the command \`${found.argv.join(' ')}\``, found.from];
    case 'service-account':
      return [found.provider, "a service account's private key", found.from];
    case 'none':
      return [found.provider, 'a server that runs', found.from];
    case 'hint':
      return ['-', 'a tool that is signed in', found.from];
    case 'refused':
      return ['-', 'not taken', found.from];
  }
}

function tellAside({ terminal }: CliContext, found: Found): void {
  if (found.kind === 'service-account') {
    terminal.note(
      `The private key in ${plain(found.from)} is copied into the credential store; the file stays as it is.`,
    );
  }
  if (found.kind === 'refused') terminal.note(`Not taken: ${plain(found.from)}. ${found.why}`);
  if (found.kind === 'hint') terminal.note(`To use what ${plain(found.from)} tells of: \`${found.command}\``);
}
