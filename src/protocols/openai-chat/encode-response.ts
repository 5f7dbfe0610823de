import { foldAnswer, type ChatAnswer } from '../../chat/answer.ts';
import { argumentsText } from '../../chat/arguments.ts';
import { legalCallId } from '../../chat/call-ids.ts';
import { joinStates, sealState } from '../../chat/envelope.ts';
import { endedEarly, type ChatEvent } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { SaidToken } from '../../chat/logprobs.ts';
import type { ReasoningState, ToolCallPart } from '../../chat/part.ts';
import { encodeAnswerFailure } from '../openai-answer-failure.ts';
import type { AnswerContext, EncodedResponse } from '../translator.ts';
import { callIdRule } from './encode-request.ts';
import { encodeAnswerImage, encodeChoiceLogprobs } from './encode-stream.ts';
import { encodeFinishReason } from './finish-reason.ts';
import { encodeUsage } from './usage.ts';

/** A `chat.completion` object, or the error in its place. */
export function encodeResponse(events: Iterable<ChatEvent>, context: AnswerContext): EncodedResponse {
  const answer = foldAnswer(events);
  if (answer.failure || !answer.finish) return encodeAnswerFailure(answer.failure ?? endedEarly);
  const body = {
    id: `chatcmpl-${context.id}`,
    object: 'chat.completion',
    created: context.createdAt,
    model: context.model,
    choices: [
      {
        index: 0,
        message: encodeMessage(answer),
        logprobs: encodeChoiceLogprobs(logprobsOf(answer)),
        finish_reason: encodeFinishReason(answer.finish.reason),
      },
    ],
    usage: encodeUsage(answer.usage),
  };
  return { status: 200, body: writeExactJson(body) };
}

function logprobsOf({ parts }: ChatAnswer): readonly SaidToken[] | undefined {
  const tokens = parts.flatMap((part) => (part.type === 'text' ? (part.logprobs ?? []) : []));
  return tokens.length === 0 ? undefined : tokens;
}

function encodeMessage({ parts, finish }: ChatAnswer): object {
  const calls = parts.filter((part) => part.type === 'tool-call');
  const reasoning = textOf(parts, 'reasoning');
  const images = parts.flatMap((part) =>
    part.type === 'image' && part.source.kind === 'base64' ? [part.source] : [],
  );
  const refused = textOf(parts, 'refusal') ?? (finish?.reason === 'filter' ? finish.explanation : undefined);
  return {
    role: 'assistant',
    content: textOf(parts, 'text') ?? null,
    refusal: refused ?? null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(images.length === 0 ? {} : { images: images.map(encodeAnswerImage) }),
    ...(calls.length === 0 ? {} : { tool_calls: encodeCalls(calls, stateOf(parts)) }),
  };
}

function stateOf(parts: ChatAnswer['parts']): ReasoningState | undefined {
  return parts.reduce<ReasoningState | undefined>(
    (state, part) => (part.type === 'reasoning' ? joinStates(state, part.state) : state),
    undefined,
  );
}

/** Reasoning state stands on the first call, as in a stream: the one place where some clients keep it and send it back. */
function encodeCalls(calls: readonly ToolCallPart[], state: ReasoningState | undefined): readonly object[] {
  const extra = state && { extra_content: { google: { thought_signature: sealState(state) } } };
  return calls.map((call, place) => ({ ...encodeCall(call), ...(place === 0 && extra) }));
}

/** Undefined where nothing of the kind was said. */
function textOf(parts: ChatAnswer['parts'], type: 'text' | 'refusal' | 'reasoning'): string | undefined {
  const texts = parts.flatMap((part) => (part.type === type && part.text !== '' ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join('\n\n');
}

function encodeCall({ id, name, kind, input }: ToolCallPart): object {
  const legal = { id: legalCallId(id, callIdRule), type: kind };
  return kind === 'custom'
    ? { ...legal, custom: { name, input } }
    : { ...legal, function: { name, arguments: argumentsText(input) } };
}
