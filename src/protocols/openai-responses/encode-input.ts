import { argumentsText, wrapCustomInput } from '../../chat/arguments.ts';
import { cannotCarry, noteMarks, type DropList } from '../../chat/dropped.ts';
import type { ToolNames } from '../../chat/names.ts';
import type { AssistantPart, ReasoningPart, ToolCallPart } from '../../chat/part.ts';
import type { AssistantTurn, ToolTurn, Turn } from '../../chat/request.ts';
import { recordOf } from '../json-value.ts';
import { encodeContent, encodeResult } from './encode-content.ts';
import { protocolName, stateSource } from './wire-name.ts';

export interface InputTarget {
  readonly names: ToolNames;
  readonly drops: DropList;
  /** Whether reasoning state of this protocol comes from the account that is asked now. */
  readonly keepsState: boolean;
  readonly customTools: boolean;
  readonly developerRole: boolean;
}

/** The conversation as items. None of them has an id: the provider knows no item that it did not store. */
export function encodeInput(turns: readonly Turn[], target: InputTarget): readonly unknown[] {
  /** Results of a custom tool's calls are items of another type. */
  let custom: ReadonlySet<string> = new Set();
  return turns.flatMap((turn): readonly unknown[] => {
    noteMarks(marked(turn), protocolName, target.drops);
    switch (turn.role) {
      case 'system': {
        const role = target.developerRole ? 'developer' : 'system';
        return message(role, turn.parts.map(({ text }) => text).join('\n\n'));
      }
      case 'user': {
        const content = encodeContent(turn.parts);
        return content.length === 0 ? [] : [{ type: 'message', role: 'user', content }];
      }
      case 'assistant':
        custom = customCalls(turn, target);
        return turn.parts.flatMap((part) => encodeAssistantPart(part, target));
      case 'tool':
        return encodeResults(turn, custom);
    }
  });
}

/** All that may carry marks of another protocol. */
function marked(turn: Turn): readonly object[] {
  return turn.role === 'tool' ? turn.parts.flatMap((result) => [result, ...result.parts]) : turn.parts;
}

function message(role: string, content: string): readonly object[] {
  return content === '' ? [] : [{ type: 'message', role, content }];
}

function customCalls(turn: AssistantTurn, target: InputTarget): ReadonlySet<string> {
  const calls = turn.parts.filter((part) => part.type === 'tool-call' && isCustom(part, target));
  return new Set(calls.map((part) => (part.type === 'tool-call' ? part.id : '')));
}

function isCustom(call: ToolCallPart, target: InputTarget): boolean {
  return call.kind === 'custom' && target.customTools;
}

function encodeAssistantPart(part: AssistantPart, target: InputTarget): readonly unknown[] {
  switch (part.type) {
    case 'text':
      return message('assistant', part.text);
    case 'refusal': {
      const content = [{ type: 'refusal', refusal: part.text }];
      return part.text === '' ? [] : [{ type: 'message', role: 'assistant', content }];
    }
    case 'reasoning':
      return encodeReasoning(part, target);
    case 'tool-call':
      return [encodeCall(part, target)];
    case 'image':
      target.drops.note('image in history');
      return [];
    case 'native':
      if (part.protocol !== protocolName) throw cannotCarry(part.param);
      return [part.value];
  }
}

/** Only with state of this protocol, verbatim but for what is no input; words alone mean nothing to the provider. */
function encodeReasoning({ state }: ReasoningPart, target: InputTarget): readonly unknown[] {
  if (state?.source !== stateSource || !target.keepsState) {
    target.drops.note('reasoning in history');
    return [];
  }
  return state.blocks.map((block) => {
    const { content: _, status: __, ...item } = recordOf(block);
    return item;
  });
}

function encodeCall(call: ToolCallPart, target: InputTarget): object {
  const named = { call_id: call.id, name: target.names.onWire(call) };
  if (isCustom(call, target)) return { type: 'custom_tool_call', ...named, input: call.input };
  const input = call.kind === 'custom' ? wrapCustomInput(call.input) : argumentsText(call.input);
  return { type: 'function_call', ...named, arguments: input };
}

function encodeResults(turn: ToolTurn, custom: ReadonlySet<string>): readonly object[] {
  return turn.parts.map((result) => ({
    type: custom.has(result.callId) ? 'custom_tool_call_output' : 'function_call_output',
    call_id: result.callId,
    output: encodeResult(result),
  }));
}
