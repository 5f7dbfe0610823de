import { below, variableOf, type ImportHome, type ImportSource } from './source.ts';

/** The profiles of Anthropic's own command (platform.claude.com, "CLI authentication"): their names, and nothing of what is in them. */
export const ant: ImportSource = {
  id: 'ant',
  label: 'profiles of the `ant` command',
  folders: (home) => [below(folderOf(home), 'configs')],
  find: (folders) =>
    folders.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((name) => /^[\w.-]+\.json$/.test(name))
        .map((name) => name.slice(0, -'.json'.length))
        .map((profile) => ({
          kind: 'command' as const,
          provider: 'anthropic',
          argv: ['ant', 'auth', 'print-credentials', '--profile', profile, '--access-token'],
          label: profile === 'default' ? 'anthropic' : `anthropic ${profile}`,
          from: `${path}/${profile}.json`,
        })),
    ),
};

function folderOf(home: ImportHome): string {
  const own = variableOf(home, 'ANTHROPIC_CONFIG_DIR');
  if (own !== undefined) return own;
  if (home.platform !== 'win32') return below(home.homedir, '.config', 'anthropic');
  return below(variableOf(home, 'APPDATA') ?? below(home.homedir, 'AppData', 'Roaming'), 'Anthropic');
}
