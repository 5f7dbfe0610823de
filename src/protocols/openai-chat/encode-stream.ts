import { makeDataUrl } from '../../chat/data-url.ts';
import { legalCallId } from '../../chat/call-ids.ts';
import { joinStates, sealState } from '../../chat/envelope.ts';
import { mergeUsage, type ChatEvent, type Finish, type Stage, type Usage } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { SaidToken } from '../../chat/logprobs.ts';
import type { ReasoningState } from '../../chat/part.ts';
import { openaiErrorObject } from '../openai-answer-failure.ts';
import { encodeLogprobs } from '../openai-logprobs.ts';
import type { AnswerContext, WireEvent } from '../translator.ts';
import { callIdRule } from './encode-request.ts';
import { encodeFinishReason } from './finish-reason.ts';
import { encodeUsage } from './usage.ts';

/** Between texts that the upstream kept apart, and this protocol cannot. */
const BETWEEN_TEXTS = '\n\n';

interface OpenCall {
  /** Counts calls, not parts. */
  readonly nth: number;
  readonly kind: 'function' | 'custom';
  hasInput: boolean;
}

/** Chunks for a client, ended by `[DONE]`; after an error there is none. */
export function encodeStream(context: AnswerContext): Stage<ChatEvent, WireEvent> {
  const { id, createdAt, model, request } = context;
  const head = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created: createdAt, model };
  const usageMember = request.streamUsage ? { usage: null } : {};
  const calls = new Map<number, OpenCall>();
  let usage: Usage = {};
  let state: ReasoningState | undefined;
  /** Kinds of which something was said, and what stands before the next of them. */
  const said = new Set<string>();
  let separator = '';
  let refused = false;
  let images = 0;
  let isOver = false;

  function chunk(
    delta: object,
    finishReason: string | null = null,
    logprobs: object | null = null,
  ): WireEvent {
    const choice = { index: 0, delta, logprobs, finish_reason: finishReason };
    return { data: writeExactJson({ ...head, choices: [choice], ...usageMember }) };
  }

  function startCall(event: ChatEvent & { type: 'tool-call-start' }): WireEvent {
    const call: OpenCall = { nth: calls.size, kind: event.kind, hasInput: false };
    calls.set(event.index, call);
    const opened = { index: call.nth, id: legalCallId(event.id, callIdRule), type: event.kind };
    const called =
      event.kind === 'custom'
        ? { custom: { name: event.name, input: '' } }
        : { function: { name: event.name, arguments: '' } };
    return chunk({ tool_calls: [{ ...opened, ...called, ...takeState() }] });
  }

  /** The one place where some clients keep reasoning state and send it back. */
  function takeState(): object {
    if (!state) return {};
    const signature = sealState(state);
    state = undefined;
    return { extra_content: { google: { thought_signature: signature } } };
  }

  function addInput(index: number, text: string): readonly WireEvent[] {
    const call = calls.get(index);
    if (!call || text === '') return [];
    call.hasInput = true;
    const piece = call.kind === 'custom' ? { custom: { input: text } } : { function: { arguments: text } };
    return [chunk({ tool_calls: [{ index: call.nth, ...piece }] })];
  }

  function endCall(index: number): readonly WireEvent[] {
    const call = calls.get(index);
    return call?.kind === 'function' && !call.hasInput ? addInput(index, '{}') : [];
  }

  function finish({ reason, explanation }: Finish): readonly WireEvent[] {
    isOver = true;
    const isUntold = reason === 'filter' && !refused && explanation !== undefined && explanation !== '';
    const told = { data: writeExactJson({ ...head, choices: [], usage: encodeUsage(usage) }) };
    return [
      ...(isUntold ? [chunk({ refusal: explanation })] : []),
      chunk({}, encodeFinishReason(reason)),
      ...(request.streamUsage ? [told] : []),
      { data: '[DONE]' },
    ];
  }

  function say(
    kind: 'content' | 'reasoning_content',
    text: string,
    logprobs?: readonly SaidToken[],
  ): readonly WireEvent[] {
    const told = separator + text;
    separator = '';
    said.add(kind);
    return [chunk({ [kind]: told }, null, encodeChoiceLogprobs(logprobs))];
  }

  function feed(event: ChatEvent): readonly WireEvent[] {
    switch (event.type) {
      case 'message-start':
        usage = mergeUsage(usage, event.usage);
        return [chunk({ role: 'assistant', content: '', refusal: null })];
      case 'text-start':
        separator = said.has('content') ? BETWEEN_TEXTS : '';
        return [];
      case 'text-delta':
        return say('content', event.text, event.logprobs);
      case 'reasoning-start':
        separator = said.has('reasoning_content') ? BETWEEN_TEXTS : '';
        return [];
      case 'reasoning-delta':
        return say('reasoning_content', event.text);
      case 'refusal-delta':
        refused = true;
        return [chunk({ refusal: event.text })];
      case 'reasoning-end':
        state = joinStates(state, event.state);
        return [];
      case 'tool-call-start':
        return [startCall(event)];
      case 'tool-call-delta':
        return addInput(event.index, event.text);
      case 'tool-call-end':
        return endCall(event.index);
      case 'usage':
        usage = mergeUsage(usage, event.usage);
        return [];
      case 'finish':
        return finish(event);
      case 'failure':
        isOver = true;
        return [{ data: writeExactJson({ error: openaiErrorObject(event.failure) }) }];
      case 'image-start':
        return [chunk({ images: [encodeAnswerImage(event, images++)] })];
      case 'text-end':
      case 'refusal-start':
      case 'refusal-end':
      case 'image-end':
        return [];
    }
  }

  return { feed: (event) => (isOver ? [] : feed(event)), end: () => [] };
}

/** Of a choice: null where none were told. */
export function encodeChoiceLogprobs(tokens: readonly SaidToken[] | undefined): object | null {
  return tokens === undefined ? null : { content: encodeLogprobs(tokens), refusal: null };
}

/** The protocol has no place for images of the model's: this is where servers of such models put them, and clients look. */
export function encodeAnswerImage(
  { mediaType, data }: { readonly mediaType: string; readonly data: string },
  index: number,
): object {
  return { type: 'image_url', index, image_url: { url: makeDataUrl(mediaType, data) } };
}
