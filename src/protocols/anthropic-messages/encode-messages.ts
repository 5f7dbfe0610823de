import { parseArguments, wrapCustomInput } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ModelFacts } from '../../chat/model-facts.ts';
import type { ToolNames } from '../../chat/names.ts';
import type { AssistantPart, ReasoningPart, ToolCallPart, ToolResultPart } from '../../chat/part.ts';
import type { AssistantTurn, SystemTurn, Turn } from '../../chat/request.ts';
import { systemAsUserText } from '../../chat/turns.ts';
import type { EncodeTarget } from '../translator.ts';
import { encodeContent, encodeText } from './encode-content.ts';
import { ownMarks } from './marks.ts';
import { protocolName, stateSource } from './wire-name.ts';

export interface Writing {
  readonly names: ToolNames;
  readonly facts: ModelFacts;
  readonly drops: DropList;
  readonly reasoningState: EncodeTarget['reasoningState'];
}

interface Message {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: object[];
}

/** `system` blocks of what leads a conversation. */
export function encodeSystem(turns: readonly SystemTurn[], drops: DropList): readonly object[] {
  const parts = turns.flatMap((turn) => turn.parts);
  noteMarks(parts, protocolName, drops);
  return parts.flatMap(encodeText);
}

/**
 * Strictly alternating messages that begin with the user's, results of tools before what the user says: the order that
 * every version of the API takes.
 */
export function encodeTurns(turns: readonly Turn[], writing: Writing): readonly object[] {
  const messages: Message[] = [];
  turns.forEach((turn, place) => {
    const role = roleOf(turn, turns[place - 1], turns[place + 1], writing.facts);
    const content = encodeTurn(turn, role, writing);
    const last = messages.at(-1);
    if (content.length === 0) return;
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content: [...content] });
  });
  const first: readonly Message[] =
    messages[0]?.role === 'user' ? [] : [{ role: 'user', content: [{ type: 'text', text: '(continued)' }] }];
  return [...first, ...messages, ...continuation(messages.at(-1), writing)];
}

/** Newer models refuse to go on with words that are put into their mouth. */
function continuation(last: Message | undefined, { facts, drops }: Writing): readonly Message[] {
  if (last?.role !== 'assistant' || facts.prefill === true) return [];
  drops.note('trailing assistant turn', 'a request to go on');
  return [{ role: 'user', content: [{ type: 'text', text: 'Continue.' }] }];
}

/** A system message must follow the user's, and be last or be followed by the assistant's. */
function roleOf(
  turn: Turn,
  before: Turn | undefined,
  after: Turn | undefined,
  facts: ModelFacts,
): Message['role'] {
  if (turn.role === 'assistant') return 'assistant';
  if (turn.role !== 'system' || facts.midConversationSystem !== true) return 'user';
  const followsUser = before?.role === 'user' || before?.role === 'tool';
  return followsUser && (after === undefined || after.role === 'assistant') ? 'system' : 'user';
}

function encodeTurn(turn: Turn, role: Message['role'], writing: Writing): readonly object[] {
  switch (turn.role) {
    case 'system':
      if (role === 'system') return encodeSystem([turn], writing.drops);
      noteMarks(turn.parts, protocolName, writing.drops);
      return turn.parts.length === 0 ? [] : [{ type: 'text', text: systemAsUserText(turn) }];
    case 'user':
      return encodeContent(turn.parts, writing.drops);
    case 'tool':
      return turn.parts.map((result) => encodeResult(result, writing.drops));
    case 'assistant':
      return encodeAssistant(turn, writing);
  }
}

function encodeResult(result: ToolResultPart, drops: DropList): object {
  noteMarks([result], protocolName, drops);
  const content = encodeContent(result.parts, drops);
  return {
    type: 'tool_result',
    tool_use_id: result.callId,
    ...(content.length === 0 ? {} : { content }),
    ...(result.isError ? { is_error: true } : {}),
    ...ownMarks(result),
  };
}

function encodeAssistant(turn: AssistantTurn, writing: Writing): readonly object[] {
  noteMarks(turn.parts, protocolName, writing.drops);
  return turn.parts.flatMap((part) => encodeAssistantPart(part, writing));
}

function encodeAssistantPart(part: AssistantPart, writing: Writing): readonly object[] {
  switch (part.type) {
    case 'text':
      return encodeText(part);
    case 'refusal':
      return encodeText({ type: 'text', text: part.text });
    case 'reasoning':
      return encodeReasoning(part, writing);
    case 'tool-call':
      return [encodeCall(part, writing.names)];
    case 'image':
      writing.drops.note('image in history');
      return [];
    case 'native':
      if (part.protocol === protocolName && typeof part.value === 'object' && part.value !== null) {
        return [part.value];
      }
      throw cannotCarry(part.param);
  }
}

/** Verbatim, or not at all: the API refuses thinking that it did not sign. */
function encodeReasoning({ state }: ReasoningPart, writing: Writing): readonly object[] {
  if (state?.source === stateSource && writing.reasoningState === 'same-account') {
    return state.blocks.filter((block) => typeof block === 'object' && block !== null);
  }
  writing.drops.note('reasoning in history');
  return [];
}

function encodeCall(call: ToolCallPart, names: ToolNames): object {
  const input = call.kind === 'custom' ? wrapCustomInput(call.input) : call.input;
  return {
    type: 'tool_use',
    id: call.id,
    name: names.onWire(call),
    input: parseArguments(input),
    ...ownMarks(call),
  };
}
