import { withLegalCallIds } from '../../chat/call-ids.ts';
import { cannotCarry, dropExtras, makeDropList, noteMarks, type DropList } from '../../chat/dropped.ts';
import { effortOf, nearestEffort } from '../../chat/effort.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import { makeToolNames } from '../../chat/names.ts';
import type { ChatRequest, OutputFormat } from '../../chat/request.ts';
import { askForJson, mentionsJson, outputLimit, unusualSampling } from '../../chat/wishes.ts';
import { given, writeBody } from '../json-value.ts';
import { encodeHints, sharedExtras } from '../openai-hints.ts';
import type { EncodedRequest, EncodeTarget } from '../translator.ts';
import { encodeTurns } from './encode-messages.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { protocolName } from './wire-name.ts';

const MAX_STOP_SEQUENCES = 4;
/** Error texts name 40 as the limit of a call's id, reports 64. */
export const callIdRule = { maxLength: 40, prefix: 'call_' };

/** @throws RotaError of kind `invalid-request` that names what cannot be carried */
export function encodeRequest(request: ChatRequest, target: EncodeTarget): EncodedRequest {
  const { facts = {} } = target;
  const drops = makeDropList();
  const names = makeToolNames(request);
  const own = request.extras.filter(({ protocol }) => protocol === protocolName);
  const carried = [...own, ...sharedExtras(request.extras, facts)];
  dropExtras(request.extras, new Set(carried.map(({ name }) => name)), drops);
  const stops = request.stopSequences.slice(0, facts.stopSequences === false ? 0 : MAX_STOP_SEQUENCES);
  const hints = encodeHints(request, target, drops);
  const turns = withLegalCallIds(request.turns, callIdRule);
  const tools = encodeTools(request.tools, names, facts, drops);
  const body = {
    model: target.model,
    messages: [...jsonReminder(request), ...encodeTurns(turns, { names, facts, drops })],
    ...(tools.length === 0
      ? {}
      : toolMembers(request, tools, encodeToolChoice(request.toolChoice, names, facts))),
    ...limits(request, facts),
    ...sampling(request, facts, drops),
    ...(stops.length === 0 ? {} : { stop: stops }),
    ...logprobs(request),
    ...reasoning(request, facts, drops),
    ...given({ verbosity: hints.verbosity, response_format: encodeOutput(request.output) }),
    ...hints.members,
    ...Object.fromEntries(carried.map(({ name, value }) => [name, value])),
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  noteMarks([request], protocolName, drops);
  const cutAt = request.stopSequences.slice(stops.length);
  if (cutAt.length > 0) drops.note('stop', 'cut where they would begin');
  if (cutAt.length > 0 && request.logprobs) throw cannotCarry(request.logprobs.param);
  return {
    path: '/chat/completions',
    body: writeBody(body),
    dropped: drops.list(),
    restoration: { toolNames: names.originals, cutAt },
  };
}

function toolMembers(request: ChatRequest, tools: readonly object[], choice: unknown): object {
  return {
    tools,
    ...given({ tool_choice: choice, parallel_tool_calls: request.parallelToolCalls }),
  };
}

function limits(request: ChatRequest, facts: ModelFacts): object {
  const limit = outputLimit(request, facts);
  return limit === undefined ? {} : { [facts.outputLimitName ?? 'max_completion_tokens']: limit };
}

function sampling({ sampling: wished }: ChatRequest, facts: ModelFacts, drops: DropList): object {
  const { temperature, topP, topK, seed, presencePenalty, frequencyPenalty } = wished;
  if (topK !== undefined) drops.note('top_k');
  const chosen = given({ temperature, top_p: topP });
  const isTaken = facts.sampling !== false;
  if (!isTaken) for (const name of unusualSampling(wished)) drops.note(name);
  return {
    ...(isTaken ? chosen : {}),
    ...given({ seed, presence_penalty: presencePenalty, frequency_penalty: frequencyPenalty }),
  };
}

function reasoning(request: ChatRequest, facts: ModelFacts, drops: DropList): object {
  const effort = effortOf(request.reasoning);
  if (effort === undefined) return {};
  const isRefused = request.tools.length > 0 && facts.effortWithTools === false && effort !== 'none';
  if (isRefused || facts.thinking?.styles.length === 0) {
    if (effort !== 'none') drops.note('reasoning_effort');
    return {};
  }
  const sent = nearestEffort(effort, facts.thinking?.efforts);
  if (sent !== effort) drops.note('reasoning_effort', sent);
  return { reasoning_effort: sent };
}

function logprobs({ logprobs: wish }: ChatRequest): object {
  if (!wish) return {};
  return { logprobs: true, ...(wish.others === 0 ? {} : { top_logprobs: wish.others }) };
}

function encodeOutput(output: OutputFormat | undefined): object | undefined {
  if (output === undefined) return undefined;
  if (output.kind === 'json') return { type: 'json_object' };
  const { schema, name = 'response', description, strict } = output;
  return { type: 'json_schema', json_schema: { name, ...given({ description, strict }), schema } };
}

/** The protocol refuses JSON mode where no text asks for JSON. */
function jsonReminder(request: ChatRequest): readonly object[] {
  const isNeeded = request.output?.kind === 'json' && !mentionsJson(request.turns);
  return isNeeded ? [{ role: 'system', content: askForJson }] : [];
}
