import { writeExactJson } from '../../chat/exact-json.ts';
import { dataLines } from '../event-data.ts';
import { given, isBlank, isRecord, parseJson } from '../json-value.ts';
import type { Ending, Meaning } from '../protocol.ts';

const none: Meaning = { kind: 'none' };
const content: Meaning = { kind: 'content' };
const empty: Meaning = { kind: 'empty' };

/**
 * Ends at which nothing went wrong with the request, so that asking again may end better: a good one, and a call that
 * the model could not write down. Any other is the request's own: it would end in the same way again.
 */
const worthAnother = new Set([
  'STOP',
  'OTHER',
  'FINISH_REASON_UNSPECIFIED',
  'MALFORMED_FUNCTION_CALL',
  'MALFORMED_RESPONSE',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
]);

/** What stands beside the answer itself. */
const asides = new Set([
  'candidates',
  'usageMetadata',
  'modelVersion',
  'responseId',
  'createTime',
  'promptFeedback',
]);

/** Bodies above this hold content for sure: only small ones are parsed to see whether they are empty. */
const MAX_PARSED_BYTES = 4096;

export function meaningOfEvent(data: string): Meaning {
  const chunk = parseJson(data);
  return chunk === undefined ? content : meaningOf(chunk, data);
}

export function meaningOfBody(body: Buffer): Meaning {
  const text = body.toString('utf8', 0, MAX_PARSED_BYTES);
  if (body.length > MAX_PARSED_BYTES) {
    const isWhole = /^\s*\{/.test(text) && /\}\s*$/.test(body.toString('latin1', body.length - 64));
    const isError = /^\s*\{\s*"error"\s*:/.test(text);
    return isWhole && !isError ? content : { kind: 'error', body: body.toString('utf8') };
  }
  const answer = parseJson(text);
  if (!isRecord(answer)) return { kind: 'error', body: text };
  const meaning = meaningOf(answer, text);
  if (meaning.kind !== 'none') return meaning;
  // What is no generated text is the answer of another method, such as a count.
  return Object.keys(answer).some((name) => !asides.has(name)) ? content : empty;
}

function meaningOf(value: unknown, text: string): Meaning {
  if (!isRecord(value)) return content;
  if (!isBlank(value.error)) return { kind: 'error', body: text };
  if (isRecord(value.promptFeedback) && !isBlank(value.promptFeedback.blockReason)) return content;
  let meaning = none;
  for (const candidate of candidatesOf(value)) {
    if (hasContent(candidate.content)) return content;
    const reason = candidate.finishReason;
    if (typeof reason !== 'string' || reason === '') continue;
    if (!worthAnother.has(reason)) return content;
    meaning = empty;
  }
  return meaning;
}

function candidatesOf(value: Record<string, unknown>): readonly Record<string, unknown>[] {
  return Array.isArray(value.candidates) ? value.candidates.filter(isRecord) : [];
}

/** Anything in a part beside its being a thought counts, also members that no vendor has invented yet. */
function hasContent(turn: unknown): boolean {
  if (!isRecord(turn) || !Array.isArray(turn.parts)) return false;
  return turn.parts
    .filter(isRecord)
    .some((part) => Object.entries(part).some(([name, value]) => name !== 'thought' && !isBlank(value)));
}

const FINISHED = /"(?:finishReason|blockReason)"\s*:\s*"[^"]/;
const ERROR = /"error"\s*:\s*\{/;
/** Where there is more than one candidate, one may go on when another has finished. */
const OTHER_CANDIDATE = /"index"\s*:\s*[1-9]/;

/** There is no last event: a stream has ended well when a chunk said why. */
export function endingOf(tail: Buffer): Ending {
  const text = tail.toString('utf8');
  const ending = endingIn(dataLines(text));
  const isWhole = ending.error !== undefined || (ending.finished && !OTHER_CANDIDATE.test(text));
  return isWhole ? { ...ending, rest: 'asides' } : ending;
}

/** The same where the stream is one array, which must be closed as well. */
export function endingOfArray(tail: Buffer): Ending {
  const text = tail.toString('utf8').trimEnd();
  const elements = elementsAtEnd(text.replace(/\]$/, ''));
  const { finished, error } = endingIn(elements);
  const isClosed = text.endsWith(']');
  const rest = isClosed && (finished || error !== undefined) ? ('nothing' as const) : undefined;
  return { finished: finished && isClosed, ...given({ error, rest }) };
}

function endingIn(chunks: readonly string[]): Ending {
  let finished = false;
  let error: string | undefined;
  for (const text of chunks) {
    if (!FINISHED.test(text) && !ERROR.test(text)) continue;
    const chunk = parseJson(text);
    if (!isRecord(chunk)) continue;
    if (!isBlank(chunk.error)) error = text;
    if (isFinished(chunk)) finished = true;
  }
  return error === undefined ? { finished } : { finished, error };
}

function isFinished(chunk: Record<string, unknown>): boolean {
  if (isRecord(chunk.promptFeedback) && !isBlank(chunk.promptFeedback.blockReason)) return true;
  return candidatesOf(chunk).some(({ finishReason }) => !isBlank(finishReason));
}

/** The tail begins behind some element: with the comma, or with the array's own bracket. */
function elementsAtEnd(text: string): readonly string[] {
  const list = parseJson(`[${text.replace(/^[\s,[]+/, '')}]`);
  return Array.isArray(list) ? list.map((element) => writeExactJson(element)) : [];
}
