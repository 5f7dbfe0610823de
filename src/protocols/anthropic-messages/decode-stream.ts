import {
  endedEarly,
  settleReason,
  type AnswerFailure,
  type ChatEvent,
  type Finish,
  type Stage,
} from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { ReasoningState } from '../../chat/part.ts';
import { given, isRecord, numberOf, parseJson, recordOf, textOf, type JsonRecord } from '../json-value.ts';
import { readError } from './answer-failure.ts';
import { decodeStop } from './stop-reason.ts';
import { decodeUsage } from './usage.ts';
import { stateSource } from './wire-name.ts';

interface Block {
  readonly kind: 'text' | 'reasoning' | 'tool-call';
  readonly index: number;
  /** Of a call: the whole input, where it came with the start. */
  readonly input?: JsonRecord;
  /** Of redacted thinking: the block itself. */
  readonly redacted?: JsonRecord;
  thinking: string;
  signature: string;
  hasInput: boolean;
}

const unreadable: AnswerFailure = {
  kind: 'bad-upstream',
  message: 'The upstream sent an event that cannot be read.',
  code: 'upstream_error',
};

/** Events from `message_start` to `message_stop` (API reference, "Streaming Messages"); unknown ones are passed over. */
export function decodeStream(): Stage<string, ChatEvent> {
  const blocks = new Map<number, Block>();
  let parts = 0;
  let calls = 0;
  /** As on the wire: later members replace earlier ones where they say something. */
  let usage: Record<string, unknown> = {};
  let stop: Finish = { reason: 'other' };
  let isOver = false;

  function addUsage(later: unknown): void {
    for (const [name, count] of Object.entries(recordOf(later))) if (count !== null) usage[name] = count;
  }

  function startMessage(message: JsonRecord): readonly ChatEvent[] {
    addUsage(message.usage);
    const known = given({ id: textOf(message.id), model: textOf(message.model) });
    return [{ type: 'message-start', ...known, usage: decodeUsage(usage) }];
  }

  function startBlock(place: number, block: JsonRecord): readonly ChatEvent[] {
    const begin = (kind: Block['kind'], more: Partial<Block> = {}) => {
      const begun: Block = { kind, index: parts++, thinking: '', signature: '', hasInput: false, ...more };
      blocks.set(place, begun);
      return begun;
    };
    switch (block.type) {
      case 'text': {
        const { index } = begin('text');
        return [{ type: 'text-start', index }, ...textDelta(index, textOf(block.text) ?? '')];
      }
      case 'thinking': {
        const { index } = begin('reasoning', { signature: textOf(block.signature) ?? '' });
        return [{ type: 'reasoning-start', index }, ...thinkingDelta(place, textOf(block.thinking) ?? '')];
      }
      case 'redacted_thinking':
        return [{ type: 'reasoning-start', index: begin('reasoning', { redacted: block }).index }];
      case 'tool_use': {
        calls += 1;
        const { index } = begin('tool-call', { input: recordOf(block.input) });
        const [id, name] = [textOf(block.id) ?? '', textOf(block.name) ?? ''];
        return [{ type: 'tool-call-start', index, id, name, kind: 'function' }];
      }
      default:
        return [];
    }
  }

  function textDelta(index: number, text: string): readonly ChatEvent[] {
    return text === '' ? [] : [{ type: 'text-delta', index, text }];
  }

  function thinkingDelta(place: number, text: string): readonly ChatEvent[] {
    const block = blocks.get(place);
    if (!block || text === '') return [];
    block.thinking += text;
    return [{ type: 'reasoning-delta', index: block.index, text }];
  }

  function feedDelta(place: number, delta: JsonRecord): readonly ChatEvent[] {
    const block = blocks.get(place);
    if (!block) return [];
    switch (delta.type) {
      case 'text_delta':
        return block.kind === 'text' ? textDelta(block.index, textOf(delta.text) ?? '') : [];
      case 'thinking_delta':
        return block.kind === 'reasoning' ? thinkingDelta(place, textOf(delta.thinking) ?? '') : [];
      case 'signature_delta':
        block.signature += textOf(delta.signature) ?? '';
        return [];
      case 'input_json_delta': {
        const text = textOf(delta.partial_json) ?? '';
        if (block.kind !== 'tool-call' || text === '') return [];
        block.hasInput = true;
        return [{ type: 'tool-call-delta', index: block.index, text }];
      }
      default:
        return [];
    }
  }

  /** Some servers never say that a block has ended, or begin one twice: what was said in it stays said. */
  function stopBefore(place: number): readonly ChatEvent[] {
    const open = [...blocks].filter(([at, { kind }]) => at === place || kind !== 'tool-call');
    return open.flatMap(([at]) => stopBlock(at));
  }

  function stopBlock(place: number): readonly ChatEvent[] {
    const block = blocks.get(place);
    blocks.delete(place);
    return block ? endOf(block) : [];
  }

  function conclude(): readonly ChatEvent[] {
    isOver = true;
    const open = [...blocks.values()].flatMap(endOf);
    const finish = { ...stop, reason: settleReason(stop.reason, calls > 0) };
    return [...open, { type: 'usage', usage: decodeUsage(usage) }, { type: 'finish', ...finish }];
  }

  function fail(failure: AnswerFailure): readonly ChatEvent[] {
    isOver = true;
    return [{ type: 'failure', failure }];
  }

  function feedEvent(event: JsonRecord): readonly ChatEvent[] {
    const place = numberOf(event.index) ?? 0;
    switch (event.type) {
      case 'message_start':
        return startMessage(recordOf(event.message));
      case 'content_block_start':
        return [...stopBefore(place), ...startBlock(place, recordOf(event.content_block))];
      case 'content_block_delta':
        return feedDelta(place, recordOf(event.delta));
      case 'content_block_stop':
        return stopBlock(place);
      case 'message_delta': {
        const { stop_reason, stop_sequence, stop_details } = recordOf(event.delta);
        addUsage(event.usage);
        if (typeof stop_reason === 'string') stop = decodeStop(stop_reason, stop_sequence, stop_details);
        return [];
      }
      case 'message_stop':
        return conclude();
      case 'error':
        return fail(readError(event.error));
      // Servers that imitate the protocol tell of their failures in OpenAI's words.
      default:
        return isRecord(event.error) ? fail(readError(event.error)) : [];
    }
  }

  return {
    feed(data) {
      if (isOver || data.trim() === '') return [];
      const event = parseJson(data);
      return isRecord(event) ? feedEvent(event) : fail(unreadable);
    },
    end: () => (isOver ? [] : fail(endedEarly)),
  };
}

function endOf(block: Block): readonly ChatEvent[] {
  const { index } = block;
  if (block.kind === 'text') return [{ type: 'text-end', index }];
  if (block.kind === 'reasoning') {
    const state = stateOf(block);
    return [{ type: 'reasoning-end', index, ...(state ? { state } : {}) }];
  }
  const whole = block.hasInput ? '' : writeExactJson(block.input ?? {});
  const input: readonly ChatEvent[] = whole === '' ? [] : [{ type: 'tool-call-delta', index, text: whole }];
  return [...input, { type: 'tool-call-end', index }];
}

/** The block as it must come back, word for word. */
function stateOf({ redacted, thinking, signature }: Block): ReasoningState | undefined {
  if (redacted) return { source: stateSource, blocks: [redacted] };
  if (signature === '') return undefined;
  return { source: stateSource, blocks: [{ type: 'thinking', thinking, signature }] };
}
