import { refusal } from '../../chat/dropped.ts';
import { openEnvelope, isEnvelope } from '../../chat/envelope.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type {
  AssistantPart,
  ReasoningPart,
  ReasoningState,
  TextPart,
  ToolResultPart,
} from '../../chat/part.ts';
import type { Turn } from '../../chat/request.ts';
import { settleTurns } from '../../chat/turns.ts';
import { isRecord, recordOf, textOf, type JsonRecord } from '../json-value.ts';
import { blocksOf, decodeBlock, decodeBlocks, decodeText } from './decode-content.ts';
import { readMarks } from './marks.ts';
import { protocolName, stateSource } from './wire-name.ts';

/** @throws RotaError of kind `invalid-request` that names the message */
export function decodeMessages(system: unknown, messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw refusal('messages', "'messages' must be a list of at least one message.");
  }
  const leading = textParts(system, 'system');
  const first: readonly Turn[] =
    leading.length === 0 ? [] : [{ role: 'system', rank: 'system', parts: leading }];
  return settleTurns([...first, ...messages.flatMap((message, place) => decodeMessage(message, place))]);
}

function decodeMessage(message: unknown, place: number): readonly Turn[] {
  const param = `messages[${place}]`;
  const { role, content } = recordOf(message);
  switch (role) {
    case 'user':
      return userTurns(content, param);
    case 'assistant': {
      const blocks = blocksOf(content, `${param}.content`);
      const parts = blocks.flatMap((block, nth) => assistantParts(block, `${param}.content[${nth}]`));
      return [{ role, parts }];
    }
    case 'system':
      return [{ role, rank: 'system', parts: textParts(content, `${param}.content`) }];
    default:
      throw refusal(`${param}.role`, `'${param}.role' must be user, assistant or system.`);
  }
}

function textParts(content: unknown, param: string): readonly TextPart[] {
  if (content === undefined || content === null) return [];
  return decodeBlocks(content, param).filter((part) => part.type === 'text');
}

/** Results of tools are a turn of their own, before what the user says. */
function userTurns(content: unknown, param: string): readonly Turn[] {
  const blocks = blocksOf(content, `${param}.content`);
  const results = blocks.flatMap((block, nth) =>
    block.type === 'tool_result' ? [toolResult(block, `${param}.content[${nth}]`)] : [],
  );
  const parts = blocks.flatMap((block, nth) =>
    block.type === 'tool_result' ? [] : decodeBlock(block, `${param}.content[${nth}]`),
  );
  const user: readonly Turn[] = parts.length === 0 && results.length > 0 ? [] : [{ role: 'user', parts }];
  return [...(results.length === 0 ? [] : [{ role: 'tool' as const, parts: results }]), ...user];
}

function toolResult(block: JsonRecord, param: string): ToolResultPart {
  const { content } = block;
  return {
    type: 'tool-result',
    callId: textOf(block.tool_use_id) ?? '',
    parts: content === undefined || content === null ? [] : decodeBlocks(content, `${param}.content`),
    isError: block.is_error === true,
    ...readMarks(block, ['cache_control']),
  };
}

function assistantParts(block: JsonRecord, param: string): readonly AssistantPart[] {
  switch (block.type) {
    case 'text':
      return decodeText(block);
    case 'thinking':
      return [reasoningPart(textOf(block.thinking) ?? '', stateOf(block, textOf(block.signature) ?? ''))];
    case 'redacted_thinking':
      return [reasoningPart('', stateOf(block, textOf(block.data) ?? ''))];
    case 'tool_use': {
      const [id, name] = [textOf(block.id), textOf(block.name)];
      if (id === undefined || name === undefined) {
        throw refusal(param, `'${param}' must have an 'id' and the 'name' of a tool.`);
      }
      const input = writeExactJson(isRecord(block.input) ? block.input : {});
      return [
        { type: 'tool-call', id, name, kind: 'function', input, ...readMarks(block, ['cache_control']) },
      ];
    }
    default: {
      const type = textOf(block.type);
      if (type === undefined)
        throw refusal(`${param}.type`, `'${param}.type' must be the kind of the block.`);
      return [{ type: 'native', protocol: protocolName, param: type, value: block }];
    }
  }
}

function reasoningPart(text: string, state: ReasoningState | undefined): ReasoningPart {
  return { type: 'reasoning', text, ...(state ? { state } : {}) };
}

/** What is no envelope of another protocol is this protocol's own, and kept as it is; nothing is no state. */
function stateOf(block: JsonRecord, opaque: string): ReasoningState | undefined {
  if (opaque === '') return undefined;
  return isEnvelope(opaque) ? openEnvelope(opaque) : { source: stateSource, blocks: [block] };
}
