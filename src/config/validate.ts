import { RotaError } from '../failure.ts';
import type { SettingsProblem } from './problem.ts';
import { providerProblems } from './provider-checks.ts';
import { settingsSchema } from './schema.ts';
import { schemaProblems } from './schema-problems.ts';
import type { LoginSettings, ProviderSettings, Settings } from './settings.ts';

/** What settings may refer to, or may not take for themselves; passed in, since its names belong to other folders. */
export interface KnownNames {
  /** Ids that a provider in the settings may not have. */
  readonly builtInProviders: readonly string[];
  /** The protocols for which a provider in the settings may give an address. */
  readonly protocols: readonly string[];
}

/**
 * Makes settings of what the file holds: complete, and in one form where the file accepts several.
 *
 * @throws {RotaError} of kind `settings` that tells every mistake; its `key` is the first one's.
 */
export async function validateSettings(
  content: unknown,
  names: KnownNames,
  source: string,
): Promise<Settings> {
  // Imported here: someone without a settings file need not wait for it.
  const { Ajv } = await import('ajv');
  // The schema is checked against its own rules in a test: here that, and optimising code for one run, takes 50 ms.
  const ajv = new Ajv({
    validateSchema: false,
    meta: false,
    code: { optimize: false },
    allErrors: true,
    useDefaults: true,
    discriminator: true,
    verbose: true,
    logger: false,
  });
  const schema = settingsSchema(names.protocols);
  const validate = ajv.compile<CheckedSettings>(schema);
  const settings: unknown = structuredClone(content);
  const checked = validate(settings) ? settings : undefined;
  const problems = firstOfEachKey([
    ...schemaProblems(validate.errors ?? [], settings, schema),
    ...providerProblems(settings, names.builtInProviders),
  ]);
  if (checked === undefined || problems.length > 0) throw settingsError(source, problems);
  return inOneForm(checked);
}

/** As the schema has it: a single way to sign in may stand without a list. */
type CheckedSettings = Omit<Settings, 'providers'> & {
  readonly providers: Readonly<Record<string, CheckedProvider>>;
};
type CheckedProvider = Omit<ProviderSettings, 'login'> & {
  readonly login: LoginSettings | readonly LoginSettings[];
};

function inOneForm(settings: CheckedSettings): Settings {
  const { listen } = settings;
  return {
    ...settings,
    listen: { ...listen, allowedHosts: listen.allowedHosts.map((host) => host.toLowerCase()) },
    providers: mapValues(settings.providers, (provider) => ({
      ...provider,
      protocols: mapValues(provider.protocols, (address) => address.replace(/\/+$/, '')),
      login: 'kind' in provider.login ? [provider.login] : provider.login,
    })),
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** A value may break several rules; the first says enough. */
function firstOfEachKey(problems: readonly SettingsProblem[]): SettingsProblem[] {
  const keys = problems.map(({ key }) => key);
  return problems.filter(({ key }, index) => keys.indexOf(key) === index);
}

function settingsError(source: string, problems: readonly SettingsProblem[]): RotaError {
  const sentences = problems.map(
    ({ key, text }) => `${key === '' ? 'The whole' : key} ${text}${text.endsWith('?') ? '' : '.'}`,
  );
  const message =
    sentences.length === 1
      ? `A mistake in ${source}: ${sentences.join('')}`
      : `${sentences.length} mistakes in ${source}:\n${sentences.map((sentence) => `  ${sentence}`).join('\n')}`;
  const key = problems[0]?.key;
  return new RotaError({ kind: 'settings', message, ...(key === undefined ? {} : { key }) });
}
