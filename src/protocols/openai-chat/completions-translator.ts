import { foldAnswer, type ChatAnswer } from '../../chat/answer.ts';
import { refusal } from '../../chat/dropped.ts';
import {
  endedEarly,
  mergeUsage,
  type ChatEvent,
  type Finish,
  type Stage,
  type Usage,
} from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { ChatRequest } from '../../chat/request.ts';
import { listOf, parseBody, writeBody, type JsonRecord } from '../json-value.ts';
import { encodeAnswerFailure, openaiErrorObject } from '../openai-answer-failure.ts';
import type { AnswerContext, ClientSide, EncodedResponse, WireEvent } from '../translator.ts';
import { decodeRequest as decodeChatRequest } from './decode-request.ts';
import { encodeFinishReason } from './finish-reason.ts';
import { encodeUsage } from './usage.ts';

/**
 * OpenAI's older endpoint for bare texts (platform.openai.com/docs/api-reference/completions), for accounts that have
 * conversations alone: the prompt is what the user says. Where an account has the endpoint it is asked there.
 */
export const completionsTranslator: ClientSide = {
  decodeRequest,
  encodeStream,
  encodeResponse,
  encodeFailure: encodeAnswerFailure,
};

/** What only the endpoint itself can do, and whether it is asked for. */
const meant: readonly (readonly [name: string, isAsked: (value: unknown) => boolean])[] = [
  ['suffix', (value) => typeof value === 'string' && value !== ''],
  ['echo', (value) => value === true],
  ['best_of', (value) => typeof value === 'number' && value > 1],
  ['logprobs', (value) => typeof value === 'number'],
];

function decodeRequest(text: string): ChatRequest {
  const { prompt, suffix: _, echo: __, best_of: ___, logprobs: ____, ...body } = readBody(text);
  return decodeChatRequest(writeBody({ ...body, messages: [{ role: 'user', content: promptOf(prompt) }] }));
}

function readBody(text: string): JsonRecord {
  const body = parseBody(text);
  const asked = meant.find(([name, isAsked]) => isAsked(body[name]));
  if (!asked) return body;
  const [name] = asked;
  throw refusal(name, `'${name}' cannot be carried to a model that has conversations alone. Leave it out.`);
}

function promptOf(prompt: unknown): string {
  const texts = typeof prompt === 'string' ? [prompt] : listOf(prompt);
  const [only, ...more] = texts;
  if (typeof only === 'string' && only !== '' && more.length === 0) return only;
  throw refusal(
    'prompt',
    "'prompt' must be one text that is not empty: a model that has conversations alone takes no other.",
  );
}

interface Choice {
  readonly text: string;
  readonly finish?: Finish;
}

function completion(
  { id, createdAt, model }: AnswerContext,
  choices: readonly Choice[],
  more: object,
): object {
  return {
    id: `cmpl-${id}`,
    object: 'text_completion',
    created: createdAt,
    model,
    choices: choices.map(({ text, finish }) => ({
      index: 0,
      text,
      logprobs: null,
      finish_reason: finish ? encodeFinishReason(finish.reason) : null,
    })),
    ...more,
  };
}

function encodeStream(context: AnswerContext): Stage<ChatEvent, WireEvent> {
  const isTold = context.request.streamUsage === true;
  let usage: Usage = {};
  let isOver = false;
  const write = (choices: readonly Choice[], told: object | null = null): WireEvent => ({
    data: writeExactJson(completion(context, choices, isTold ? { usage: told } : {})),
  });

  function feed(event: ChatEvent): readonly WireEvent[] {
    switch (event.type) {
      case 'message-start':
      case 'usage':
        usage = mergeUsage(usage, event.usage);
        return [];
      case 'text-delta':
      case 'refusal-delta':
        return event.text === '' ? [] : [write([{ text: event.text }])];
      case 'finish': {
        isOver = true;
        const last = isTold ? [write([], encodeUsage(usage))] : [];
        return [write([{ text: '', finish: event }]), ...last, { data: '[DONE]' }];
      }
      case 'failure':
        isOver = true;
        return [{ data: writeExactJson({ error: openaiErrorObject(event.failure) }) }];
      case 'text-start':
      case 'text-end':
      case 'refusal-start':
      case 'refusal-end':
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
      case 'tool-call-start':
      case 'tool-call-delta':
      case 'tool-call-end':
      case 'image-start':
      case 'image-end':
        return [];
    }
  }

  return { feed: (event) => (isOver ? [] : feed(event)), end: () => [] };
}

function encodeResponse(events: Iterable<ChatEvent>, context: AnswerContext): EncodedResponse {
  const answer = foldAnswer(events);
  const { failure, finish, usage } = answer;
  if (failure || !finish) return encodeAnswerFailure(failure ?? endedEarly);
  const told = { usage: encodeUsage(usage) };
  return { status: 200, body: writeExactJson(completion(context, [{ text: textOf(answer), finish }], told)) };
}

function textOf({ parts }: ChatAnswer): string {
  return parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join('');
}
