import { RotaError } from '../failure.ts';
import type { Peek, PeekedModel } from './protocol.ts';
import { elements, endOf, isArray, scanObject, type Span } from './scan.ts';

/** What all protocols read of a JSON body in one way: it is scanned, and never parsed whole. */
export type Members = ReadonlyMap<string, Span>;

/** Larger values are not parsed: what is looked for in them is a few words long. */
const MAX_PARSED_BYTES = 16_384;

/** Enough for the system prompts that assistants send (5 to 29 KB measured); what lies beyond tells sessions apart no better. */
export const MAX_OPENING_BYTES = 65_536;

/**
 * @param required what is looked for wherever it stands
 * @param wanted the same, but where the body does not even hold the name it is not looked for
 * @throws RotaError `invalid-request` where the scan meets what is no JSON
 */
export function scanBody(body: Buffer, required: readonly string[], wanted: readonly string[] = []): Members {
  const members = membersOf(body, required);
  const hidden = wanted.filter((name) => !members.has(name) && body.includes(`"${name}"`));
  return hidden.length === 0 ? members : membersOf(body, [...required, ...hidden]);
}

function membersOf(body: Buffer, required: readonly string[]): Members {
  const scan = scanObject(body, required);
  if (scan.kind === 'members') return scan.members;
  throw invalid(
    `The body is not valid JSON: ${scan.expected} was expected at byte ${scan.at}. Send one JSON object.`,
  );
}

export function readModel(body: Buffer, members: Members): PeekedModel | undefined {
  const span = members.get('model');
  if (!span) return undefined;
  const value = parse(body, span);
  if (value === null) return undefined;
  if (typeof value !== 'string' || value === '' || span.end === undefined) {
    throw invalid("'model' must be the name of a model, as a string.", 'model');
  }
  return { name: value, span: { start: span.start, end: span.end } };
}

export function readStream(body: Buffer, members: Members): boolean | undefined {
  const span = members.get('stream');
  const value = span && parse(body, span);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid("'stream' must be true or false.", 'stream');
  return value;
}

/** A text that is not empty; undefined for anything else. */
export function readText(body: Buffer, members: Members, name: string): string | undefined {
  const span = members.get(name);
  const value = span && parse(body, span);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A small value of any kind; undefined where it is missing, large, or no JSON. */
export function readSmall(body: Buffer, span: Span | undefined): unknown {
  if (!span) return undefined;
  const end = endOf(body, span);
  if (end < 0 || end - span.start > MAX_PARSED_BYTES) return undefined;
  try {
    return JSON.parse(body.toString('utf8', span.start, end)) as unknown;
  } catch {
    return undefined;
  }
}

/** A simple value; an array or object where a simple one belongs comes back as an object. */
function parse(body: Buffer, span: Span): unknown {
  if (span.end === undefined) return {};
  const value = parseSpan(body, span.start, span.end);
  if (value === undefined)
    throw invalid(`The body is not valid JSON at byte ${span.start}: send one JSON object.`);
  return value;
}

function parseSpan(body: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(body.toString('utf8', start, end)) as unknown;
  } catch {
    return undefined;
  }
}

/** The same body with another model in it; every other byte stays. */
export function withModelInBody(body: Buffer, peeked: Peek, model: string): Buffer {
  const name = Buffer.from(JSON.stringify(model));
  const known = peeked.model?.span ?? emptyModel(body);
  if (known) return Buffer.concat([body.subarray(0, known.start), name, body.subarray(known.end)]);
  const brace = body.indexOf('{') + 1;
  const [head, rest] = [body.subarray(0, brace), body.subarray(brace)];
  const comma = /^\s*\}/.test(rest.toString('latin1', 0, 100)) ? '' : ',';
  return Buffer.concat([head, Buffer.from('"model":'), name, Buffer.from(comma), rest]);
}

/** A `"model": null`: it names none, but would outdo one that is put in before it. */
function emptyModel(body: Buffer): { readonly start: number; readonly end: number } | undefined {
  const scan = scanObject(body, ['model']);
  const span = scan.kind === 'members' ? scan.members.get('model') : undefined;
  return span?.end === undefined ? undefined : { start: span.start, end: span.end };
}

/**
 * From the first turn to the end of the first of the user's: what every turn of a conversation repeats. Where the
 * user has said nothing, only the first turn is sure to come again.
 * @param list the array of turns
 */
export function openingOf(
  body: Buffer,
  list: Span,
  isUsers: (turn: Buffer) => boolean = (turn) => memberText(turn, 'role') === 'user',
): Buffer | undefined {
  if (!isArray(body, list)) return undefined;
  const limit = list.start + MAX_OPENING_BYTES;
  let firstEnd: number | undefined;
  for (const { start, end } of elements(body, list)) {
    firstEnd ??= end;
    if (end > limit || isUsers(body.subarray(start, end))) {
      return body.subarray(list.start, Math.min(end, limit));
    }
  }
  return body.subarray(list.start, firstEnd ?? list.start);
}

/** A member of a small object, as a text; undefined where it is none. */
export function memberText(object: Buffer, name: string): string | undefined {
  const scan = scanObject(object, [name]);
  const span = scan.kind === 'members' ? scan.members.get(name) : undefined;
  if (span?.end === undefined) return undefined;
  const value = parseSpan(object, span.start, span.end);
  return typeof value === 'string' ? value : undefined;
}

export function invalid(message: string, param?: string): RotaError {
  return new RotaError({ kind: 'invalid-request', message, ...(param === undefined ? {} : { param }) });
}
