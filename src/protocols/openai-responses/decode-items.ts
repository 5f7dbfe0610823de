import { refusal } from '../../chat/dropped.ts';
import { isEnvelope, openEnvelope } from '../../chat/envelope.ts';
import type { AssistantPart, ReasoningPart, ToolCallPart, ToolResultPart } from '../../chat/part.ts';
import type { Turn } from '../../chat/request.ts';
import { given, isRecord, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import {
  decodeAssistantContent,
  decodeContent,
  decodeSystemContent,
  generatedImage,
  native,
} from './decode-content.ts';
import { stateOf } from './reasoning-state.ts';

/** What stands in the input of a request besides the conversation. */
export interface DecodedInput {
  readonly turns: readonly Turn[];
  /** Tools that are declared in the input, in order. */
  readonly tools: readonly unknown[];
  /** Settings that are changed on the way; the last ones hold. */
  readonly settings: JsonRecord;
}

/** @throws RotaError of kind `invalid-request` for an item that says nothing in any protocol */
export function decodeItems(items: readonly unknown[]): DecodedInput {
  const turns: Turn[] = [];
  const tools: unknown[] = [];
  let settings: JsonRecord = {};
  for (const item of items) {
    if (!isRecord(item)) throw refusal('input', "Each entry of 'input' must be an item, as a JSON object.");
    if (item.type === 'additional_tools') tools.push(...recordsOf(item.tools));
    else if (item.type === 'configuration_update') settings = { ...settings, ...item };
    else addItem(turns, item);
  }
  return { turns, tools, settings };
}

function addItem(turns: Turn[], item: JsonRecord): void {
  const type = textOf(item.type) ?? ('role' in item ? 'message' : 'input');
  switch (type) {
    case 'message':
      return addMessage(turns, item);
    case 'function_call':
    case 'custom_tool_call':
      return addAssistant(turns, [decodeCall(item, type === 'custom_tool_call' ? 'custom' : 'function')]);
    case 'function_call_output':
    case 'custom_tool_call_output':
      turns.push({ role: 'tool', parts: [decodeResult(item)] });
      return;
    case 'reasoning':
      return addAssistant(turns, [decodeReasoning(item)]);
    case 'image_generation_call':
      return addAssistant(turns, [decodeImage(item)]);
    default:
      // State of the provider's, or history of its own tools.
      return addAssistant(turns, [native(type, item)]);
  }
}

function addMessage(turns: Turn[], item: JsonRecord): void {
  switch (item.role) {
    case 'user':
      turns.push({ role: 'user', parts: decodeContent(item.content) });
      return;
    case 'system':
    case 'developer':
      turns.push({ role: 'system', rank: item.role, parts: decodeSystemContent(item.content) });
      return;
    case 'assistant':
      return addAssistant(turns, decodeAssistantContent(item.content));
    default:
      throw refusal('input', "A message's role must be 'user', 'assistant', 'system' or 'developer'.");
  }
}

/** Items of the model that follow each other are one turn. */
function addAssistant(turns: Turn[], parts: readonly AssistantPart[]): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') {
    turns.push({ role: 'assistant', parts });
    return;
  }
  turns[turns.length - 1] = { ...last, parts: [...last.parts, ...parts] };
}

function decodeCall(item: JsonRecord, kind: 'function' | 'custom'): ToolCallPart {
  const id = textOf(item.call_id);
  const name = textOf(item.name);
  if (!id) throw refusal('call_id', "A call has no 'call_id': send it as it came.");
  if (!name) throw refusal('name', `The call '${id}' has no 'name': send it as it came.`);
  const input = textOf(kind === 'custom' ? item.input : item.arguments) ?? '';
  const namespace = textOf(item.namespace) || undefined;
  return { type: 'tool-call', id, name, kind, input, ...given({ namespace }) };
}

/** One that holds no bytes is known to the provider alone. */
function decodeImage(item: JsonRecord): AssistantPart {
  const image = generatedImage(item);
  return image
    ? { type: 'image', source: { kind: 'base64', ...image } }
    : native('image_generation_call', item);
}

function decodeResult(item: JsonRecord): ToolResultPart {
  const callId = textOf(item.call_id);
  if (!callId) throw refusal('call_id', "A tool's output has no 'call_id': say which call it answers.");
  return { type: 'tool-result', callId, parts: decodeContent(item.output), isError: false };
}

/** Its state is this protocol's own, or that of another in an envelope; a damaged envelope is no state. */
function decodeReasoning(item: JsonRecord): ReasoningPart {
  const text = recordsOf(item.summary)
    .map((part) => textOf(part.text) ?? '')
    .join('\n\n');
  const content = textOf(item.encrypted_content) ?? '';
  const state = isEnvelope(content) ? openEnvelope(content) : stateOf(item);
  return { type: 'reasoning', text, ...given({ state }) };
}
