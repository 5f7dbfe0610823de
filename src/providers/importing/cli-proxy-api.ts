import { Secret } from '../../secret.ts';
import { below, type Found, type ImportSource } from './source.ts';

const SECTIONS: Readonly<Record<string, string>> = {
  'gemini-api-key': 'gemini',
  'claude-api-key': 'anthropic',
  'codex-api-key': 'openai',
};

/**
 * The API keys in CLIProxyAPI's `config.yaml`. A key with a `base-url` is for another server than its vendor's, and is left;
 * so are the sign-ins that it keeps in files of their own.
 */
export const cliProxyApi: ImportSource = {
  id: 'cliproxyapi',
  label: "CLIProxyAPI's API keys",
  files: (home) => [
    below(home.homedir, '.cli-proxy-api', 'config.yaml'),
    below(home.homedir, '.config', 'cli-proxy-api', 'config.yaml'),
  ],
  find: (files) => files.flatMap(({ path, text }) => keysIn(text, path)),
};

interface Item {
  readonly provider: string;
  readonly members: Map<string, string>;
}

/** Lists of objects of plain scalars are all of YAML that matters here; whatever else there is, is passed over. */
function keysIn(text: string, path: string): readonly Found[] {
  const items: Item[] = [];
  let provider: string | undefined;
  let depth = 0;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const section = /^([\w-]+):\s*(?:#.*)?$/.exec(line)?.[1];
    if (/^\S/.test(line) && !line.startsWith('-')) {
      provider = section === undefined ? undefined : SECTIONS[section];
      depth = 0;
      continue;
    }
    if (provider === undefined) continue;
    const [, indent = '', dash, name, value = ''] = /^(\s*)(-\s+)?([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (dash !== undefined && (depth === 0 || indent.length <= depth - 1)) {
      items.push({ provider, members: new Map() });
      depth = indent.length + 1;
    }
    // Members of lists inside of an item are deeper than its own.
    if (indent.length + (dash?.length ?? 0) <= depth + 1) items.at(-1)?.members.set(name, scalar(value));
  }
  return items.flatMap(({ provider: id, members }): Found[] => {
    const key = members.get('api-key') ?? '';
    if (!/^[\x21-\x7e]+$/.test(key) || (members.get('base-url') ?? '') !== '') return [];
    return [{ kind: 'key', provider: id, key: new Secret(key), from: path }];
  });
}

function scalar(value: string): string {
  const quoted = /^(?:"([^"]*)"|'([^']*)')/.exec(value);
  return quoted ? (quoted[1] ?? quoted[2] ?? '') : value.replace(/\s+#.*$/, '').trim();
}
