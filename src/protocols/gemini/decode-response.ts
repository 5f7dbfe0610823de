import type { ChatEvent } from '../../chat/event.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { parseJson } from '../json-value.ts';
import { decodeStream } from './decode-stream.ts';

/** A whole answer is a stream of one event; a list of them is how a stream comes that nobody asked events of. */
export function decodeResponse(body: string): readonly ChatEvent[] {
  const value = parseJson(body);
  const chunks: readonly unknown[] = Array.isArray(value) ? value : [value ?? null];
  const decoder = decodeStream();
  return [...chunks.flatMap((chunk) => decoder.feed(writeExactJson(chunk))), ...decoder.end()];
}
