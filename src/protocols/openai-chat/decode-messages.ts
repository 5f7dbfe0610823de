import { madeCallId } from '../../chat/call-ids.ts';
import { refusal } from '../../chat/dropped.ts';
import { isEnvelope, openEnvelope } from '../../chat/envelope.ts';
import type { AssistantPart, ReasoningPart, TextPart, ToolCallPart } from '../../chat/part.ts';
import type { Turn } from '../../chat/request.ts';
import { settleTurns } from '../../chat/turns.ts';
import { isRecord, listOf, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { decodeContent } from './decode-content.ts';

/** @throws RotaError of kind `invalid-request` that names the message */
export function decodeMessages(messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw refusal('messages', "'messages' must be a list of at least one message.");
  }
  /** Ids for calls of the older kind, which have none, by the function's name. */
  const oldCalls = new Map<string, string>();
  return settleTurns(messages.map((message, place) => decodeMessage(message, place, oldCalls)));
}

function decodeMessage(message: unknown, place: number, oldCalls: Map<string, string>): Turn {
  const param = `messages[${place}]`;
  if (!isRecord(message)) throw refusal(param, `'${param}' must be an object.`);
  const { role, content } = message;
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', rank: role, parts: textParts(content, param) };
    case 'user':
      return { role: 'user', parts: decodeContent(content, param) };
    case 'assistant':
      return { role: 'assistant', parts: assistantParts(message, place, oldCalls) };
    case 'tool':
      return toolTurn(textOf(message.tool_call_id) ?? '', content, param);
    case 'function':
      return toolTurn(oldCalls.get(textOf(message.name) ?? '') ?? '', content, param);
    default:
      throw refusal(`${param}.role`, `'${param}.role' must be system, developer, user, assistant or tool.`);
  }
}

function toolTurn(callId: string, content: unknown, param: string): Turn {
  return {
    role: 'tool',
    parts: [{ type: 'tool-result', callId, parts: decodeContent(content, param), isError: false }],
  };
}

function textParts(content: unknown, param: string): readonly TextPart[] {
  return decodeContent(content, param).filter((part) => part.type === 'text');
}

/** Reasoning first, then what was said, then what was called: the order in which a model comes to them. */
function assistantParts(
  message: JsonRecord,
  place: number,
  oldCalls: Map<string, string>,
): readonly AssistantPart[] {
  const reasoning = textOf(message.reasoning_content) ?? textOf(message.reasoning) ?? '';
  const refused = textOf(message.refusal) ?? '';
  const calls = listOf(message.tool_calls).map((call, nth) =>
    decodeCall(call, `messages[${place}].tool_calls[${nth}]`),
  );
  return [
    ...reasoningOf(reasoning, message),
    ...assistantContent(message.content, `messages[${place}]`),
    ...(refused === '' ? [] : [{ type: 'refusal' as const, text: refused }]),
    ...calls,
    ...oldCall(message.function_call, place, oldCalls),
  ];
}

/** Reasoning state comes back on the first call, where a server's extension put it. */
function reasoningOf(text: string, message: JsonRecord): readonly ReasoningPart[] {
  const extra = recordOf(recordOf(recordsOf(message.tool_calls)[0]).extra_content);
  const signature = textOf(recordOf(extra.google).thought_signature) ?? '';
  const state = isEnvelope(signature) ? openEnvelope(signature) : undefined;
  if (text === '' && !state) return [];
  return [{ type: 'reasoning', text, ...(state ? { state } : {}) }];
}

function assistantContent(content: unknown, param: string): readonly AssistantPart[] {
  if (!Array.isArray(content)) {
    return decodeContent(content, param).filter((part) => part.type === 'text');
  }
  return content.flatMap((part): readonly AssistantPart[] => {
    const { type, refusal: refused } = recordOf(part);
    if (type === 'refusal') return [{ type: 'refusal', text: textOf(refused) ?? '' }];
    return decodeContent([part], param).filter((decoded) => decoded.type === 'text');
  });
}

function decodeCall(call: unknown, param: string): ToolCallPart {
  const { id, function: called, custom } = recordOf(call);
  const { name, arguments: input } = recordOf(called);
  const free = recordOf(custom);
  const callId = textOf(id);
  const toolName = textOf(name) ?? textOf(free.name);
  if (callId === undefined || toolName === undefined) {
    throw refusal(param, `'${param}' must have an 'id' and the 'name' of a tool.`);
  }
  return isRecord(custom)
    ? { type: 'tool-call', id: callId, name: toolName, kind: 'custom', input: textOf(free.input) ?? '' }
    : { type: 'tool-call', id: callId, name: toolName, kind: 'function', input: textOf(input) ?? '' };
}

function oldCall(called: unknown, place: number, oldCalls: Map<string, string>): readonly ToolCallPart[] {
  if (!isRecord(called)) return [];
  const name = textOf(called.name) ?? '';
  const id = madeCallId(`${place} ${name}`, { prefix: 'call_' });
  oldCalls.set(name, id);
  return [{ type: 'tool-call', id, name, kind: 'function', input: textOf(called.arguments) ?? '' }];
}
