import { refusal } from '../../chat/dropped.ts';
import { readEffort } from '../../chat/effort.ts';
import type { LogprobsWish } from '../../chat/logprobs.ts';
import type { ChatRequest, Extra, JsonSchema, OutputFormat } from '../../chat/request.ts';
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
import { decodeMessages } from './decode-messages.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { protocolName } from './wire-name.ts';

/** Members that the neutral form has a word for. */
const understood: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_completion_tokens',
  'max_tokens',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'reasoning_effort',
  'response_format',
  'logprobs',
  'top_logprobs',
  'stop',
  'temperature',
  'top_p',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'verbosity',
  'prompt_cache_key',
  'safety_identifier',
  'user',
  'metadata',
]);

/** Members without which the answer would be another one, and whether they ask for anything. */
const meant = new Map<string, (value: unknown) => boolean>([
  ['n', (value) => value !== 1],
  ['modalities', (value) => listOf(value).some((modality) => modality !== 'text')],
  ['web_search_options', () => true],
]);

/** Members that say nothing when they have this value, or that only belong to another one. */
const idle = new Map<string, (value: unknown) => boolean>([
  ['store', (value) => value === false],
  ['service_tier', (value) => value === 'auto' || value === 'default'],
  ['audio', () => true],
]);

/**
 * OpenAI's "Create chat completion" request (API reference, Chat), and what compatible servers' clients send.
 * @throws RotaError of kind `invalid-request`
 */
export function decodeRequest(text: string): ChatRequest {
  const body = parseBody(text);
  const tools = decodeTools(body);
  const toolChoice = decodeToolChoice(body);
  const output = decodeOutput(body.response_format);
  const effort = readEffort(body.reasoning_effort);
  return {
    turns: decodeMessages(body.messages),
    tools,
    sampling: decodeSampling(body),
    stopSequences: typeof body.stop === 'string' ? [body.stop] : textsOf(body.stop),
    stream: body.stream === true,
    streamUsage: recordOf(body.stream_options).include_usage === true,
    extras: decodeExtras(body),
    ...given({
      model: textOf(body.model),
      toolChoice,
      parallelToolCalls: flagOf(body.parallel_tool_calls),
      output,
      maxOutputTokens: numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens),
      reasoning: effort === undefined ? undefined : { effort },
      logprobs: decodeLogprobsWish(body),
      verbosity: textOf(body.verbosity),
      cacheKey: textOf(body.prompt_cache_key),
      endUserId: textOf(body.safety_identifier) ?? textOf(body.user),
      metadata: decodeMetadata(body.metadata),
    }),
  };
}

function decodeSampling(body: JsonRecord): ChatRequest['sampling'] {
  return given({
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    seed: numberOf(body.seed),
    presencePenalty: numberOf(body.presence_penalty),
    frequencyPenalty: numberOf(body.frequency_penalty),
  });
}

function decodeLogprobsWish({ logprobs, top_logprobs }: JsonRecord): LogprobsWish | undefined {
  return logprobs === true ? { others: numberOf(top_logprobs) ?? 0, param: 'logprobs' } : undefined;
}

function decodeOutput(format: unknown): OutputFormat | undefined {
  if (!isRecord(format) || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { kind: 'json' };
  const { schema, name, description, strict } = recordOf(format.json_schema);
  if (format.type !== 'json_schema' || !isRecord(schema)) {
    throw refusal(
      'response_format',
      "'response_format' must be of type text, json_object, or json_schema with a schema.",
    );
  }
  const more = given({ name: textOf(name), description: textOf(description), strict: flagOf(strict) });
  return { kind: 'schema', schema: schema satisfies JsonSchema, ...more };
}

function decodeMetadata(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

function decodeExtras(body: JsonRecord): readonly Extra[] {
  return Object.entries(body).flatMap(([name, value]): readonly Extra[] => {
    if (understood.has(name) || value === null || idle.get(name)?.(value) === true) return [];
    const isMeant = meant.get(name)?.(value);
    if (isMeant === false) return [];
    return [{ protocol: protocolName, name, value, weight: isMeant ? 'meant' : 'hint' }];
  });
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((entry): entry is string => typeof entry === 'string');
}
