import type { Choice } from './terminal.ts';
import { catalogueOf, type CatalogueEntry } from '../providers/catalogue.ts';
import { compatibleKinds } from '../providers/compatible.ts';
import type { CliContext } from './context.ts';
import { findImports, isAddable } from './import.ts';
import { COMPATIBLE } from './login-endpoint.ts';
import type { LoginOptions } from './login.ts';
import { usage } from './usage.ts';

export type ChosenLogin =
  | { readonly kind: 'login'; readonly name: string; readonly options: LoginOptions }
  /** What other programs keep on this machine. */
  | { readonly kind: 'import' };

const WAYS: Readonly<Record<string, string>> = {
  'api-key': 'an API key',
  'authorization-code': 'in the browser',
  'device-code': 'with a code, in a browser on any machine',
  command: 'with the token that a command prints',
  'service-account': "with the file of a service account's key",
};

const NO_KEY = 'no-key';
/** No provider can have such an id. */
const FOUND = '(found)';

/**
 * Asks a person for the provider and the way, where they named none.
 * @throws RotaError of kind `usage` where nobody can be asked, `cancelled`.
 */
export async function askForLogin(context: CliContext, options: LoginOptions): Promise<ChosenLogin> {
  const { terminal } = context;
  if (!terminal.interactive) {
    throw usage('Say which provider, such as `proxy login openrouter`; `proxy providers` lists them.');
  }
  // Nobody is to answer questions, only to learn that nothing can be kept.
  await context.vault();
  const entries = catalogueOf(await context.registry());
  const name = await terminal.choose('Which provider?', await choicesOf(context, entries));
  const entry = entries.find(({ provider }) => provider.id === name);
  if (name === FOUND) return { kind: 'import' };
  if (entry === undefined) {
    return { kind: 'login', name: COMPATIBLE, options: await askForEndpoint(context, options) };
  }
  return { kind: 'login', name, options: await askForWay(context, entry, options) };
}

/** What is on the machine already stands first. */
async function choicesOf(
  context: CliContext,
  entries: readonly CatalogueEntry[],
): Promise<readonly Choice[]> {
  // What is passed over here is told by the import itself.
  const found = (await findImports(quiet(context), undefined)).filter(isAddable);
  const running = new Set(found.filter(({ kind }) => kind === 'none').map(({ provider }) => provider));
  const kept = new Set(found.filter(({ kind }) => kind !== 'none').map(({ provider }) => provider));
  const choices = entries.map(({ provider: { id, label, isLocal } }) => ({
    value: id,
    label,
    ...(isLocal === true && { hint: running.has(id) ? 'is running on this machine' : 'is not running' }),
  }));
  return [
    ...(kept.size > 0
      ? [{ value: FOUND, label: 'What is on this machine already', hint: labelsOf(choices, kept) }]
      : []),
    ...choices.filter(({ value }) => running.has(value)),
    ...choices.filter(({ value }) => !running.has(value)),
    { value: COMPATIBLE, label: 'Another server', hint: 'any that speaks a known protocol' },
  ];
}

function labelsOf(choices: readonly Choice[], wanted: ReadonlySet<string>): string {
  return choices.flatMap(({ value, label }) => (wanted.has(value) ? [label] : [])).join(', ');
}

function quiet(context: CliContext): CliContext {
  return { ...context, terminal: { ...context.terminal, note: () => undefined } };
}

async function askForEndpoint({ terminal }: CliContext, options: LoginOptions): Promise<LoginOptions> {
  const family =
    options.family ??
    (await terminal.choose(
      'Whose protocol does it speak?',
      compatibleKinds.map((kind) => ({ value: kind.family, label: kind.label })),
    ));
  const baseUrl = options.baseUrl ?? (await terminal.ask("Its address, as the vendor's SDK takes it:"));
  const name = options.name ?? (await terminal.ask('What to call it (lower-case letters, digits, dashes):'));
  return { ...options, family, baseUrl, name };
}

async function askForWay(
  { terminal }: CliContext,
  { provider }: CatalogueEntry,
  options: LoginOptions,
): Promise<LoginOptions> {
  const { apiKey, apiKeyStdin, key, device, command, serviceAccountFile, way } = options;
  const flags = [apiKey, apiKeyStdin, device, command, serviceAccountFile, way];
  const isSaid = flags.some((flag) => flag !== undefined) || !key;
  const choices = provider.login.flatMap(({ kind, ...method }): Choice[] => [
    { value: kind, label: WAYS[kind] ?? kind },
    ...('optional' in method && method.optional ? [{ value: NO_KEY, label: 'without a key' }] : []),
  ]);
  const [only] = choices;
  if (isSaid || choices.length < 2 || only === undefined) return options;
  const chosen = await terminal.choose(`How to sign in to ${provider.label}?`, choices);
  return chosen === NO_KEY ? { ...options, key: false } : { ...options, way: chosen };
}
