import { withLegalCallIds } from '../../chat/call-ids.ts';
import { cannotCarry, dropExtras, makeDropList, noteMarks, type DropList } from '../../chat/dropped.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import { makeToolNames } from '../../chat/names.ts';
import type { ChatRequest, OutputFormat, Turn } from '../../chat/request.ts';
import { splitLeading } from '../../chat/turns.ts';
import { askForJson, outputLimit, unusualSampling } from '../../chat/wishes.ts';
import { given, writeBody } from '../json-value.ts';
import type { EncodedRequest, EncodeTarget } from '../translator.ts';
import { encodeSystem, encodeTurns } from './encode-messages.ts';
import { planThinking } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { ownMarks } from './marks.ts';
import { outputSchema } from './output-schema.ts';
import { protocolName } from './wire-name.ts';

/** The protocol demands a limit; too small a one cuts long edits. */
const DEFAULT_OUTPUT_TOKENS = 32_000;
export const callIdRule = { maxLength: 64, prefix: 'toolu_' };

/** @throws RotaError of kind `invalid-request` that names what cannot be carried */
export function encodeRequest(request: ChatRequest, target: EncodeTarget): EncodedRequest {
  const { facts = {} } = target;
  const drops = makeDropList();
  const names = makeToolNames(request);
  const carried = request.extras.filter(({ protocol }) => protocol === protocolName);
  dropExtras(request.extras, new Set(carried.map(({ name }) => name)), drops);
  noteMarks([request], protocolName, drops);
  if (request.logprobs) throw cannotCarry(request.logprobs.param);
  const plan = planThinking(request, target, maxTokens(request, facts), drops);
  const { leading, rest } = splitLeading(withLegalCallIds(request.turns, callIdRule));
  const system = [...encodeSystem(leading, drops), ...outputInWords(request.output, facts, drops)];
  const writing = { names, facts, drops, reasoningState: target.reasoningState };
  const body = {
    model: target.model,
    max_tokens: plan.maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: encodeTurns(rest, writing),
    ...encodeTools(request, plan.toolChoice, names, drops),
    ...given({
      thinking: plan.thinking,
      output_config: outputConfig(plan.effort, request.output, facts, drops),
      metadata: request.endUserId === undefined ? undefined : { user_id: request.endUserId },
    }),
    ...sampling(request, facts, drops),
    ...stopSequences(request, drops),
    ...cacheControl(request, facts),
    ...Object.fromEntries(carried.map(({ name, value }) => [name, value])),
    ...(request.stream ? { stream: true } : {}),
  };
  noteHints(request, drops);
  return {
    path: '/v1/messages',
    body: writeBody(body),
    dropped: drops.list(),
    restoration: { toolNames: names.originals, cutAt: [] },
  };
}

function maxTokens(request: ChatRequest, facts: ModelFacts): number {
  const wished = outputLimit(request, facts);
  if (wished !== undefined) return wished;
  const usual = facts.defaultOutputTokens ?? DEFAULT_OUTPUT_TOKENS;
  return Math.min(usual, facts.maxOutputTokens ?? usual);
}

/** Newer models refuse sampling; those that take it refuse `temperature` beside `top_p`. */
function sampling({ sampling: wished }: ChatRequest, facts: ModelFacts, drops: DropList): object {
  const { temperature, topP, topK } = wished;
  if (facts.sampling !== true) {
    for (const name of unusualSampling(wished)) drops.note(name);
    if (topK !== undefined) drops.note('top_k');
    return {};
  }
  if (topP !== undefined && temperature !== undefined) drops.note('top_p');
  const clamped = temperature === undefined ? undefined : Math.min(1, Math.max(0, temperature));
  if (clamped !== temperature) drops.note('temperature', String(clamped));
  return given({ temperature: clamped, top_p: temperature === undefined ? topP : undefined, top_k: topK });
}

function stopSequences(request: ChatRequest, drops: DropList): object {
  const taken = request.stopSequences.filter((stop) => stop.trim() !== '');
  if (taken.length < request.stopSequences.length) drops.note('stop');
  return taken.length === 0 ? {} : { stop_sequences: taken };
}

function outputConfig(
  effort: string | undefined,
  output: OutputFormat | undefined,
  facts: ModelFacts,
  drops: DropList,
): object | undefined {
  const hasSchema = output?.kind === 'schema' && facts.structuredOutput !== false;
  if (hasSchema && output.strict === true) {
    drops.note('response_format name and strict');
  }
  const format = hasSchema ? { type: 'json_schema', schema: outputSchema(output.schema) } : undefined;
  return effort === undefined && format === undefined ? undefined : given({ effort, format });
}

/** JSON without a schema, or for a model without structured outputs, can only be asked for. */
function outputInWords(
  output: OutputFormat | undefined,
  facts: ModelFacts,
  drops: DropList,
): readonly object[] {
  const isEnforced = output?.kind === 'schema' && facts.structuredOutput !== false;
  if (output === undefined || isEnforced) return [];
  drops.note('response_format', 'an instruction');
  const text =
    output.kind === 'json'
      ? askForJson
      : `${askForJson} It must match this JSON Schema:\n${writeExactJson(output.schema)}`;
  return [{ type: 'text', text }];
}

/** Without a mark the whole prompt is billed anew at every turn; a client that marks by itself is left alone. */
function cacheControl(request: ChatRequest, facts: ModelFacts): object {
  const { cache_control: own } = ownMarks(request);
  if (own !== undefined) return { cache_control: own };
  const isMarked = facts.automaticCacheControl === false || request.turns.some(hasOwnMarks);
  return isMarked ? {} : { cache_control: { type: 'ephemeral' } };
}

function hasOwnMarks(turn: Turn): boolean {
  return turn.parts.some((part) => 'extensions' in part && ownMarks(part)['cache_control'] !== undefined);
}

/** Wishes for which the protocol has no member. */
function noteHints(request: ChatRequest, drops: DropList): void {
  const { seed, presencePenalty, frequencyPenalty } = request.sampling;
  const hints = {
    seed,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    prompt_cache_key: request.cacheKey,
    verbosity: request.verbosity,
    metadata: request.metadata,
  };
  for (const [name, value] of Object.entries(hints)) if (value !== undefined) drops.note(name);
}
