// Prints docs/cli.md from the program's own help: `npm run docs:cli`.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/proxy.js', import.meta.url));
const account = [
  'enable',
  'disable',
  'rename',
  'remove',
  'reset',
  'drain',
  'test',
  'set',
  'export',
  'restore',
].map((name) => ['accounts', name]);
const commands = [
  ['login'],
  ['logout'],
  ['accounts'],
  ...account,
  ['providers'],
  ['import'],
  ['serve'],
  ['key'],
  ['status'],
  ['why'],
  ['models'],
];

const help = (words) =>
  execFileSync(process.execPath, [program, ...words, '--help'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NO_COLOR: '1', COLUMNS: '100' },
  }).trim();

const section = (words) => {
  const name = ['proxy', ...words].join(' ');
  return `${words.length > 1 ? '###' : '##'} ${name}\n\n\`\`\`text\n${help(words)}\n\`\`\`\n`;
};

const page = `# The commands

This page is the program's own help, command by command (\`npm run docs:cli\` makes it anew).

Results go to stdout, progress and questions to stderr; \`--json\` prints one JSON document and nothing else.

\`\`\`text
${help([])}
\`\`\`

${commands.map(section).join('\n')}`;

process.stdout.write(page);
