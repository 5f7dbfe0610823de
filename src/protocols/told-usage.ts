import { mergeUsage, type Usage } from '../chat/event.ts';
import { isRecord, parseJson, type JsonRecord } from './json-value.ts';

/**
 * What an answer says of the tokens it took, found without parsing the rest of it: the first and the last object of
 * that name, since some protocols tell the input at the beginning and the output at the end.
 * @param text of a whole answer, or of the first event of a stream and its last ones
 * @param name of the member, as the protocol writes it. Inside a JSON string its quotes would be escaped.
 */
export function usageTold(
  text: string,
  name: string,
  decode: (usage: JsonRecord) => Usage | undefined,
): Usage | undefined {
  const key = `"${name}"`;
  const read = (at: number) => {
    const told = objectAfter(text, at + key.length);
    const usage = told && decode(told);
    return usage !== undefined && Object.keys(usage).length > 0 ? usage : undefined;
  };
  let last: Usage | undefined;
  let at = text.lastIndexOf(key);
  for (; at >= 0 && !last; at = at === 0 ? -1 : text.lastIndexOf(key, at - 1)) last = read(at);
  if (!last) return undefined;
  let first: Usage | undefined;
  for (let from = text.indexOf(key); !first; from = text.indexOf(key, from + 1)) first = read(from);
  return mergeUsage(first, last);
}

/** No vendor's is nearly so long. */
const MAX_LENGTH = 4096;

/** The object that follows a colon, where one does. */
function objectAfter(text: string, from: number): JsonRecord | undefined {
  const opening = /^\s*:\s*\{/.exec(text.slice(from, from + 16));
  if (!opening) return undefined;
  const start = from + opening[0].length - 1;
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length && at < start + MAX_LENGTH; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth += 1;
    else if (char === '}') {
      depth -= 1;
      if (depth > 0) continue;
      const value = parseJson(text.slice(start, at + 1));
      return isRecord(value) ? value : undefined;
    }
  }
  return undefined;
}
