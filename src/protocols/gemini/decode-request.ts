import type { LogprobsWish } from '../../chat/logprobs.ts';
import type { ChatRequest, Extra, OutputFormat, Sampling } from '../../chat/request.ts';
import {
  given,
  isRecord,
  listOf,
  numberOf,
  parseBody,
  recordOf,
  textOf,
  type JsonRecord,
} from '../json-value.ts';
import { decodeTexts } from './decode-content.ts';
import { decodeContents } from './decode-contents.ts';
import { decodeTools, decodeToolChoice, extra, schemaOf } from './decode-tools.ts';
import { camelCase, member } from './member.ts';
import { decodeThinking } from './thinking.ts';

/** Members that are carried in words of the neutral form. */
const told = new Set(['model', 'contents', 'systemInstruction', 'tools', 'toolConfig', 'generationConfig']);

const toldOfGeneration = new Set([
  'temperature',
  'topP',
  'topK',
  'maxOutputTokens',
  'stopSequences',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseLogprobs',
  'logprobs',
  'thinkingConfig',
  'responseSchema',
  'responseJsonSchema',
  '_responseJsonSchema',
]);

/** Members without which the answer would be another one, and whether they ask for anything. */
const meant = new Map<string, (value: unknown) => boolean>([
  ['cachedContent', () => true],
  ['continuationToken', () => true],
  ['candidateCount', (value) => value !== 1],
  ['responseModalities', (value) => listOf(value).some((modality) => !/^text$/i.test(String(modality)))],
]);

/** Members that say nothing when they have this value, or that only belong to another one. */
const idle = new Map<string, (value: unknown) => boolean>([
  ['responseModalities', () => true],
  ['candidateCount', () => true],
  ['store', (value) => value === false],
  ['responseMimeType', (value) => value === 'application/json' || value === 'text/plain'],
]);

/**
 * A request of generateContent (ai.google.dev/api/generate-content). The path names the model, and whether to stream.
 *
 * @param path of the request's URL; without one nothing is known of either
 */
export function decodeRequest(body: string, path = ''): ChatRequest {
  const members = parseBody(body);
  const generation = recordOf(member(members, 'generationConfig'));
  const { tools, extras } = decodeTools(members.tools);
  const system = decodeTexts(member(members, 'systemInstruction'));
  const { model, stream } = readPath(path);
  const turns = decodeContents(members.contents);
  const parts = system.map((text) => ({ type: 'text' as const, text }));
  return {
    turns: parts.length === 0 ? turns : [{ role: 'system', rank: 'system', parts }, ...turns],
    tools,
    sampling: samplingOf(generation),
    stopSequences: listOf(member(generation, 'stopSequences')).flatMap((stop) => textOf(stop) || []),
    stream,
    extras: [...extrasOf(members, told), ...extrasOf(generation, toldOfGeneration), ...extras],
    ...given({
      model: model ?? (textOf(members.model) || undefined),
      toolChoice: decodeToolChoice(member(members, 'toolConfig')),
      output: formatOf(generation),
      maxOutputTokens: numberOf(member(generation, 'maxOutputTokens')),
      logprobs: logprobsOf(generation),
      reasoning: decodeThinking(member(generation, 'thinkingConfig')),
    }),
  };
}

/** `/v1beta/models/{name}:streamGenerateContent?alt=sse`; names hold slashes, and may be encoded. */
function readPath(path: string): { readonly model?: string; readonly stream: boolean } {
  const plain = decode(path.split('?')[0] ?? '');
  const [, model, method = ''] = /(?:^|\/)(?:models|tunedModels)\/(.+):(\w+)$/.exec(plain) ?? [];
  return { ...given({ model: model?.replace(/^models\//, '') }), stream: method.startsWith('stream') };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function samplingOf(generation: JsonRecord): Sampling {
  return given({
    temperature: numberOf(generation.temperature),
    topP: numberOf(member(generation, 'topP')),
    topK: numberOf(member(generation, 'topK')),
    seed: numberOf(generation.seed),
    presencePenalty: numberOf(member(generation, 'presencePenalty')),
    frequencyPenalty: numberOf(member(generation, 'frequencyPenalty')),
  });
}

function logprobsOf(generation: JsonRecord): LogprobsWish | undefined {
  if (member(generation, 'responseLogprobs') !== true) return undefined;
  return { others: numberOf(generation.logprobs) ?? 0, param: 'responseLogprobs' };
}

function formatOf(generation: JsonRecord): OutputFormat | undefined {
  const schema =
    schemaOf(generation, 'responseJsonSchema', 'responseSchema') ??
    schemaOf(generation, '_responseJsonSchema', 'responseSchema');
  if (schema) return { kind: 'schema', schema };
  return member(generation, 'responseMimeType') === 'application/json' ? { kind: 'json' } : undefined;
}

function extrasOf(record: JsonRecord, known: ReadonlySet<string>): readonly Extra[] {
  return Object.entries(record).flatMap(([written, value]): readonly Extra[] => {
    const name = written.startsWith('_') ? written : camelCase(written);
    if (known.has(name) || value === null || isEmpty(value)) return [];
    if (meant.get(name)?.(value) === true) return [extra(name, value, 'meant')];
    return idle.get(name)?.(value) === true ? [] : [extra(name, value, 'hint')];
  });
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0;
}
