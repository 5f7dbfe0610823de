import { Secret } from '../../secret.ts';
import { fieldsOf, textOf } from '../json-fields.ts';
import { keyVariables } from './environment.ts';
import { below, objectIn, variableOf, type Found, type ImportSource } from './source.ts';

const CODEX_WHY =
  'OpenAI reserves the sign-in of ChatGPT and Codex for its own applications. Make an API key at https://platform.openai.com/api-keys.';

/** `auth.json` of Codex: its key, where it is one of the API; never the tokens beside it. */
export const codex: ImportSource = {
  id: 'codex',
  label: "Codex's API key",
  files: (home) => [below(variableOf(home, 'CODEX_HOME') ?? below(home.homedir, '.codex'), 'auth.json')],
  find: (files) =>
    files.flatMap(({ path, text }): Found[] => {
      const { OPENAI_API_KEY: key, tokens } = objectIn(text);
      if (typeof key === 'string' && /^sk-[\w-]+$/.test(key)) {
        return [{ kind: 'key', provider: 'openai', key: new Secret(key), from: path }];
      }
      return tokens === undefined || tokens === null ? [] : [{ kind: 'refused', why: CODEX_WHY, from: path }];
    }),
};

/** What opencode calls providers otherwise than we do (models.dev). */
const OPENCODE_NAMES: Readonly<Record<string, string>> = {
  google: 'gemini',
  moonshotai: 'moonshot',
  togetherai: 'together',
  'fireworks-ai': 'fireworks',
};

/** `auth.json` of opencode: entries of the type `api` alone; the others are sign-ins of vendors' own clients. */
export const opencode: ImportSource = {
  id: 'opencode',
  label: "opencode's API keys",
  files: (home) => [
    below(
      variableOf(home, 'XDG_DATA_HOME') ?? below(home.homedir, '.local', 'share'),
      'opencode',
      'auth.json',
    ),
  ],
  find: (files, _home, entries) =>
    files.flatMap(({ path, text }) =>
      Object.entries(objectIn(text)).flatMap(([name, entry]): Found[] => {
        const provider = OPENCODE_NAMES[name] ?? name;
        const { type, key } = fieldsOf(entry);
        const from = `${path} (${name})`;
        if (type === 'oauth') {
          const why = `It is a sign-in of ${name}'s own client, which goes on renewing it; sign in with \`proxy login\` in a way that is yours.`;
          return [{ kind: 'refused', why, from }];
        }
        const isKnown = entries.some((known) => known.provider.id === provider);
        if (type !== 'api' || textOf(key) === undefined || !isKnown) return [];
        return [{ kind: 'key', provider, key: new Secret(textOf(key) ?? ''), from }];
      }),
    ),
};

/** Keys that aider got by OpenRouter's sign-in, as lines of variables. */
export const aider: ImportSource = {
  id: 'aider',
  label: "aider's keys",
  files: (home) => [below(home.homedir, '.aider', 'oauth-keys.env')],
  find: (files, _home, entries) =>
    files.flatMap(({ path, text }) => {
      const values = new Map(
        [...text.matchAll(/^\s*(?:export\s+)?(\w+)=["']?([^\s"']+)["']?\s*$/gm)].map(
          ([, name = '', value = '']) => [name, value],
        ),
      );
      return keyVariables(entries).flatMap(({ entry, variable }): Found[] => {
        const value = values.get(variable);
        const provider = entry.provider.id;
        return value === undefined
          ? []
          : [{ kind: 'key', provider, key: new Secret(value), from: `${path} (${variable})` }];
      });
    }),
};
