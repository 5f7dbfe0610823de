import { RotaError } from '../../failure.ts';
import type { Peek } from '../protocol.ts';
import { elements, isArray, scanObject, type Span } from '../scan.ts';

/** Enough for the system prompts that assistants send (5 to 29 KB measured); what lies beyond tells sessions apart no better. */
const MAX_OPENING_BYTES = 65_536;

export function peek(body: Buffer): Peek {
  const scan = scanObject(body, ['model', 'messages']);
  if (scan.kind === 'malformed') {
    throw invalid(
      `The body is not valid JSON: ${scan.expected} was expected at byte ${scan.at}. Send one JSON object.`,
    );
  }
  const { members } = scan;
  checkMessages(body, members.get('messages'));
  const model = readModel(body, members.get('model'));
  const stream = readStream(body, members.get('stream'));
  const session = readSession(body, members.get('prompt_cache_key'));
  return {
    ...(model ? { model } : {}),
    ...(stream === undefined ? {} : { stream }),
    ...(session === undefined ? {} : { session }),
  };
}

function checkMessages(body: Buffer, span: Span | undefined): void {
  if (!span) throw invalid("'messages' is missing: send the conversation as a list of messages.", 'messages');
  if (!isArray(body, span)) throw invalid("'messages' must be a list of messages.", 'messages');
  if (elements(body, span).next().done) {
    throw invalid("'messages' is an empty list: send at least one message.", 'messages');
  }
}

function readModel(body: Buffer, span: Span | undefined): Peek['model'] {
  if (!span) return undefined;
  const value = parse(body, span);
  if (value === null) return undefined;
  if (typeof value !== 'string' || value === '' || span.end === undefined) {
    throw invalid("'model' must be the name of a model, as a string.", 'model');
  }
  return { name: value, start: span.start, end: span.end };
}

function readStream(body: Buffer, span: Span | undefined): boolean | undefined {
  const value = span && parse(body, span);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid("'stream' must be true or false.", 'stream');
  return value;
}

function readSession(body: Buffer, span: Span | undefined): string | undefined {
  const value = span && parse(body, span);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A simple value; an array or object where a simple one belongs comes back as an object. */
function parse(body: Buffer, span: Span): unknown {
  const value = readSimple(body, span);
  if (value === undefined)
    throw invalid(`The body is not valid JSON at byte ${span.start}: send one JSON object.`);
  return value;
}

/** Undefined where it is not JSON. */
function readSimple(body: Buffer, span: Span): unknown {
  if (span.end === undefined) return {};
  try {
    return JSON.parse(body.toString('utf8', span.start, span.end)) as unknown;
  } catch {
    return undefined;
  }
}

export function withModel(body: Buffer, peeked: Peek, model: string): Buffer {
  const name = Buffer.from(JSON.stringify(model));
  const known = peeked.model ?? emptyModel(body);
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
 * From the first message to the end of the first of the user's: what every turn of a conversation repeats. Where the
 * user has said nothing, only the first message is sure to come again.
 */
export function opening(body: Buffer): Buffer | undefined {
  const scan = scanObject(body, ['messages']);
  const messages = scan.kind === 'members' ? scan.members.get('messages') : undefined;
  if (!messages || !isArray(body, messages)) return undefined;
  const limit = messages.start + MAX_OPENING_BYTES;
  let firstEnd: number | undefined;
  for (const element of elements(body, messages)) {
    firstEnd ??= element.end;
    if (element.end > limit || roleOf(body, element) === 'user') {
      return body.subarray(messages.start, Math.min(element.end, limit));
    }
  }
  return body.subarray(messages.start, firstEnd ?? messages.start);
}

function roleOf(body: Buffer, element: { start: number; end: number }): unknown {
  const message = body.subarray(element.start, element.end);
  const scan = scanObject(message, ['role']);
  const span = scan.kind === 'members' ? scan.members.get('role') : undefined;
  return span && readSimple(message, span);
}

function invalid(message: string, param?: string): RotaError {
  return new RotaError({ kind: 'invalid-request', message, ...(param === undefined ? {} : { param }) });
}
