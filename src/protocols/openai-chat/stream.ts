import { dataLines } from '../event-data.ts';
import { given, isBlank, isRecord, parseJson } from '../json-value.ts';
import type { Ending, Meaning } from '../protocol.ts';

const none: Meaning = { kind: 'none' };
const content: Meaning = { kind: 'content' };
const empty: Meaning = { kind: 'empty' };

/** What ends without content because of the request itself: asking again would end the same way. */
const ownEnds = new Set(['length', 'content_filter']);

/** Bodies above this hold content for sure: only small ones are parsed to see whether they are empty. */
const MAX_PARSED_BYTES = 4096;

export function meaningOfEvent(data: string): Meaning {
  if (data.trim() === '[DONE]') return none;
  const chunk = parseJson(data);
  if (chunk === undefined) return content;
  return meaningOf(chunk, data);
}

export function meaningOfBody(body: Buffer): Meaning {
  const text = body.toString('utf8', 0, MAX_PARSED_BYTES);
  if (body.length > MAX_PARSED_BYTES) {
    const isWhole = /^\s*\{/.test(text) && /\}\s*$/.test(body.toString('latin1', body.length - 64));
    const isAnswer = isWhole && !/^\s*\{\s*"error"\s*:\s*[{"]/.test(text);
    return isAnswer ? content : { kind: 'error', body: body.toString('utf8') };
  }
  const answer = parseJson(text);
  const meaning: Meaning = answer === undefined ? { kind: 'error', body: text } : meaningOf(answer, text);
  // A whole answer that says nothing, not even an end, has nothing more to come.
  return meaning.kind === 'none' ? empty : meaning;
}

function meaningOf(value: unknown, text: string): Meaning {
  if (!isRecord(value)) return content;
  const isError = value.object === 'error' || (value.error !== undefined && value.error !== null);
  if (isError) return { kind: 'error', body: text };
  if (!Array.isArray(value.choices)) return none;
  let finished = false;
  for (const choice of value.choices.filter(isRecord)) {
    if (hasContent(choice.delta) || hasContent(choice.message)) return content;
    if (typeof choice.text === 'string' && choice.text !== '') return content;
    // Some servers say '' on every chunk before the last.
    if (typeof choice.finish_reason !== 'string' || choice.finish_reason === '') continue;
    if (ownEnds.has(choice.finish_reason)) return content;
    finished = true;
  }
  return finished ? empty : none;
}

/** Anything in a delta beside the role counts, also members that no vendor has invented yet. */
function hasContent(message: unknown): boolean {
  if (!isRecord(message)) return false;
  return Object.entries(message).some(([name, value]) => name !== 'role' && !isBlank(value));
}

const DONE = /(?:^|[\r\n])data: ?\[DONE\]/;
/** The common end, told without looking through all that is kept. */
const LAST_DONE = /[\r\n]data: ?\[DONE\]\s*$/;
/** Inside a JSON string these quotes would be escaped, so neither can be met in a text that a model wrote. */
const FINISHED = /"finish_reason"\s*:\s*"[^"]/;
const ERROR = /"error"\s*:\s*[{"]/;
/** Where there is more than one choice, one may go on when another has finished. */
const OTHER_CHOICE = /"index"\s*:\s*[1-9]/;

/** An end after a `finish_reason` but without `[DONE]` is accepted: some servers leave it out. */
export function endingOf(tail: Buffer): Ending {
  const end = tail.toString('latin1', Math.max(0, tail.length - 64));
  const isPlain = LAST_DONE.test(end) && !tail.includes('"error"');
  if (isPlain) return { finished: true, rest: 'nothing' };
  const text = tail.toString('utf8');
  const error = ERROR.test(text) ? lastError(text) : undefined;
  const isDone = DONE.test(text);
  const finished = isDone || FINISHED.test(text);
  const isWhole = error !== undefined || (finished && !OTHER_CHOICE.test(text));
  const rest = isDone ? ('nothing' as const) : isWhole ? ('asides' as const) : undefined;
  return { finished, ...given({ error, rest }) };
}

function lastError(text: string): string | undefined {
  return dataLines(text).findLast((candidate) => {
    if (!ERROR.test(candidate)) return false;
    const chunk = parseJson(candidate);
    return isRecord(chunk) && chunk.error !== undefined && chunk.error !== null;
  });
}
