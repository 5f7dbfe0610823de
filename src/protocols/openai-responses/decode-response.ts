import type { ChatEvent } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { isRecord, parseJson } from '../json-value.ts';
import { decodeStream } from './decode-stream.ts';

/** A whole response object is the last event of a stream that told nothing before: one way for both. */
export function decodeResponse(body: string): readonly ChatEvent[] {
  const response = parseJson(body);
  const decoder = decodeStream();
  if (!isRecord(response)) return decoder.end();
  const event = isRecord(response.error)
    ? { type: 'response.failed', response }
    : { type: 'response.completed', response };
  const isAnswer = Array.isArray(response.output) || isRecord(response.error);
  return [...(isAnswer ? decoder.feed(writeExactJson(event)) : []), ...decoder.end()];
}
