import { isWholeObject, parseArguments, wrapCustomInput } from '../../chat/arguments.ts';
import { joinStates, sealState } from '../../chat/envelope.ts';
import {
  mergeUsage,
  type AnswerFailure,
  type ChatEvent,
  type Finish,
  type Stage,
  type Usage,
} from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { makeOneAtATime } from '../../chat/one-at-a-time.ts';
import type { SaidToken } from '../../chat/logprobs.ts';
import type { ReasoningState, ToolName } from '../../chat/part.ts';
import type { AnswerContext, WireEvent } from '../translator.ts';
import { errorObject } from './answer-failure.ts';
import { encodeReason } from './finish-reason.ts';
import { encodeLogprobs } from './logprobs.ts';
import { signaturesOf } from './signature.ts';
import { encodeUsage } from './usage.ts';
import { stateSource } from './wire-name.ts';

type Call = ToolName & { readonly id: string; input: string };

/**
 * The stream of an answer: events without names, each a whole answer object, and none behind the one with the reason
 * for the end. Calls go out whole, because that is how clients read them.
 */
export function encodeStream(context: AnswerContext): Stage<ChatEvent, WireEvent> {
  const line = makeOneAtATime();
  const writer = makeChunkWriter(context);
  const toWire = (chunk: object): WireEvent => ({ data: writeExactJson(chunk) });
  return {
    feed: (event) => line.feed(event).flatMap(writer.feed).map(toWire),
    end: () => line.end().flatMap(writer.feed).map(toWire),
  };
}

/** The answer objects of a stream. */
function makeChunkWriter(context: AnswerContext): Stage<ChatEvent, object> {
  let usage: Usage = {};
  let isOver = false;
  let hasContent = false;
  /** State that travels on the next part that is no thought. */
  let pending: ReasoningState | undefined;
  let call: Call | undefined;
  /** Calls whose arguments are not whole: only the end tells whether they were cut off. */
  const broken: Call[] = [];

  const chunk = (parts: readonly object[], more: object = {}, beside: object = {}): object => ({
    candidates: [{ content: { role: 'model', parts }, ...more, index: 0 }],
    ...beside,
    modelVersion: context.model,
    responseId: context.id,
  });
  const signed = (part: object): object => {
    const signature = pending && signatureOf(pending);
    pending = undefined;
    return signature === undefined ? part : { ...part, thoughtSignature: signature };
  };
  const say = (text: string, logprobs?: readonly SaidToken[]): readonly object[] => {
    hasContent ||= text !== '';
    const beside = logprobs ? { logprobsResult: encodeLogprobs(logprobs) } : {};
    return text === '' ? [] : [chunk([signed({ text })], beside)];
  };
  const endCall = (): readonly object[] => {
    const ended = call;
    call = undefined;
    if (!ended) return [];
    hasContent = true;
    const text = ended.kind === 'custom' ? wrapCustomInput(ended.input) : ended.input;
    if (text.trim() !== '' && !isWholeObject(text)) {
      broken.push(ended);
      return [];
    }
    return [
      chunk([signed({ functionCall: { id: ended.id, name: ended.name, args: parseArguments(text) } })]),
    ];
  };
  const fail = (failure: AnswerFailure): readonly object[] => {
    isOver = true;
    return [{ error: errorObject(failure) }];
  };
  const finish = ({ reason, explanation }: Finish): readonly object[] => {
    const isCut = reason === 'length';
    if (broken.length > 0 && !isCut) return fail(malformedCall);
    isOver = true;
    // The vendor's client throws away `finishMessage`: what a person should read must be a text.
    const text = hasContent ? '' : (explanation ?? '');
    const end = { finishReason: encodeReason(reason) };
    return [chunk([signed({ text })], end, { usageMetadata: encodeUsage(usage) })];
  };

  const read = (event: ChatEvent): readonly object[] => {
    switch (event.type) {
      case 'message-start':
      case 'usage':
        usage = mergeUsage(usage, event.usage);
        return [];
      case 'text-delta':
        return say(event.text, event.logprobs);
      case 'refusal-delta':
        return say(event.text);
      case 'reasoning-delta':
        return event.text === '' ? [] : [chunk([{ text: event.text, thought: true }])];
      case 'reasoning-end':
        pending = joinStates(pending, event.state);
        return [];
      case 'tool-call-start':
        call = { id: event.id, name: event.name, kind: event.kind, input: '' };
        return [];
      case 'tool-call-delta':
        if (call) call.input += event.text;
        return [];
      case 'tool-call-end':
        return endCall();
      case 'finish':
        return [...endCall(), ...finish(event)];
      case 'failure':
        return fail(event.failure);
      case 'image-start': {
        const { mediaType: mimeType, data } = event;
        hasContent = true;
        return [chunk([signed({ inlineData: { mimeType, data } })])];
      }
      case 'text-start':
      case 'text-end':
      case 'refusal-start':
      case 'refusal-end':
      case 'reasoning-start':
      case 'image-end':
        return [];
    }
  };

  return { feed: (event) => (isOver ? [] : read(event)), end: () => [] };
}

const malformedCall: AnswerFailure = {
  kind: 'bad-upstream',
  message: 'The upstream model produced a malformed function call.',
  code: 'malformed_function_call',
};

/** This protocol's own signature as it is, any other state in an envelope. */
function signatureOf(state: ReasoningState): string {
  const own = state.source === stateSource ? [...signaturesOf(state).values()][0] : undefined;
  return own ?? sealState(state);
}
