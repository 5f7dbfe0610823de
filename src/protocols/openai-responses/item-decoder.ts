import type { ChatEvent } from '../../chat/event.ts';
import { imageEvents } from '../../chat/events-of.ts';
import type { JsonRecord } from '../json-value.ts';
import { given, recordsOf, textOf } from '../json-value.ts';
import { decodeLogprobs } from '../openai-logprobs.ts';
import { generatedImage } from './decode-content.ts';
import { stateOf } from './reasoning-state.ts';

/** Numbers parts as they start, and keeps text and reasoning from overlapping anything. */
export interface Parts {
  next(): number;
  /** Finishes whatever else is open. @param finish the events that end the part that starts now */
  switchTo(finish: () => readonly ChatEvent[]): readonly ChatEvent[];
  /** The part that was open is finished by itself. */
  leave(finish: () => readonly ChatEvent[]): void;
}

/** Decodes one output item: the events that stream it, and the finished item for what they left out. */
export interface ItemDecoder {
  readonly isCall: boolean;
  delta(type: string, event: JsonRecord): readonly ChatEvent[];
  done(item: JsonRecord): readonly ChatEvent[];
}

/** @param item as it was announced. Undefined for items of tools that the provider runs: they have no counterpart. */
export function decodeItem(
  item: JsonRecord,
  parts: Parts,
): { readonly events: readonly ChatEvent[]; readonly decoder: ItemDecoder } | undefined {
  switch (item.type) {
    case 'message':
      return { events: [], decoder: decodeMessage(parts) };
    case 'reasoning':
      return decodeReasoning(parts);
    case 'function_call':
      return decodeCall(item, 'function', parts);
    case 'custom_tool_call':
      return decodeCall(item, 'custom', parts);
    case 'image_generation_call':
      return { events: [], decoder: decodeImage(parts) };
    default:
      return undefined;
  }
}

function decodeMessage(parts: Parts): ItemDecoder {
  let open: { readonly kind: 'text' | 'refusal'; readonly index: number } | undefined;
  let hasContent = false;
  const finish = (): readonly ChatEvent[] => {
    if (!open) return [];
    const { kind, index } = open;
    open = undefined;
    return [{ type: `${kind}-end`, index }];
  };
  const end = () => {
    parts.leave(finish);
    return finish();
  };
  const write = (kind: 'text' | 'refusal', text: unknown, logprobs?: unknown): readonly ChatEvent[] => {
    if (typeof text !== 'string' || text === '') return [];
    hasContent = true;
    const tokens = kind === 'text' ? given({ logprobs: decodeLogprobs(logprobs) }) : {};
    const delta = (index: number): ChatEvent => ({ type: `${kind}-delta`, index, text, ...tokens });
    if (open?.kind === kind) return [delta(open.index)];
    const before = [...finish(), ...parts.switchTo(finish)];
    const index = parts.next();
    open = { kind, index };
    return [...before, { type: `${kind}-start`, index }, delta(index)];
  };

  return {
    isCall: false,
    delta: (type, { delta, logprobs }) => {
      if (type === 'response.output_text.delta') return write('text', delta, logprobs);
      if (type === 'response.refusal.delta') return write('refusal', delta);
      return type === 'response.content_part.done' ? end() : [];
    },
    done: ({ content }) => {
      const missing = hasContent ? [] : recordsOf(content).flatMap((part) => [...writePart(part), ...end()]);
      return [...missing, ...end()];
    },
  };

  function writePart(part: JsonRecord): readonly ChatEvent[] {
    if (part.type === 'output_text') return write('text', part.text, part.logprobs);
    return part.type === 'refusal' ? write('refusal', part.refusal) : [];
  }
}

/** An image that the model made: it stands in the finished item alone. */
function decodeImage(parts: Parts): ItemDecoder {
  return {
    isCall: false,
    delta: () => [],
    done: (item) => {
      const image = generatedImage(item);
      if (!image) return [];
      const before = parts.switchTo(nothing);
      return [...before, ...imageEvents(parts.next(), image)];
    },
  };
}

const nothing = (): readonly ChatEvent[] => [];

function decodeReasoning(parts: Parts): { events: readonly ChatEvent[]; decoder: ItemDecoder } {
  let isOpen = true;
  let isEmpty = true;
  const index = parts.next();
  const finish = (): readonly ChatEvent[] => {
    if (!isOpen) return [];
    isOpen = false;
    return [{ type: 'reasoning-end', index }];
  };
  const events: readonly ChatEvent[] = [...parts.switchTo(finish), { type: 'reasoning-start', index }];
  const write = (text: unknown): readonly ChatEvent[] => {
    if (!isOpen || typeof text !== 'string' || text === '') return [];
    isEmpty = false;
    return [{ type: 'reasoning-delta', index, text }];
  };
  const newPart = (): readonly ChatEvent[] => (isEmpty ? [] : write('\n\n'));

  const decoder: ItemDecoder = {
    isCall: false,
    delta: (type, { delta }) => {
      if (type === 'response.reasoning_summary_part.added') return newPart();
      const isText =
        type === 'response.reasoning_summary_text.delta' || type === 'response.reasoning_text.delta';
      return isText ? write(delta) : [];
    },
    done: (item) => {
      const written = isEmpty
        ? [...recordsOf(item.summary), ...recordsOf(item.content)].flatMap(({ text }) => [
            ...newPart(),
            ...write(text),
          ])
        : [];
      parts.leave(finish);
      if (!isOpen) return written;
      isOpen = false;
      const state = stateOf(item);
      return [...written, { type: 'reasoning-end', index, ...(state ? { state } : {}) }];
    },
  };
  return { events, decoder };
}

function decodeCall(
  item: JsonRecord,
  kind: 'function' | 'custom',
  parts: Parts,
): { events: readonly ChatEvent[]; decoder: ItemDecoder } {
  let isOpen = true;
  let isEmpty = true;
  const index = parts.next();
  const finish = (): readonly ChatEvent[] => {
    if (!isOpen) return [];
    isOpen = false;
    const missing = isEmpty && kind === 'function' ? write('{}') : [];
    return [...missing, { type: 'tool-call-end', index }];
  };
  const write = (text: unknown): readonly ChatEvent[] => {
    if (typeof text !== 'string' || text === '') return [];
    isEmpty = false;
    return [{ type: 'tool-call-delta', index, text }];
  };
  const { namespace } = item;
  const start: ChatEvent = {
    type: 'tool-call-start',
    index,
    id: textOf(item.call_id) || textOf(item.id) || `call_${index}`,
    name: textOf(item.name) ?? '',
    ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
    kind,
  };

  const decoder: ItemDecoder = {
    isCall: true,
    delta: (type, { delta }) => {
      const isInput =
        type === 'response.function_call_arguments.delta' || type === 'response.custom_tool_call_input.delta';
      return isInput && isOpen ? write(delta) : [];
    },
    done: (finished) => {
      parts.leave(finish);
      if (!isOpen) return [];
      const missing = isEmpty ? write(finished[kind === 'custom' ? 'input' : 'arguments']) : [];
      return [...missing, ...finish()];
    },
  };
  return { events: [...parts.switchTo(finish), start], decoder };
}
