import { dataLines } from '../event-data.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import { isRecord, parseJson, recordOf, type JsonRecord } from '../json-value.ts';

const ITEM_DONE = '"response.output_item.done"';
const ENDS = ['"response.completed"', '"response.incomplete"'];

/** An answer is never so long; what goes beyond is handed on as it comes. In characters. */
const MAX_KEPT = 8 * 1024 * 1024;

/**
 * Some servers leave the output empty in the last event, because all of it was streamed before; clients read the answer from
 * there alone. Takes whole events in their order, and puts the finished items into such an end; everything else stays as
 * it is.
 */
export function mendEnd(): (frames: Buffer) => Buffer {
  const kept: string[] = [];
  let keptLength = 0;

  function keep(frames: Buffer): void {
    for (const data of dataLines(frames.toString('utf8'))) {
      if (!data.includes(ITEM_DONE)) continue;
      kept.push(data);
      keptLength += data.length;
    }
  }

  function itemsOf(): readonly JsonRecord[] {
    return kept.map((data) => recordOf(parseJson(data)).item).filter(isRecord);
  }

  function mended(data: string): string {
    if (!ENDS.some((end) => data.includes(end))) return data;
    const event = parseJson(data);
    const response = recordOf(recordOf(event).response);
    if (!isRecord(event) || !Array.isArray(response.output) || response.output.length > 0) return data;
    return writeExactJson({ ...event, response: { ...response, output: itemsOf() } });
  }

  return (frames) => {
    if (keptLength < MAX_KEPT && frames.includes(ITEM_DONE)) keep(frames);
    if (kept.length === 0 || !ENDS.some((end) => frames.includes(end))) return frames;
    const text = frames.toString('utf8');
    const whole = text.replaceAll(
      /^(data: ?)(.*)$/gm,
      (_, name: string, data: string) => name + mended(data),
    );
    return whole === text ? frames : Buffer.from(whole);
  };
}
