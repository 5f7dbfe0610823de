import { wrapCustomInput } from '../../chat/arguments.ts';
import { legalCallId } from '../../chat/call-ids.ts';
import { sealState } from '../../chat/envelope.ts';
import { mergeUsage, type ChatEvent, type Finish, type Stage, type Usage } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { makeOneAtATime } from '../../chat/one-at-a-time.ts';
import type { ReasoningState } from '../../chat/part.ts';
import { recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import type { AnswerContext, WireEvent } from '../translator.ts';
import { callIdRule } from './encode-request.ts';
import { errorObject } from './answer-failure.ts';
import { encodeStop } from './stop-reason.ts';
import { encodeFinalUsage, encodeMessageUsage } from './usage.ts';
import { stateSource } from './wire-name.ts';

/** Events for a client: blocks one after another, numbered without gaps. */
export function encodeStream(context: AnswerContext): Stage<ChatEvent, WireEvent> {
  const ordered = makeOneAtATime();
  let usage: Usage = {};
  let nextBlock = 0;
  /** What kind of block is open; a text or thinking block opens with the first of its words. */
  let open: 'text' | 'thinking' | 'tool_use' | undefined;
  /** The free text of a custom tool's call, which goes out as one argument. */
  let freeText: string | undefined;
  let isOver = false;

  function write(type: string, members: object): WireEvent {
    return { event: type, data: writeExactJson({ type, ...members }) };
  }

  function startBlock(kind: NonNullable<typeof open>, block: object): WireEvent {
    open = kind;
    return write('content_block_start', { index: nextBlock, content_block: { type: kind, ...block } });
  }

  function delta(type: string, member: object): WireEvent {
    return write('content_block_delta', { index: nextBlock, delta: { type, ...member } });
  }

  function stopBlock(): readonly WireEvent[] {
    if (open === undefined) return [];
    open = undefined;
    nextBlock += 1;
    return [write('content_block_stop', { index: nextBlock - 1 })];
  }

  function addText(text: string): readonly WireEvent[] {
    const start = open === 'text' ? [] : [startBlock('text', { text: '', citations: null })];
    return [...start, delta('text_delta', { text })];
  }

  function startThinking(): readonly WireEvent[] {
    return open === 'thinking' ? [] : [startBlock('thinking', { thinking: '', signature: '' })];
  }

  function endThinking(state: ReasoningState | undefined): readonly WireEvent[] {
    const redacted = redactedBlock(state);
    if (redacted) {
      const whole = write('content_block_start', { index: nextBlock, content_block: redacted });
      open = 'thinking';
      return [whole, ...stopBlock()];
    }
    const signature = state ? signatureOf(state) : undefined;
    if (signature === undefined) return stopBlock();
    return [...startThinking(), delta('signature_delta', { signature }), ...stopBlock()];
  }

  function startCall(event: ChatEvent & { type: 'tool-call-start' }): readonly WireEvent[] {
    freeText = event.kind === 'custom' ? '' : undefined;
    const id = legalCallId(event.id, callIdRule);
    const block = { id, name: event.name, input: {}, caller: { type: 'direct' } };
    return [startBlock('tool_use', block), delta('input_json_delta', { partial_json: '' })];
  }

  function addInput(text: string): readonly WireEvent[] {
    if (freeText === undefined) return [delta('input_json_delta', { partial_json: text })];
    freeText += text;
    return [];
  }

  function endCall(): readonly WireEvent[] {
    const whole = freeText;
    freeText = undefined;
    const input =
      whole === undefined ? [] : [delta('input_json_delta', { partial_json: wrapCustomInput(whole) })];
    return [...input, ...stopBlock()];
  }

  function finish(event: Finish): readonly WireEvent[] {
    isOver = true;
    return [
      ...stopBlock(),
      write('message_delta', { delta: encodeStop(event), usage: encodeFinalUsage(usage) }),
      write('message_stop', {}),
    ];
  }

  function startMessage(): WireEvent {
    const message = {
      ...messageHead(context),
      content: [],
      ...noStop,
      usage: encodeMessageUsage(usage, null),
    };
    return write('message_start', { message });
  }

  function encode(event: ChatEvent): readonly WireEvent[] {
    switch (event.type) {
      case 'message-start':
        usage = mergeUsage(usage, event.usage);
        return [startMessage()];
      case 'text-delta':
      case 'refusal-delta':
        return event.text === '' ? [] : addText(event.text);
      case 'reasoning-delta':
        return [...startThinking(), delta('thinking_delta', { thinking: event.text })];
      case 'reasoning-end':
        return endThinking(event.state);
      case 'tool-call-start':
        return startCall(event);
      case 'tool-call-delta':
        return addInput(event.text);
      case 'tool-call-end':
        return endCall();
      case 'text-end':
      case 'refusal-end':
        return stopBlock();
      case 'usage':
        usage = mergeUsage(usage, event.usage);
        return [];
      case 'finish':
        return finish(event);
      case 'failure':
        isOver = true;
        return [write('error', { error: errorObject(event.failure) })];
      case 'image-start':
        return [...addText(imageNote(event)), ...stopBlock()];
      case 'text-start':
      case 'refusal-start':
      case 'reasoning-start':
      case 'image-end':
        return [];
    }
  }

  return {
    feed: (event) => ordered.feed(event).flatMap((next) => (isOver ? [] : encode(next))),
    end: () => [],
  };
}

const noStop = { stop_reason: null, stop_sequence: null, stop_details: null, container: null };

/** Members that every message begins with. */
export function messageHead({ id, model }: AnswerContext): object {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model, diagnostics: null };
}

/** The protocol has no image of a model's: that there is one must not go unsaid. */
export function imageNote({ mediaType }: { readonly mediaType: string }): string {
  return `[The model made an image (${mediaType}), which cannot be carried over this protocol.]`;
}

/** This protocol's own signature, or an envelope with another's state. */
export function signatureOf(state: ReasoningState): string {
  const [block] = recordsOf(state.blocks);
  const own = state.source === stateSource ? textOf(block?.signature) : undefined;
  return own ?? sealState(state);
}

/** The one native block that is no `thinking`. */
export function redactedBlock(state: ReasoningState | undefined): JsonRecord | undefined {
  if (state?.source !== stateSource) return undefined;
  return recordsOf(state.blocks).find(({ type }) => type === 'redacted_thinking');
}
