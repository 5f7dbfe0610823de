import { refusal } from '../../chat/dropped.ts';
import { readEffort } from '../../chat/effort.ts';
import type { ChatRequest, Extra, OutputFormat, ReasoningWish } from '../../chat/request.ts';
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
import { BILLING_NAME, splitBilling } from './billing-line.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { readMarks } from './marks.ts';
import { protocolName } from './wire-name.ts';

/** Members that the neutral form has a word for. */
const understood: ReadonlySet<string> = new Set([
  'model',
  'max_tokens',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'stop_sequences',
  'stream',
  'cache_control',
  'metadata',
  'temperature',
  'top_p',
  'top_k',
]);

/** State that the provider holds, and tools that it runs. */
const meant: ReadonlySet<string> = new Set(['container', 'mcp_servers', 'thread']);

/**
 * Anthropic's "Create a Message" request (API reference, Messages), of either version.
 * @throws RotaError of kind `invalid-request`
 */
export function decodeRequest(text: string): ChatRequest {
  const body = parseBody(text);
  const sampling = given({
    temperature: numberOf(body.temperature),
    topP: numberOf(body.top_p),
    topK: numberOf(body.top_k),
  });
  const { tools, extras } = decodeTools(body.tools, body.tool_choice);
  const { system, line } = splitBilling(body.system);
  const billing = line === undefined ? [] : [hint(BILLING_NAME, line)];
  return {
    turns: decodeMessages(system, body.messages),
    tools,
    sampling,
    stopSequences: listOf(body.stop_sequences).filter((stop) => typeof stop === 'string'),
    stream: body.stream === true,
    extras: [...billing, ...decodeExtras(body), ...extras],
    ...readMarks(body, ['cache_control']),
    ...decodeToolChoice(body.tool_choice),
    ...given({
      model: textOf(body.model),
      output: decodeOutput(recordOf(body.output_config).format ?? body.output_format),
      maxOutputTokens: numberOf(body.max_tokens),
      reasoning: decodeThinking(recordOf(body.thinking), recordOf(body.output_config)),
      endUserId: textOf(recordOf(body.metadata).user_id),
    }),
  };
}

function decodeOutput(format: unknown): OutputFormat | undefined {
  if (format === undefined || format === null) return undefined;
  const { type, schema } = recordOf(format);
  if (type === 'json_schema' && isRecord(schema)) return { kind: 'schema', schema };
  throw refusal('output_config.format', "'output_config.format' must be of type json_schema, with a schema.");
}

/** Reasoning is readable where a display is asked for, or where the older form, which always shows it, is used. */
function decodeThinking(thinking: JsonRecord, { effort: word }: JsonRecord): ReasoningWish | undefined {
  const effort = readEffort(word);
  const { type, display } = thinking;
  switch (type) {
    case 'disabled':
      return { effort: 'none' };
    case 'enabled': {
      const budgetTokens = numberOf(thinking.budget_tokens);
      return { visible: display !== 'omitted', ...given({ effort, budgetTokens }) };
    }
    case 'adaptive':
      return { visible: display === 'summarized', ...given({ effort }) };
    case 'between_tools':
      return { effort: effort ?? 'low' };
    default:
      return effort === undefined ? undefined : { effort };
  }
}

function decodeExtras(body: JsonRecord): readonly Extra[] {
  return Object.entries(body)
    .filter(([name, value]) => !understood.has(name) && value !== null && !isIdle(name, value))
    .map(([name, value]) => ({
      protocol: protocolName,
      name,
      value,
      weight: meant.has(name) ? 'meant' : 'hint',
    }));
}

function hint(name: string, value: unknown): Extra {
  return { protocol: protocolName, name, value, weight: 'hint' };
}

function isIdle(name: string, value: unknown): boolean {
  return (
    (name === 'service_tier' && value === 'auto') || (name === 'mcp_servers' && listOf(value).length === 0)
  );
}
