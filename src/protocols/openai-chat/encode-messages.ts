import { argumentsText, wrapCustomInput } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import type { ToolNames } from '../../chat/names.ts';
import type { AssistantPart, ToolCallPart, ToolResultPart } from '../../chat/part.ts';
import type { AssistantTurn, SystemTurn, ToolTurn, Turn } from '../../chat/request.ts';
import { encodeContent, encodeContentPart, withoutEmpty } from './encode-content.ts';
import { protocolName } from './wire-name.ts';

export interface Writing {
  readonly names: ToolNames;
  readonly facts: ModelFacts;
  readonly drops: DropList;
}

/** What stands between texts of one speaker that have to become one. */
const BETWEEN_TEXTS = '\n\n';
const SEE_NEXT = '(see the following message)';

export function encodeTurns(turns: readonly Turn[], writing: Writing): readonly object[] {
  const messages: object[] = [];
  /** Images of tool results, which this protocol has in user messages alone. */
  let hoisted: readonly object[] = [];
  for (const turn of turns) {
    if (turn.role === 'user') {
      const parts = withoutEmpty(turn.parts);
      const own = parts.map((part) => encodeContentPart(part, writing.drops));
      const content = hoisted.length === 0 ? encodeContent(parts, writing.drops) : [...hoisted, ...own];
      if (content.length > 0) messages.push({ role: 'user', content });
      hoisted = [];
      continue;
    }
    if (hoisted.length > 0) messages.push({ role: 'user', content: hoisted });
    hoisted = turn.role === 'tool' ? turn.parts.flatMap((result) => hoist(result, writing.drops)) : [];
    messages.push(...encodeTurn(turn, writing));
  }
  if (hoisted.length > 0) messages.push({ role: 'user', content: hoisted });
  return messages;
}

function encodeTurn(turn: SystemTurn | AssistantTurn | ToolTurn, writing: Writing): readonly object[] {
  switch (turn.role) {
    case 'system':
      return encodeSystem(turn, writing);
    case 'assistant':
      return encodeAssistant(turn, writing);
    case 'tool':
      return turn.parts.map((result) => encodeResult(result, writing.drops));
  }
}

function encodeSystem(turn: SystemTurn, { facts, drops }: Writing): readonly object[] {
  noteMarks(turn.parts, protocolName, drops);
  const content = joinTexts(turn.parts);
  const role = turn.rank === 'developer' && facts.developerRole === true ? 'developer' : 'system';
  return content === '' ? [] : [{ role, content }];
}

function encodeAssistant({ parts }: AssistantTurn, writing: Writing): readonly object[] {
  const { drops } = writing;
  noteMarks(parts, protocolName, drops);
  refuseNative(parts);
  if (parts.some((part) => part.type === 'reasoning')) drops.note('reasoning in history');
  if (parts.some((part) => part.type === 'image')) drops.note('image in history');
  const texts = parts.filter((part) => part.type === 'text');
  const refusals = parts.filter((part) => part.type === 'refusal');
  const calls = parts.filter((part) => part.type === 'tool-call');
  if (hasTextAfterCall(parts)) drops.note('text after a tool call', 'text before it');
  const content = joinTexts(texts);
  const refused = joinTexts(refusals);
  if (content === '' && refused === '' && calls.length === 0) return [];
  const message = {
    role: 'assistant',
    content: content === '' ? null : content,
    ...(refused === '' ? {} : { refusal: refused }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => encodeCall(call, writing)) }),
  };
  return [message];
}

/** This protocol has no parts of an assistant's beyond those that all have. */
function refuseNative(parts: readonly AssistantPart[]): void {
  const native = parts.find((part) => part.type === 'native');
  if (native) throw cannotCarry(native.param);
}

function hasTextAfterCall(parts: readonly AssistantPart[]): boolean {
  const firstCall = parts.findIndex((part) => part.type === 'tool-call');
  return firstCall >= 0 && parts.slice(firstCall).some((part) => part.type === 'text');
}

function encodeCall(call: ToolCallPart, { names, facts }: Writing): object {
  const name = names.onWire(call);
  if (call.kind === 'custom' && facts.customTools === true) {
    return { id: call.id, type: 'custom', custom: { name, input: call.input } };
  }
  const text = call.kind === 'custom' ? wrapCustomInput(call.input) : argumentsText(call.input);
  return { id: call.id, type: 'function', function: { name, arguments: text } };
}

function encodeResult(result: ToolResultPart, drops: DropList): object {
  noteMarks([result, ...result.parts], protocolName, drops);
  const texts = result.parts.filter((part) => part.type === 'text');
  const isElsewhere = texts.length === 0 && result.parts.length > 0;
  const text = isElsewhere ? SEE_NEXT : joinTexts(texts);
  return {
    role: 'tool',
    tool_call_id: result.callId,
    content: result.isError ? `Error: ${text}` : text,
  };
}

function hoist(result: ToolResultPart, drops: DropList): readonly object[] {
  const media = result.parts.filter((part) => part.type !== 'text');
  if (media.length === 0) return [];
  const what = media.every(({ type }) => type === 'image') ? 'Image' : 'Content';
  return [
    { type: 'text', text: `${what} returned by tool call ${result.callId}:` },
    ...media.map((part) => encodeContentPart(part, drops)),
  ];
}

function joinTexts(parts: readonly { readonly text: string }[]): string {
  return parts
    .map(({ text }) => text)
    .filter((text) => text !== '')
    .join(BETWEEN_TEXTS);
}
