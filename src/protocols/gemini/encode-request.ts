import { withLegalCallIds } from '../../chat/call-ids.ts';
import { dropExtras, makeDropList, noteMarks, type DropList } from '../../chat/dropped.ts';
import { makeToolNames, type ToolNames } from '../../chat/names.ts';
import type { ChatRequest } from '../../chat/request.ts';
import { splitLeading } from '../../chat/turns.ts';
import { outputLimit, unusualSampling } from '../../chat/wishes.ts';
import { given, writeBody } from '../json-value.ts';
import type { EncodedRequest, EncodeTarget } from '../translator.ts';
import { encodeContents } from './encode-contents.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { toGeminiJsonSchema } from './json-schema.ts';
import { toOpenApiSchema } from './open-api-schema.ts';
import { encodeThinking } from './thinking.ts';
import { protocolName } from './wire-name.ts';

const callIdRule = { maxLength: 64, prefix: 'call_' };
const MAX_STOP_SEQUENCES = 5;

/** A request of generateContent. @throws RotaError of kind `invalid-request` that names what it cannot carry */
export function encodeRequest(request: ChatRequest, target: EncodeTarget): EncodedRequest {
  const { facts } = target;
  const drops = makeDropList();
  const names = makeToolNames(request);
  dropExtras(request.extras, new Set(), drops);
  noteDropped(request, drops);
  const { leading, rest } = splitLeading(withLegalCallIds(request.turns, callIdRule));
  noteMarks([request, ...leading.flatMap(({ parts }) => parts)], protocolName, drops);
  const system = leading.flatMap(({ parts }) => parts.filter(({ text }) => text !== ''));
  const contents = encodeContents(rest, {
    names,
    drops,
    keepsState: target.reasoningState === 'same-account',
    resultParts: facts?.functionResponseParts !== false,
    signsCalls: facts?.callSignatures !== false,
  });
  const generationConfig = generationOf(request, target, drops);
  const body = {
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system.map(({ text }) => ({ text })) } }),
    contents,
    ...toolMembers(request, names, drops, target),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
  };
  const method = request.stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return {
    path: `/v1beta/${modelPath(target.model)}:${method}`,
    body: writeBody(body),
    dropped: drops.list(),
    restoration: { toolNames: names.originals, cutAt: request.stopSequences.slice(MAX_STOP_SEQUENCES) },
  };
}

/** A name may say what kind of model it is. */
function modelPath(model: string): string {
  const path = /^(?:models|tunedModels)\//.test(model) ? model : `models/${model}`;
  return path.split('/').map(encodeURIComponent).join('/');
}

/** A choice among no tools says nothing. */
function toolMembers(
  request: ChatRequest,
  names: ToolNames,
  drops: DropList,
  { facts }: EncodeTarget,
): object {
  if (request.tools.length === 0) return {};
  const tools = encodeTools(request.tools, { names, drops, jsonSchema: facts?.jsonSchemaFields !== false });
  const { toolChoice } = request;
  return { tools, ...(toolChoice ? { toolConfig: encodeToolChoice(toolChoice, names) } : {}) };
}

function generationOf(request: ChatRequest, { facts }: EncodeTarget, drops: DropList): object {
  const { temperature, topP, topK, seed, presencePenalty, frequencyPenalty } = request.sampling;
  const sampling = { temperature, topP, topK };
  const isTaken = facts?.sampling !== false;
  if (!isTaken) for (const name of unusualSampling(request.sampling)) drops.note(name);
  if (!isTaken && topK !== undefined) drops.note('top_k');
  const stops = request.stopSequences.slice(0, MAX_STOP_SEQUENCES);
  if (request.stopSequences.length > stops.length) drops.note('stop', 'cut where they would begin');
  return given({
    maxOutputTokens: outputLimit(request, facts),
    ...(isTaken ? sampling : {}),
    stopSequences: stops.length === 0 ? undefined : stops,
    seed,
    presencePenalty,
    frequencyPenalty,
    ...(request.logprobs ? { responseLogprobs: true, logprobs: request.logprobs.others || undefined } : {}),
    ...formatOf(request, facts, drops),
    thinkingConfig: encodeThinking(request.reasoning, facts, drops),
  });
}

function formatOf(request: ChatRequest, facts: EncodeTarget['facts'], drops: DropList): object {
  const { output, tools } = request;
  if (!output) return {};
  if (facts?.jsonOutputWithTools === false && tools.length > 0) {
    drops.note('response_format');
    return {};
  }
  if (output.kind === 'schema' && output.strict === true) {
    drops.note('response_format name and strict');
  }
  const json = { responseMimeType: 'application/json' };
  if (output.kind === 'json') return json;
  return facts?.jsonSchemaFields === false
    ? { ...json, responseSchema: toOpenApiSchema(output.schema) }
    : { ...json, responseJsonSchema: toGeminiJsonSchema(output.schema) };
}

/** What the neutral form has a word for and this protocol has none. */
function noteDropped(request: ChatRequest, drops: DropList): void {
  const unknown = {
    parallel_tool_calls: request.parallelToolCalls === false ? false : undefined,
    verbosity: request.verbosity,
    prompt_cache_key: request.cacheKey,
    safety_identifier: request.endUserId,
    metadata: request.metadata,
  };
  for (const name of Object.keys(given(unknown))) drops.note(name);
}
