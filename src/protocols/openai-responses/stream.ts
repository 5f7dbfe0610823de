import { readSmall } from '../body.ts';
import { dataLines } from '../event-data.ts';
import { isBlank, isRecord, parseJson } from '../json-value.ts';
import type { Ending, Meaning } from '../protocol.ts';
import { elements, isArray, scanObject, type Span } from '../scan.ts';
import { errorBodyOf } from './answer-error.ts';

const none: Meaning = { kind: 'none' };
const content: Meaning = { kind: 'content' };
const empty: Meaning = { kind: 'empty' };

/** These repeat the whole request, and are known by their first words. */
const HANDSHAKE = /^\s*\{\s*"type"\s*:\s*"response\.(?:created|in_progress|queued)"/;
/** What only announces that something will come. */
const announced = new Set([
  'response.created',
  'response.in_progress',
  'response.queued',
  'response.content_part.added',
  'response.reasoning_summary_part.added',
]);

export function meaningOfEvent(data: string): Meaning {
  if (HANDSHAKE.test(data)) return none;
  const event = parseJson(data);
  if (!isRecord(event)) return content;
  const type = typeof event.type === 'string' ? event.type : '';
  if (type === 'error' || type === 'response.failed' || isRecord(event.error)) {
    return { kind: 'error', body: errorBodyOf(event) };
  }
  // Vendors put events of their own between, and keep-alives.
  if (!type.startsWith('response.') || announced.has(type)) return none;
  if (type === 'response.output_item.added') return isEmptyItem(event.item) ? none : content;
  if (type === 'response.output_item.done') return isEmptyItem(event.item) ? none : content;
  if (type === 'response.incomplete') return content;
  if (type === 'response.completed') return isEmptyResponse(event.response) ? empty : content;
  const said = [event.delta, event.text, event.refusal, event.arguments, event.input, event.part, event.item];
  return said.every(isBlank) && 'delta' in event ? none : content;
}

function isEmptyResponse(response: unknown): boolean {
  const output = isRecord(response) ? response.output : undefined;
  return !Array.isArray(output) || output.every(isEmptyItem);
}

/** A message without words, reasoning without a trace. A call is content by its name. */
function isEmptyItem(item: unknown): boolean {
  if (!isRecord(item)) return true;
  if (item.type === 'reasoning') return [item.summary, item.content, item.encrypted_content].every(isBlank);
  if (item.type !== 'message') return false;
  const parts = Array.isArray(item.content) ? item.content.filter(isRecord) : [];
  return parts.every((part) => isBlank(part.text) && isBlank(part.refusal));
}

/** The answer repeats the whole request: what counts is looked up in it, whatever its size. */
export function meaningOfBody(body: Buffer): Meaning {
  const scan = scanObject(body, ['object', 'status', 'error', 'output']);
  if (scan.kind === 'malformed') return { kind: 'error', body: body.toString('utf8') };
  const { members } = scan;
  const value = (name: string) => readSmall(body, members.get(name));
  const error = value('error');
  if (value('status') === 'failed' || !isBlank(error)) return { kind: 'error', body: errorBodyOf({ error }) };
  // What is no response is the answer of another endpoint, such as a count.
  if (value('object') !== 'response') return members.size > 0 ? content : empty;
  if (value('status') !== 'completed') return content;
  return hasOutput(body, members.get('output')) ? content : empty;
}

function hasOutput(body: Buffer, output: Span | undefined): boolean {
  if (!output || !isArray(body, output)) return false;
  for (const span of elements(body, output)) {
    const item = readSmall(body, span);
    // What is too large to be looked into holds something.
    if (item === undefined || !isEmptyItem(item)) return true;
  }
  return false;
}

const TYPE = /^\s*\{\s*"type"\s*:\s*"([\w.]+)"/;
const LAST = /response\.(?:completed|incomplete|failed)|"error"/;
const MAX_PARSED_CHARS = 65_536;
const lastTypes = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

/** The last event holds the whole answer once more: it is known by its first words, or parsed where it is short. */
export function endingOf(tail: Buffer): Ending {
  let finished = false;
  let error: string | undefined;
  for (const data of dataLines(tail.toString('utf8'))) {
    if (!LAST.test(data)) continue;
    const { type, error: told } = endOf(data);
    if (type === 'response.completed' || type === 'response.incomplete') finished = true;
    if (type !== 'error' && type !== 'response.failed' && !told) continue;
    const event = parseJson(data);
    if (isRecord(event)) error = errorBodyOf(event);
  }
  return error === undefined ? { finished } : { finished, error };
}

/**
 * `error`: it tells of one, whatever its type is; servers that imitate the protocol give it none.
 * An end that no client can read is none.
 */
function endOf(data: string): { readonly type?: string; readonly error?: boolean } {
  const usual = TYPE.exec(data)?.[1];
  if (usual !== undefined && !lastTypes.has(usual)) return { type: usual };
  if (data.length > MAX_PARSED_CHARS) {
    return usual !== undefined && data.trimEnd().endsWith('}') ? { type: usual } : {};
  }
  const event = parseJson(data);
  if (!isRecord(event)) return {};
  return { ...(typeof event.type === 'string' ? { type: event.type } : {}), error: isRecord(event.error) };
}
