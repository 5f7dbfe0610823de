import type { ChatEvent } from '../../chat/event.ts';
import { isRecord, parseJson } from '../json-value.ts';
import { decodeStream } from './decode-stream.ts';

/**
 * A `chat.completion` object. It is what all its chunks amount to, with `message` in the place of `delta`, and is read
 * as one of them.
 */
export function decodeResponse(body: string): readonly ChatEvent[] {
  const stream = decodeStream();
  const answer = parseJson(body);
  const isAnswer = isRecord(answer) && (Array.isArray(answer.choices) || answer.error !== undefined);
  return [...stream.feed(isAnswer ? body : 'no answer'), ...stream.end()];
}
