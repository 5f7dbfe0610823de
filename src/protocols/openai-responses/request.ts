import {
  MAX_OPENING_BYTES,
  openingOf,
  readModel,
  readSmall,
  readStream,
  readText,
  scanBody,
  withModelInBody,
  type Members,
} from '../body.ts';
import { isRecord } from '../json-value.ts';
import type { Peek } from '../protocol.ts';
import { endOf, isArray, scanObject, type Span } from '../scan.ts';

/** What must be found even between large values: it decides which account can answer at all, or answers from its cache. */
const wanted = ['previous_response_id', 'conversation', 'prompt_cache_key', 'stream'];

export function peek(body: Buffer): Peek {
  const members = scanBody(body, ['model'], wanted);
  const model = readModel(body, members);
  const stream = readStream(body, members);
  const session = conversationIn(body, members) ?? readText(body, members, 'prompt_cache_key');
  const continues = readText(body, members, 'previous_response_id');
  return {
    ...(model ? { model } : {}),
    ...(stream === undefined ? {} : { stream }),
    ...(session === undefined ? {} : { session }),
    ...(continues === undefined ? {} : { continues }),
  };
}

/** A conversation that the provider keeps, for one account: by its id, or as an object that has it. */
function conversationIn(body: Buffer, members: Members): string | undefined {
  const value = readSmall(body, members.get('conversation'));
  const id = isRecord(value) ? value.id : value;
  return typeof id === 'string' && id !== '' ? `conversation ${id}` : undefined;
}

export const withModel = withModelInBody;

/** The instructions, and the input up to the user's first message. */
export function opening(body: Buffer): Buffer | undefined {
  const scan = scanObject(body, ['instructions', 'input']);
  if (scan.kind === 'malformed') return undefined;
  const input = scan.members.get('input');
  if (!input) return undefined;
  const first = isArray(body, input) ? openingOf(body, input) : bytesOf(body, input);
  if (!first) return undefined;
  return Buffer.concat([bytesOf(body, scan.members.get('instructions')), first]);
}

function bytesOf(body: Buffer, span: Span | undefined): Buffer {
  if (!span) return Buffer.alloc(0);
  const end = Math.max(span.start, endOf(body, span));
  return body.subarray(span.start, Math.min(end, span.start + MAX_OPENING_BYTES));
}
