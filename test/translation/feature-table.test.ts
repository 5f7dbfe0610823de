import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { RotaError } from '../../src/failure.ts';
import type { EncodedRequest } from '../../src/protocols/translator.ts';
import { features, smallest, type Feature } from './features.ts';
import { decodeWireRequest } from './translate.ts';
import { translatorOf, translators } from './translators.ts';

const page = fileURLToPath(new URL('../../docs/protocols.md', import.meta.url));

const introduction = `# What is carried between protocols

Where a client and a provider speak the same protocol, nothing is translated. Between unlike ones this is what becomes of what
a client asks for, for the newest models of the protocol's own vendor. What older ones take is known by their names. A server
that only resembles OpenAI's is not sent what it might refuse: a cache key, the name of the person, metadata, verbosity.

- **carried**: it means the same there
- **in other words**: something near it is sent, and reported in \`x-rota-dropped\`
- **left out**: it is not sent, and reported in \`x-rota-dropped\`
- **refused**: the answer would be another one without it; the client gets a 400 that names it

A client of the older endpoint for bare texts, \`/v1/completions\`, is answered by accounts that have conversations alone as well:
its prompt is what the user says. What only that endpoint can do (a suffix, several prompts, an echo) is refused there.

An image that a model makes reaches clients of Gemini and Responses as theirs (\`inlineData\`, \`image_generation_call\`), clients of
Chat in \`images\` beside the content, where servers of such models put it, and clients of Messages as a sentence that there is one.

Between the Gemini API and Vertex AI nothing is translated either, since they speak one protocol. Where Vertex AI takes it in
another frame the frame alone differs: each turn says whose it is, a count has no request around it. Embeddings have another shape
there and are refused. What only one of the two knows goes as it is, and the server that does not know it says so by name.

Several answers are refused everywhere: a neutral answer is one, and its parts and its end are told once.

This page is written by a test: \`npx vitest run test/translation/feature-table.test.ts -u\`.
`;

const newest: Readonly<Record<string, string>> = {
  chat: 'gpt-5.6',
  responses: 'gpt-5.6',
  messages: 'claude-sonnet-5-5',
  gemini: 'gemini-3.8-flash',
};

it('docs/protocols.md tells what becomes of everything that a client can ask for', async () => {
  const sections = [...translators.keys()].map((client) => section(client));
  const config = await resolveConfig(page);
  const text = await format([introduction, ...sections].join('\n'), { ...config, parser: 'markdown' });
  await expect(text).toMatchFileSnapshot(page);
});

function section(client: string): string {
  const upstreams = [...translators.keys()].filter((upstream) => upstream !== client);
  const rows = features
    .filter(({ asked }) => asked[client])
    .map((feature) => row([feature.name, ...upstreams.map((upstream) => fateOf(feature, client, upstream))]));
  const names = upstreams.map((upstream) => `to \`${translatorOf(upstream).name}\``);
  const head = [row(['a client asks for', ...names]), row(['-', ...names.map(() => '-')])];
  return [`## A client of \`${translatorOf(client).name}\`\n`, ...head, ...rows, ''].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function fateOf({ name, asked }: Feature, client: string, upstream: string): string {
  const usual = encoded(client, upstream, {});
  const wished = encoded(client, upstream, asked[client] ?? {});
  if (wished === 'refused') return wished;
  const known = new Set(usual === 'refused' ? [] : usual.dropped.map((one) => one.name));
  const lost = wished.dropped.filter((one) => !known.has(one.name));
  if (lost.length > 0)
    return lost.some(({ instead }) => instead !== undefined) ? 'in other words' : 'left out';
  const isSaid = usual === 'refused' || usual.body !== wished.body;
  expect(isSaid, `'${name}' of ${client} is lost silently on the way to ${upstream}`).toBe(true);
  return 'carried';
}

function encoded(client: string, upstream: string, asked: object): EncodedRequest | 'refused' {
  const { path = '', body = {} } = smallest[client] ?? {};
  try {
    const request = decodeWireRequest(translatorOf(client), { path, body: { ...body, ...asked } });
    const model = newest[upstream] ?? '';
    const facts = translatorOf(upstream).factsOf(model);
    return translatorOf(upstream).encodeRequest(request, { model, facts, reasoningState: 'foreign' });
  } catch (error) {
    if (error instanceof RotaError) return 'refused';
    throw error;
  }
}
