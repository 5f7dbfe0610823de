// Prints docs/signals.md from the corpus of answers, as the built program understands them: `npm run docs:signals`.
import { readdirSync, readFileSync } from 'node:fs';
import { parseErrorBody } from '../dist/providers/error-object.js';
import { endpointKinds, makeRegistry } from '../dist/providers/registry.js';

const answers = new URL('../src/providers/test-data/answers/', import.meta.url);
/** When every answer of the corpus came; a test says the same. */
const now = Date.UTC(2026, 10, 20, 10, 0, 0);
const kinds = endpointKinds.map(({ id }) => ({ id, kind: id, baseUrl: 'https://acme.example/v1' }));
const registry = makeRegistry({
  endpoints: [{ id: 'compatible', baseUrl: 'http://127.0.0.1:8080/v1' }, ...kinds],
});

const vendors = readdirSync(answers).toSorted();
const cases = vendors.flatMap((vendor) => {
  const folder = new URL(`${vendor}/`, answers);
  const files = readdirSync(folder).toSorted();
  return files.map((file) => ({ vendor, ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')) }));
});

const SECOND = 1000;
const units = [
  ['d', 24 * 3600 * SECOND],
  ['h', 3600 * SECOND],
  ['min', 60 * SECOND],
  ['s', SECOND],
];

/** As people say it, in the two largest units: `6 d 17 h`, `850 ms`. */
const duration = (ms) => {
  const first = units.findIndex(([, size]) => ms >= size);
  if (first < 0) return `${ms} ms`;
  const [[unit, size], [nextUnit, nextSize] = ['ms', 1]] = units.slice(first);
  const count = Math.floor(ms / size);
  const rest = Math.floor((ms - count * size) / nextSize);
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${nextUnit}`;
};

const code = (text) => `\`${text}\``;

const rests = { account: 'account', 'account-model': 'account, for this model' };
const restWords = ({ scope, ms }) => (scope === 'none' ? 'none' : `${rests[scope]}: ${duration(ms)}`);

const sourceWords = (source) => {
  if (source === 'assumed') return source;
  const { hostname, pathname } = new URL(source.address);
  const [, owner, repository, , number] = pathname.split('/');
  const place = hostname === 'github.com' ? `${owner}/${repository}#${number}` : hostname;
  return `[${place}](${source.address})`;
};

const row = (answer) => {
  const { name, provider, status, headers, model, expected, rest, source } = answer;
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const { signal } = registry.get(provider).classify({ status, headers, body, model, now });
  const [named] = parseErrorBody(body).codes;
  return [
    name.slice(name.indexOf(': ') + 2),
    String(status),
    named === undefined ? '' : code(named),
    signal,
    expected.kind,
    expected.scope,
    restWords(rest),
    expected.waitFrom === undefined ? '' : code(expected.waitFrom),
    sourceWords(source),
  ];
};

const columns = [
  'case',
  'status',
  'code in the body',
  'what tells it',
  'kind',
  'scope',
  'rest',
  'wait taken from',
  'source',
];

const line = (cells) => `| ${cells.map((text) => text.replaceAll('|', String.raw`\|`)).join(' | ')} |`;

const section = (vendor) => {
  const ofVendor = cases.filter((answer) => answer.vendor === vendor);
  const [heading] = ofVendor[0].name.split(': ');
  const table = [columns, columns.map(() => '---'), ...ofVendor.map(row)].map(line).join('\n');
  return `## ${heading}\n\n${table}\n`;
};

const assumed = cases.filter(({ source }) => source === 'assumed').length;
const share = Math.round((assumed / cases.length) * 100);

const page = `# What providers answer, and what it teaches

${cases.length} answers of ${vendors.length} vendors, of which ${assumed} (${share} %) are assumed: put together from a description, since
nobody published such an answer in full. The others have the page on which one was seen or is documented. This page is
made from the files in \`src/providers/test-data/answers/\` (\`npm run docs:signals\` makes it anew), and a test holds the
program to each of them: kind, scope, wait, quota windows, and what rests for how long.

An answer is judged by its status, its headers and the codes in its body together, never by the sentence it is told in;
the one exception is Anthropic's low credit, which has no code. *Kind* and *scope* are the words of
\`src/outcome.ts\`. *Rest* is what is left alone after one such answer where nothing was wrong before, without the jitter; where
the answer names no time, some rests grow with each further failure. *None*: nothing rests (of overloads, three in a row rest the
model at this provider). Moments are counted from 2026-11-20T10:00:00Z, when every answer is taken to have come.

## How to add a case

Put a file in the folder of the vendor; there is no list to edit. Take the answer as it came, with what is private left
out. \`source\` is the address where it can be read and the day on which you looked, or \`"assumed"\`.

\`\`\`json
{
  "name": "OpenAI: a rate limit with a wait",
  "provider": "openai",
  "model": "gpt-5.5",
  "status": 429,
  "headers": { "retry-after": "20" },
  "body": { "error": { "message": "Rate limit reached.", "type": "tokens", "code": "rate_limit_exceeded" } },
  "source": { "address": "https://platform.openai.com/docs/guides/rate-limits", "checked": "2026-11-25" },
  "expected": { "kind": "throttle", "scope": "account-model", "waitMs": 20000, "waitFrom": "retry-after" },
  "rest": { "scope": "account-model", "ms": 20000 }
}
\`\`\`

\`windows\` beside \`expected\` lists what the headers tell of quota windows. A vendor without a provider of its own has the provider
\`compatible\`, and its name in \`vendor\`. \`test/answers/form.ts\` has the whole form. Then
\`npx vitest run src/providers/answers.test.ts\` says whether the program agrees, and \`npm run docs:signals\` takes it up here.

${vendors.map(section).join('\n')}`;

process.stdout.write(page);
