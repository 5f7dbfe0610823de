import { withLegalCallIds } from '../../chat/call-ids.ts';
import { cannotCarry, dropExtras, makeDropList, noteMarks, type DropList } from '../../chat/dropped.ts';
import { effortOf, nearestEffort } from '../../chat/effort.ts';
import { makeToolNames } from '../../chat/names.ts';
import type { ChatRequest, OutputFormat } from '../../chat/request.ts';
import { splitLeading } from '../../chat/turns.ts';
import { askForJson, mentionsJson, outputLimit, unusualSampling } from '../../chat/wishes.ts';
import { given, writeBody } from '../json-value.ts';
import { encodeHints, sharedExtras } from '../openai-hints.ts';
import type { EncodedRequest, EncodeTarget } from '../translator.ts';
import { encodeInput, type InputTarget } from './encode-input.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { LOGPROBS, protocolName } from './wire-name.ts';

/** The vendor refuses longer ones, and empty ones. */
export const callIdRule = { maxLength: 64, prefix: 'call_' };
const MIN_OUTPUT_TOKENS = 16;
const STATE = 'reasoning.encrypted_content';
const MAX_FORMAT_NAME_CHARACTERS = 64;

/**
 * A request of OpenAI Responses that keeps nothing at the provider.
 * @throws RotaError of kind `invalid-request` that names what it cannot carry
 */
export function encodeRequest(request: ChatRequest, target: EncodeTarget): EncodedRequest {
  const drops = makeDropList();
  const names = makeToolNames(request);
  const { leading, rest } = splitLeading(withLegalCallIds(request.turns, callIdRule));
  const to: InputTarget = {
    names,
    drops,
    keepsState: target.reasoningState === 'same-account',
    customTools: target.facts?.customTools !== false,
    developerRole: target.facts?.developerRole !== false,
  };
  const thinking = reasoningOf(request, target, drops);
  const hints = encodeHints(request, target, drops);
  const extras = sharedExtras(request.extras, target.facts ?? {});
  dropExtras(request.extras, new Set(extras.map(({ name }) => name)), drops);
  const isJson = request.output?.kind === 'json' && !mentionsJson(request.turns);
  const instructions = [
    ...leading.flatMap(({ parts }) => parts.map(({ text }) => text)),
    ...(isJson ? [askForJson] : []),
  ].filter((text) => text !== '');
  const body = {
    model: target.model,
    ...(instructions.length === 0 ? {} : { instructions: instructions.join('\n\n') }),
    input: encodeInput(rest, to),
    ...toolMembers(request, to),
    ...given({
      max_output_tokens: limitOf(request, target),
      text: textOf(request.output, hints.verbosity),
      reasoning: thinking.reasoning,
      ...includeOf(request, thinking),
      ...samplingOf(request, target, drops),
    }),
    ...hints.members,
    ...Object.fromEntries(extras.map(({ name, value }) => [name, value])),
    store: false,
    ...(request.stream ? { stream: true } : {}),
  };
  noteMarks([request, ...leading.flatMap(({ parts }) => parts)], protocolName, drops);
  if (request.stopSequences.length > 0) drops.note('stop', 'cut where they would begin');
  return {
    path: '/responses',
    body: writeBody(body),
    dropped: drops.list(),
    restoration: { toolNames: names.originals, cutAt: request.stopSequences },
  };
}

/** A choice among no tools is refused there. */
function toolMembers(request: ChatRequest, to: InputTarget): object {
  const { toolChoice, parallelToolCalls } = request;
  if (request.tools.length === 0) return {};
  return {
    tools: encodeTools(request.tools, to),
    ...(toolChoice ? { tool_choice: encodeToolChoice(toolChoice, request, to) } : {}),
    ...given({ parallel_tool_calls: parallelToolCalls }),
  };
}

/** @throws RotaError of kind `invalid-request` where tokens are asked for of a text that is cut here */
function includeOf({ logprobs, stopSequences }: ChatRequest, { state }: Reasoning): object {
  if (logprobs && stopSequences.length > 0) throw cannotCarry(logprobs.param);
  const include = [...(state ? [STATE] : []), ...(logprobs ? [LOGPROBS] : [])];
  const others = logprobs && logprobs.others > 0 ? { top_logprobs: logprobs.others } : {};
  return include.length === 0 ? {} : { include, ...others };
}

function limitOf(request: ChatRequest, target: EncodeTarget): number | undefined {
  const limit = outputLimit(request, target.facts);
  return limit === undefined ? undefined : Math.max(limit, MIN_OUTPUT_TOKENS);
}

function textOf(output: OutputFormat | undefined, verbosity: string | undefined): object | undefined {
  const format = output && formatOf(output);
  return format || verbosity !== undefined ? given({ format, verbosity }) : undefined;
}

function formatOf(output: OutputFormat): object {
  if (output.kind === 'json') return { type: 'json_object' };
  const { schema, description, strict } = output;
  const name = (output.name ?? '').replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, MAX_FORMAT_NAME_CHARACTERS);
  return { type: 'json_schema', name: name || 'response', ...given({ description, strict }), schema };
}

interface Reasoning {
  readonly reasoning?: object;
  /** Whether there will be some that the next turn must bring back. */
  readonly state?: boolean;
}

/** Its state is asked for whenever there will be some: the client carries it, in whatever protocol. */
function reasoningOf(request: ChatRequest, { facts }: EncodeTarget, drops: DropList): Reasoning {
  const wished = effortOf(request.reasoning);
  if (facts?.thinking?.styles.length === 0) {
    if (wished !== undefined && wished !== 'none') drops.note('reasoning effort');
    return {};
  }
  const effort = wished && nearestEffort(wished, facts?.thinking?.efforts);
  if (effort !== undefined && effort !== wished) drops.note('reasoning effort', effort);
  const isVisible = request.reasoning?.visible === true;
  if (effort === undefined && !isVisible) return facts?.thinking?.isUsual === true ? { state: true } : {};
  const reasoning = { ...given({ effort }), ...(isVisible ? { summary: 'auto' } : {}) };
  return { reasoning, state: effort !== 'none' };
}

function samplingOf({ sampling }: ChatRequest, { facts }: EncodeTarget, drops: DropList): object {
  const { temperature, topP, topK, seed, presencePenalty, frequencyPenalty } = sampling;
  const unknown = {
    top_k: topK,
    seed,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
  };
  const isTaken = facts?.sampling !== false;
  const untaken = isTaken ? [] : unusualSampling(sampling);
  for (const name of [...Object.keys(given(unknown)), ...untaken]) drops.note(name);
  return isTaken ? { temperature, top_p: topP } : {};
}
