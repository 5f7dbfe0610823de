import {
  endedEarly,
  mergeUsage,
  settleReason,
  type AnswerFailure,
  type ChatEvent,
  type Stage,
  type Usage,
} from '../../chat/event.ts';
import { parseDataUrl } from '../../chat/data-url.ts';
import { imageEvents } from '../../chat/events-of.ts';
import type { SaidToken } from '../../chat/logprobs.ts';
import {
  given,
  isRecord,
  listOf,
  parseJson,
  recordOf,
  recordsOf,
  textOf,
  type JsonRecord,
} from '../json-value.ts';
import { readOpenaiError } from '../openai-answer-failure.ts';
import { decodeLogprobs } from '../openai-logprobs.ts';
import { makeCallReader } from './decode-calls.ts';
import { decodeFinishReason } from './finish-reason.ts';
import { decodeUsage } from './usage.ts';

type TextKind = 'text' | 'refusal' | 'reasoning';

const unreadable: AnswerFailure = {
  kind: 'bad-upstream',
  message: 'The upstream sent an event that cannot be read.',
  code: 'upstream_error',
};
const malformedCall: AnswerFailure = {
  kind: 'bad-upstream',
  message: 'The upstream model produced a malformed function call.',
  code: 'malformed_function_call',
};

/** `chat.completion.chunk` objects, then `[DONE]` (API reference, "Chat streaming"). */
export function decodeStream(): Stage<string, ChatEvent> {
  let parts = 0;
  let messageId: string | undefined;
  let open: { readonly kind: TextKind; readonly index: number } | undefined;
  let usage: Usage = {};
  let finishWord: string | undefined;
  let refused = false;
  let isOver = false;
  const calls = makeCallReader(
    () => parts++,
    () => messageId ?? '',
  );

  function closeText(): readonly ChatEvent[] {
    if (!open) return [];
    const { kind, index } = open;
    open = undefined;
    return [{ type: `${kind}-end`, index }];
  }

  function addText(kind: TextKind, text: unknown, out: ChatEvent[], logprobs?: readonly SaidToken[]): void {
    if (typeof text !== 'string' || text === '') return;
    if (open?.kind !== kind) {
      out.push(...closeText(), ...calls.endWhole());
      open = { kind, index: parts++ };
      out.push({ type: `${kind}-start`, index: open.index });
    }
    refused ||= kind === 'refusal';
    const { index } = open;
    if (kind === 'text') out.push({ type: 'text-delta', index, text, ...given({ logprobs }) });
    else out.push({ type: `${kind}-delta`, index, text });
  }

  /** Some servers of models that make images put them beside the content. */
  function addImage(image: JsonRecord, out: ChatEvent[]): void {
    const source = parseDataUrl(textOf(recordOf(image.image_url).url) ?? '');
    if (source) out.push(...closeText(), ...calls.endWhole(), ...imageEvents(parts++, source));
  }

  function addUsage(told: unknown): void {
    if (isRecord(told)) usage = mergeUsage(usage, decodeUsage(told));
  }

  function addChoice(choice: JsonRecord, out: ChatEvent[]): void {
    const delta = recordOf(choice.delta ?? choice.message);
    addText('reasoning', delta.reasoning_content || delta.reasoning, out);
    const logprobs = decodeLogprobs(recordOf(choice.logprobs).content);
    for (const [kind, text] of contentOf(delta.content)) addText(kind, text, out, logprobs);
    addText('refusal', delta.refusal, out);
    for (const image of recordsOf(delta.images)) addImage(image, out);
    const fragments = listOf(delta.tool_calls);
    const older = isRecord(delta.function_call) ? [{ index: 0, function: delta.function_call }] : [];
    if (fragments.length + older.length > 0) {
      out.push(...closeText(), ...calls.feed([...fragments, ...older]));
    }
    // Some servers say '' on every chunk before the last.
    finishWord = textOf(choice.finish_reason) || finishWord;
    addUsage(choice.usage);
  }

  function fail(failure: AnswerFailure): readonly ChatEvent[] {
    isOver = true;
    return [{ type: 'failure', failure }];
  }

  function conclude(word: string): readonly ChatEvent[] {
    const ended = calls.endAll();
    if (!ended) return fail(malformedCall);
    isOver = true;
    const reason = settleReason(decodeFinishReason(word, refused), calls.count() > 0);
    return [...closeText(), ...ended, { type: 'usage', usage }, { type: 'finish', reason, raw: word }];
  }

  function feedChunk(chunk: JsonRecord): readonly ChatEvent[] {
    const error = chunk.error ?? (chunk.object === 'error' ? chunk : undefined);
    if (error !== undefined) return fail(readOpenaiError(error));
    const out: ChatEvent[] = [];
    if (messageId === undefined) {
      messageId = textOf(chunk.id) ?? '';
      out.push({ type: 'message-start', ...given({ id: textOf(chunk.id), model: textOf(chunk.model) }) });
    }
    addUsage(chunk.usage);
    const choice = recordsOf(chunk.choices).find(({ index }) => index === undefined || index === 0);
    if (choice) addChoice(choice, out);
    return out;
  }

  return {
    feed(data) {
      if (isOver || data.trim() === '') return [];
      if (data.trim() === '[DONE]')
        return messageId === undefined ? fail(endedEarly) : conclude(finishWord ?? '');
      const chunk = parseJson(data);
      return isRecord(chunk) ? feedChunk(chunk) : fail(unreadable);
    },
    end() {
      if (isOver) return [];
      return finishWord === undefined ? fail(endedEarly) : conclude(finishWord);
    },
  };
}

/** A text, or a list of parts, in which some servers put reasoning beside it. */
function contentOf(content: unknown): readonly (readonly [TextKind, unknown])[] {
  if (!Array.isArray(content)) return [['text', content]];
  return recordsOf(content).map(({ type, text, thinking }) =>
    type === 'thinking' ? ['reasoning', thinkingText(thinking)] : ['text', text],
  );
}

function thinkingText(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  return recordsOf(thinking)
    .map(({ text }) => textOf(text) ?? '')
    .join('');
}
