import { refusal } from '../../chat/dropped.ts';
import { readEffort } from '../../chat/effort.ts';
import type { LogprobsWish } from '../../chat/logprobs.ts';
import type { ChatRequest, Extra, OutputFormat, ReasoningWish, Sampling } from '../../chat/request.ts';
import {
  flagOf,
  given,
  isRecord,
  listOf,
  numberOf,
  parseBody,
  recordOf,
  textOf,
  type JsonRecord,
} from '../json-value.ts';
import { settleTurns } from '../../chat/turns.ts';
import { LOGPROBS } from './wire-name.ts';
import { decodeItems } from './decode-items.ts';
import { decodeTools, decodeToolChoice, extra } from './decode-tools.ts';

/** State that the provider holds: without it the request would be another one. */
const held = ['previous_response_id', 'conversation', 'prompt'] as const;

/** Members that are carried in words of the neutral form, or that say nothing about the answer. */
const told: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'max_output_tokens',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'include',
  'store',
  'temperature',
  'top_p',
  'top_logprobs',
  'prompt_cache_key',
  'safety_identifier',
  'user',
  'metadata',
  'background',
  ...held,
]);

/** Members that an answer repeats. */
const repeated = [
  'instructions',
  'max_output_tokens',
  'parallel_tool_calls',
  'reasoning',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'metadata',
] as const;

/** A request of OpenAI Responses (platform.openai.com/docs/api-reference/responses/create). */
export function decodeRequest(body: string): ChatRequest {
  const members = parseBody(body);
  const input = decodeItems(itemsOf(members));
  const settings = { ...members, ...input.settings };
  const { tools, extras } = decodeTools([...listOf(members.tools), ...input.tools]);
  const { choice, extra: choiceExtra } = decodeToolChoice(members.tool_choice);
  const text = recordOf(settings.text);
  const instructions = textOf(members.instructions) || undefined;
  const system = {
    role: 'system',
    rank: 'system',
    parts: [{ type: 'text', text: instructions ?? '' }],
  } as const;
  return {
    turns: settleTurns(instructions === undefined ? input.turns : [system, ...input.turns]),
    tools,
    sampling: samplingOf(members),
    stopSequences: [],
    stream: members.stream === true,
    extras: [...extrasOf(members), ...extras, ...(choiceExtra ? [choiceExtra] : [])],
    repeated: pick(members, repeated),
    ...given({
      model: textOf(members.model) || undefined,
      toolChoice: choice,
      parallelToolCalls: flagOf(members.parallel_tool_calls),
      output: formatOf(text.format),
      maxOutputTokens: numberOf(members.max_output_tokens),
      reasoning: reasoningOf(settings.reasoning),
      logprobs: logprobsOf(members),
      verbosity: textOf(text.verbosity),
      cacheKey: textOf(members.prompt_cache_key) || undefined,
      endUserId: textOf(members.safety_identifier) || textOf(members.user) || undefined,
      metadata: metadataOf(members.metadata),
    }),
  };
}

function itemsOf(members: JsonRecord): readonly unknown[] {
  const { input } = members;
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  const isContinued = held.some((name) => isGiven(members[name]));
  if (Array.isArray(input) && (input.length > 0 || isContinued)) return input;
  if (!isGiven(input) && isContinued) return [];
  throw refusal('input', "'input' must be a text, or a list of at least one item.");
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function samplingOf(members: JsonRecord): Sampling {
  return given({ temperature: numberOf(members.temperature), topP: numberOf(members.top_p) });
}

function formatOf(format: unknown): OutputFormat | undefined {
  const { type, schema, name, description, strict } = recordOf(format);
  if (type === 'json_object') return { kind: 'json' };
  if (type !== 'json_schema') return undefined;
  const told = given({ name: textOf(name), description: textOf(description), strict: flagOf(strict) });
  return { kind: 'schema', schema: recordOf(schema), ...told };
}

/** A summary comes only where it was asked for. */
function reasoningOf(value: unknown): ReasoningWish | undefined {
  if (!isRecord(value)) return undefined;
  const visible = isGiven(value.summary) || isGiven(value.generate_summary);
  return { ...given({ effort: readEffort(value.effort) }), visible };
}

function logprobsOf(members: JsonRecord): LogprobsWish | undefined {
  const others = numberOf(members.top_logprobs) ?? 0;
  const isWanted = others > 0 || listOf(members.include).includes(LOGPROBS);
  return isWanted ? { others, param: 'top_logprobs' } : undefined;
}

function metadataOf(value: unknown): Readonly<Record<string, string>> | undefined {
  const pairs = Object.entries(recordOf(value)).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function extrasOf(members: JsonRecord): readonly Extra[] {
  const meant = held
    .filter((name) => isGiven(members[name]))
    .map((name) => extra(name, members[name], 'meant'));
  const background = members.background === true ? [extra('background', true, 'meant')] : [];
  const store = members.store === true ? [extra('store', true, 'hint')] : [];
  const others = Object.entries(members)
    .filter(([name, value]) => !told.has(name) && isGiven(value))
    .map(([name, value]) => extra(name, value, 'hint'));
  return [...meant, ...background, ...store, ...others];
}

function pick(members: JsonRecord, names: readonly string[]): JsonRecord {
  return Object.fromEntries(
    names.filter((name) => isGiven(members[name])).map((name) => [name, members[name]]),
  );
}
