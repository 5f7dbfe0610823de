// Prints docs/providers.md from the provider files, by way of the program, and from what tests hold each of them to:
// `npm run docs:providers`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/proxy.js', import.meta.url));

const listed = () => {
  const home = mkdtempSync(join(tmpdir(), 'rota-docs-'));
  try {
    const env = { PATH: process.env.PATH, ROTA_HOME: home };
    return JSON.parse(
      execFileSync(process.execPath, [program, 'providers', '--json'], { encoding: 'utf8', env }),
    );
  } finally {
    rmSync(home, { recursive: true });
  }
};

const ways = {
  'api-key': ({ page, variable, optional }) => {
    const where = page === undefined ? 'an API key' : `an API key, made at <${page}>`;
    const none = optional ? ', or none' : '';
    return `${where}${none}${variable === undefined ? '' : ` (\`proxy import\` finds it in \`${variable}\`)`}`;
  },
  'authorization-code': ({ needsClient }) =>
    `the browser${needsClient ? ', with an application of your own' : ''}`,
  'device-code': ({ needsClient }) =>
    `a code that is entered in a browser on any machine${needsClient ? ', with an application of your own' : ''}`,
  'service-account': () =>
    'the key of a service account, as its console downloads it: `--service-account-file`',
  command: ({ argv }) => `a command that prints a token: \`${argv.join(' ')}\``,
};

const protocolLine = ([name, url]) => `- \`${name}\`: \`${url}\``;

const data = new URL('../src/providers/test-data/', import.meta.url);
const readJson = (path) => JSON.parse(readFileSync(new URL(path, data), 'utf8'));
const answers = readdirSync(new URL('answers/', data)).flatMap((vendor) =>
  readdirSync(new URL(`answers/${vendor}/`, data)).map((name) => readJson(`answers/${vendor}/${name}`)),
);
const limits = ['throttle', 'window-spent', 'billing', 'overload'];

const sourceWords = (source) =>
  source === 'assumed' ? 'assumed' : `[documented](${source.address}), ${source.checked}`;

/** What test/contract and src/providers/answers.test.ts show of it. */
const provenLine = (id) => {
  const { models, calls, refused } = readJson(`contracts/${id}.json`);
  const own = answers.filter(({ provider }) => provider === id);
  const limiting = own.filter(({ expected }) => limits.includes(expected.kind));
  const assumed = limiting.filter(({ source }) => source === 'assumed').length;
  const refusal = typeof refused === 'string' ? readJson(`answers/${refused}`) : refused;
  const signals =
    limiting.length === 0
      ? 'no limit'
      : `${limiting.length} signal${limiting.length === 1 ? '' : 's'} of a limit (${assumed} assumed)`;
  const chats = Object.keys(calls).length === 1 ? 'a chat' : 'a chat of each protocol';
  return `Tested: its model list (${sourceWords(models.source)}), ${chats}, ${signals}, a refused credential (${sourceWords(refusal.source)}).`;
};

const section = ({ id, label, login, protocols, values, terms }) => {
  const flags = values.map(
    ({ name, example, usual }) =>
      `\`--${name}\` (such as \`${example}\`${usual ? `; \`${usual}\` unless told` : ''})`,
  );
  const link = terms.link === undefined ? '' : ` [Terms](${terms.link}),`;
  return [
    `## ${label}`,
    '',
    `\`proxy login ${id}\``,
    '',
    'Signs in with:',
    '',
    ...login.map((method) => `- ${ways[method.kind](method)}`),
    '',
    ...(flags.length === 0
      ? []
      : [`Its addresses depend on ${flags.join(' and ')}; here they are those of the examples.`, '']),
    'Protocols:',
    '',
    ...Object.entries(protocols).map(protocolLine),
    '',
    `Several accounts: **${terms.kind}**. ${terms.note}${link} checked ${terms.checked}.`,
    '',
    provenLine(id),
    '',
  ].join('\n');
};

const { providers } = listed();
const page = `# Providers

This page is made from the provider files (\`npm run docs:providers\`); \`proxy providers\` shows the same as a table.

Several providers restrict using several accounts to get past their limits. Where one does, \`proxy login\` says so at the
second account, and asks whether a 429 may switch between them; failures of the provider or the network switch in any case.
Where that is _unknown_ it was not established: whoever has accounts there should read the terms.

Rota is itself: it has its own user agent, and uses no vendor's own client id. Sign-ins that a vendor keeps for its own
clients (Claude.ai, ChatGPT and Codex, Gemini CLI, Code Assist and Antigravity, GitHub Copilot, Grok CLI, Kimi CLI, Qwen Code)
are not built in, and their tokens and client ids are refused with what may be used in their place.

_Tested_ says what each provider's adapter is held to by the tests, with documented answers or, where nobody has published one,
_assumed_ ones, put together from a description; [signals.md](signals.md) has the answers themselves. No account was used for it.

Models come from the providers' own lists. Any other server that speaks a known protocol: \`proxy login compatible --name NAME
--base-url URL\`, with \`--family anthropic\` or \`--family gemini\` where it does not speak OpenAI's; or a provider in the
[settings](settings.md), which may have any of the ways to sign in.

${providers.map(section).join('\n')}`;

process.stdout.write(page);
