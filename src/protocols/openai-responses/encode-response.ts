import type { ChatEvent } from '../../chat/event.ts';
import { endedEarly } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { parseJson, recordOf } from '../json-value.ts';
import type { AnswerContext, EncodedResponse } from '../translator.ts';
import { encodeStream } from './encode-stream.ts';
import { encodeAnswerFailure } from '../openai-answer-failure.ts';

/** A whole answer is what the last event of its stream holds: one way for both. */
export function encodeResponse(events: Iterable<ChatEvent>, context: AnswerContext): EncodedResponse {
  const encoder = encodeStream(context);
  let last: string | undefined;
  for (const event of events) {
    if (event.type === 'failure') return encodeAnswerFailure(event.failure);
    last = encoder.feed(event).at(-1)?.data ?? last;
  }
  const response = recordOf(recordOf(parseJson(last ?? '')).response);
  const isOver = response.status === 'completed' || response.status === 'incomplete';
  return isOver ? { status: 200, body: writeExactJson(response) } : encodeAnswerFailure(endedEarly);
}
