import { eventsOf } from '../../chat/events-of.ts';
import { settleReason, type ChatEvent } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { AssistantPart, ReasoningState } from '../../chat/part.ts';
import { given, isRecord, parseJson, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { readError } from './answer-failure.ts';
import { decodeStop } from './stop-reason.ts';
import { decodeUsage } from './usage.ts';
import { stateSource } from './wire-name.ts';

/** A whole `message` object, or the error in its place. */
export function decodeResponse(body: string): readonly ChatEvent[] {
  const message = parseJson(body);
  if (!isRecord(message) || !Array.isArray(message.content)) return [failureOf(message)];
  const parts = recordsOf(message.content).flatMap(decodeBlock);
  const stop = decodeStop(textOf(message.stop_reason) ?? '', message.stop_sequence, message.stop_details);
  const called = parts.some((part) => part.type === 'tool-call');
  return eventsOf({
    ...given({ id: textOf(message.id), model: textOf(message.model) }),
    parts,
    usage: decodeUsage(recordOf(message.usage)),
    finish: { ...stop, reason: settleReason(stop.reason, called) },
  });
}

function failureOf(message: unknown): ChatEvent {
  const { error } = recordOf(message);
  const failure = isRecord(error)
    ? readError(error)
    : {
        kind: 'bad-upstream' as const,
        message: 'The upstream sent an answer that cannot be read.',
        code: 'upstream_error',
      };
  return { type: 'failure', failure };
}

function decodeBlock(block: JsonRecord): readonly AssistantPart[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text', text: textOf(block.text) ?? '' }];
    case 'thinking': {
      const signature = textOf(block.signature) ?? '';
      return [reasoning(textOf(block.thinking) ?? '', signature === '' ? undefined : block)];
    }
    case 'redacted_thinking':
      return [reasoning('', block)];
    case 'tool_use': {
      const [id, name] = [textOf(block.id) ?? '', textOf(block.name) ?? ''];
      return [
        { type: 'tool-call', id, name, kind: 'function', input: writeExactJson(recordOf(block.input)) },
      ];
    }
    default:
      return [];
  }
}

function reasoning(text: string, block: JsonRecord | undefined): AssistantPart {
  const state: ReasoningState | undefined = block && { source: stateSource, blocks: [block] };
  return { type: 'reasoning', text, ...(state ? { state } : {}) };
}
