import {
  endedEarly,
  mergeUsage,
  type AnswerFailure,
  type ChatEvent,
  type Stage,
  type Usage,
} from '../../chat/event.ts';
import { given, isRecord, parseJson, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { readError } from './answer-failure.ts';
import { decodeBlock, decodeFinish } from './finish-reason.ts';
import { decodeLogprobs } from './logprobs.ts';
import { makePartDecoder } from './part-decoder.ts';
import { decodeUsage } from './usage.ts';

const unreadable: AnswerFailure = {
  kind: 'bad-upstream',
  message: 'The upstream sent an event that cannot be read.',
  code: 'upstream_error',
};

/** Each event is a whole answer object with the parts that are new; it is over when nothing more comes. */
export function decodeStream(): Stage<string, ChatEvent> {
  const parts = makePartDecoder();
  let phase: 'fresh' | 'open' | 'over' = 'fresh';
  let usage: Usage = {};
  /** What was said to be the end; further events may tell of usage. */
  let finish: ((hasCalls: boolean) => ChatEvent) | undefined;

  const start = (chunk: JsonRecord): readonly ChatEvent[] => {
    if (phase !== 'fresh') return [];
    phase = 'open';
    const told = { id: textOf(chunk.responseId), model: textOf(chunk.modelVersion) };
    return [{ type: 'message-start', ...given({ ...told, usage: decodeUsage(chunk.usageMetadata) }) }];
  };
  const over = (end: ChatEvent): readonly ChatEvent[] => {
    const started = start({});
    phase = 'over';
    const closed = end.type === 'finish' ? parts.close() : [];
    const told: readonly ChatEvent[] = Object.keys(usage).length === 0 ? [] : [{ type: 'usage', usage }];
    return [...started, ...closed, ...told, end];
  };
  const readCandidate = (candidate: JsonRecord, seed: string): readonly ChatEvent[] => {
    const list = recordsOf(recordOf(candidate.content).parts);
    const logprobs = decodeLogprobs(candidate.logprobsResult);
    // They are told for the whole of what came, not part by part.
    const spoken = list.findIndex(({ text, thought }) => Boolean(text) && thought !== true);
    const events = list.flatMap((part, place) =>
      parts.read(part, seed, place === spoken ? logprobs : undefined),
    );
    const reason = textOf(candidate.finishReason);
    const message = textOf(candidate.finishMessage);
    if (reason) finish = (hasCalls) => decodeFinish(reason, message, hasCalls);
    return events;
  };
  const read = (chunk: JsonRecord, data: string): readonly ChatEvent[] => {
    const { promptFeedback, candidates } = chunk;
    const candidate = recordsOf(candidates).find(({ index }) => index === undefined || index === 0);
    const feedback = recordOf(promptFeedback);
    const block = textOf(feedback.blockReason);
    if (block) finish = () => decodeBlock(block, textOf(feedback.blockReasonMessage));
    usage = mergeUsage(usage, decodeUsage(chunk.usageMetadata));
    return candidate ? readCandidate(candidate, textOf(chunk.responseId) ?? data) : [];
  };

  return {
    feed: (data) => {
      if (phase === 'over' || isWordless(data)) return [];
      const chunk = parseJson(data);
      // Passed over, it would be a hole in the answer of which nobody is told.
      if (!isRecord(chunk)) return over({ type: 'failure', failure: unreadable });
      if (!isTelling(chunk)) return [];
      const isError = isRecord(chunk.error) || typeof chunk.error === 'string';
      if (isError) return over({ type: 'failure', failure: readError(chunk.error) });
      return [...start(chunk), ...read(chunk, data)];
    },
    end: () => {
      if (phase === 'over') return [];
      return over(finish?.(parts.hasCalls()) ?? { type: 'failure', failure: endedEarly });
    },
  };
}

/** Empty objects are how some servers keep a connection alive. */
function isTelling(chunk: JsonRecord): boolean {
  return ['candidates', 'promptFeedback', 'usageMetadata', 'error'].some((name) => isGiven(chunk[name]));
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

/** Nothing, or another protocol's end, which some servers send behind their own. */
function isWordless(data: string): boolean {
  const text = data.trim();
  return text === '' || text === '[DONE]';
}
