import { below, type Found, type ImportSource } from './source.ts';

const KEEPS = 'Its own client goes on renewing it, and its terms reserve it for that client.';

/** What vendors' own clients keep, by the path from home. */
const RESERVED: readonly { readonly path: readonly string[]; readonly why: string }[] = [
  {
    path: ['.claude', '.credentials.json'],
    why: `This is Claude Code's sign-in. ${KEEPS} Use an API key, or \`proxy login anthropic --way command\`.`,
  },
  {
    path: ['.gemini', 'oauth_creds.json'],
    why: `This is Gemini CLI's sign-in. ${KEEPS} Use an API key (\`proxy login gemini\`), or \`proxy login vertex\`.`,
  },
  {
    path: ['.grok', 'auth.json'],
    why: `This is the Grok CLI's sign-in. ${KEEPS} Use an API key: \`proxy login xai\`.`,
  },
  {
    path: ['.kimi', 'credentials', 'kimi-code.json'],
    why: `This is the Kimi CLI's sign-in. ${KEEPS} Use an API key: \`proxy login moonshot\`.`,
  },
  {
    path: ['.qwen', 'oauth_creds.json'],
    why: `This is Qwen Code's sign-in. ${KEEPS} Use an API key of Model Studio with \`proxy login compatible\`.`,
  },
];

/** The names in a folder are enough to know of a file: what is in it is nobody's business here. */
export const reservedFiles: ImportSource = {
  id: 'reserved',
  label: "vendors' own clients",
  folders: ({ homedir }) => RESERVED.map(({ path }) => below(homedir, ...path.slice(0, -1))),
  find: (folders, { homedir }) =>
    RESERVED.flatMap(({ path, why }): Found[] => {
      const folder = below(homedir, ...path.slice(0, -1));
      const names = folders.find((one) => one.path === folder)?.text.split('\n') ?? [];
      const from = below(homedir, ...path);
      return names.includes(path.at(-1) ?? '') ? [{ kind: 'refused', why, from }] : [];
    }),
};
