import type { AnswerFailure, ChatEvent, Finish, Usage } from './event.ts';
import { mergeUsage } from './event.ts';
import type { SaidToken } from './logprobs.ts';
import type { AssistantPart, Extensions, ReasoningState, ToolName } from './part.ts';

/** A whole answer: what its events amount to. */
export interface ChatAnswer {
  readonly id?: string;
  readonly model?: string;
  readonly parts: readonly AssistantPart[];
  readonly usage: Usage;
  /** Absent where it failed, or is not over. */
  readonly finish?: Finish;
  readonly failure?: AnswerFailure;
}

export interface AnswerFold {
  feed(event: ChatEvent): void;
  /** The answer so far. */
  answer(): ChatAnswer;
}

interface Growing {
  readonly kind: 'text' | 'refusal' | 'reasoning' | 'tool-call' | 'image';
  text: string;
  readonly logprobs: SaidToken[];
  readonly call?: ToolName & { readonly id: string };
  readonly mediaType?: string;
  state?: ReasoningState;
  extensions?: Extensions;
}

export function makeAnswerFold(): AnswerFold {
  const parts = new Map<number, Growing>();
  let head: Pick<ChatAnswer, 'id' | 'model'> = {};
  let usage: Usage = {};
  let end: Pick<ChatAnswer, 'finish' | 'failure'> = {};

  function grow(index: number, text: string): void {
    const part = parts.get(index);
    if (part) part.text += text;
  }

  function note(index: number, known: Pick<Growing, 'state' | 'extensions'>): void {
    Object.assign(parts.get(index) ?? {}, known);
  }

  return {
    feed(event) {
      switch (event.type) {
        case 'message-start':
          head = pick(event);
          usage = mergeUsage(usage, event.usage);
          return;
        case 'text-start':
        case 'refusal-start':
        case 'reasoning-start':
        case 'tool-call-start':
        case 'image-start':
          parts.set(event.index, begin(event));
          return;
        case 'text-delta':
          grow(event.index, event.text);
          parts.get(event.index)?.logprobs.push(...(event.logprobs ?? []));
          return;
        case 'refusal-delta':
        case 'reasoning-delta':
        case 'tool-call-delta':
          grow(event.index, event.text);
          return;
        case 'text-end':
          if (event.extensions) note(event.index, { extensions: event.extensions });
          return;
        case 'reasoning-end':
          if (event.state) note(event.index, { state: event.state });
          if (event.extensions) note(event.index, { extensions: event.extensions });
          return;
        case 'refusal-end':
        case 'tool-call-end':
        case 'image-end':
          return;
        case 'usage':
          usage = mergeUsage(usage, event.usage);
          return;
        case 'finish': {
          const { type: _, ...finish } = event;
          end = { finish };
          return;
        }
        case 'failure':
          end = { failure: event.failure };
      }
    },
    answer: () => ({ ...head, parts: [...parts.values()].map(finished), usage, ...end }),
  };
}

export function foldAnswer(events: Iterable<ChatEvent>): ChatAnswer {
  const fold = makeAnswerFold();
  for (const event of events) fold.feed(event);
  return fold.answer();
}

function pick(event: ChatEvent & { type: 'message-start' }): Pick<ChatAnswer, 'id' | 'model'> {
  return {
    ...(event.id === undefined ? {} : { id: event.id }),
    ...(event.model === undefined ? {} : { model: event.model }),
  };
}

type Start = Extract<
  ChatEvent,
  { type: 'text-start' | 'refusal-start' | 'reasoning-start' | 'tool-call-start' | 'image-start' }
>;

function begin(event: Start): Growing {
  const extensions = 'extensions' in event && event.extensions ? { extensions: event.extensions } : {};
  const fresh = { text: '', logprobs: [] };
  switch (event.type) {
    case 'text-start':
      return { kind: 'text', ...fresh, ...extensions };
    case 'refusal-start':
      return { kind: 'refusal', ...fresh };
    case 'reasoning-start':
      return { kind: 'reasoning', ...fresh };
    case 'image-start':
      return { kind: 'image', ...fresh, text: event.data, mediaType: event.mediaType };
    case 'tool-call-start': {
      const { id, name, namespace, kind } = event;
      const call = { id, name, kind, ...(namespace === undefined ? {} : { namespace }) };
      return { kind: 'tool-call', ...fresh, call, ...extensions };
    }
  }
}

function finished({ kind, text, logprobs, call, mediaType = '', state, extensions }: Growing): AssistantPart {
  const more = extensions ? { extensions } : {};
  switch (kind) {
    case 'text':
      return { type: 'text', text, ...(logprobs.length === 0 ? {} : { logprobs }), ...more };
    case 'refusal':
      return { type: 'refusal', text };
    case 'reasoning':
      return { type: 'reasoning', text, ...(state ? { state } : {}), ...more };
    case 'image':
      return { type: 'image', source: { kind: 'base64', mediaType, data: text } };
    case 'tool-call':
      return {
        type: 'tool-call',
        ...(call ?? { id: '', name: '', kind: 'function' as const }),
        input: text,
        ...more,
      };
  }
}
