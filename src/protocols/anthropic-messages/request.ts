import {
  invalid,
  MAX_OPENING_BYTES,
  memberText,
  openingOf,
  readModel,
  readSmall,
  readStream,
  scanBody,
  withModelInBody,
} from '../body.ts';
import { isRecord } from '../json-value.ts';
import { isBillingLine } from './billing-line.ts';
import type { Peek } from '../protocol.ts';
import { elements, endOf, isArray, scanObject, type Span } from '../scan.ts';

export function peek(body: Buffer): Peek {
  const members = scanBody(body, ['model', 'messages'], ['metadata', 'stream']);
  checkMessages(body, members.get('messages'));
  const model = readModel(body, members);
  const stream = readStream(body, members);
  const metadata = readSmall(body, members.get('metadata'));
  const user = isRecord(metadata) ? metadata.user_id : undefined;
  return {
    ...(model ? { model } : {}),
    ...(stream === undefined ? {} : { stream }),
    ...(typeof user === 'string' && user !== '' ? { session: user } : {}),
  };
}

function checkMessages(body: Buffer, span: Span | undefined): void {
  if (!span) throw invalid('messages: Field required', 'messages');
  if (!isArray(body, span)) throw invalid('messages: Input should be a valid list', 'messages');
  if (elements(body, span).next().done) {
    throw invalid('messages: at least one message is required', 'messages');
  }
}

export const withModel = withModelInBody;

/** The system prompt, but for a line that changes with every turn, and the conversation up to the user's first message. */
export function opening(body: Buffer): Buffer | undefined {
  const scan = scanObject(body, ['system', 'messages']);
  if (scan.kind === 'malformed') return undefined;
  const [system, messages] = [scan.members.get('system'), scan.members.get('messages')];
  const first = messages && openingOf(body, messages);
  if (!first) return undefined;
  const prompt = system ? steadyPart(body, system) : Buffer.alloc(0);
  return Buffer.concat([prompt.subarray(0, MAX_OPENING_BYTES), first]);
}

function steadyPart(body: Buffer, system: Span): Buffer {
  const end = Math.max(system.start, endOf(body, system));
  if (!isArray(body, system)) return body.subarray(system.start, end);
  const [first] = elements(body, system);
  const text = first && memberText(body.subarray(first.start, first.end), 'text');
  const start = first && isBillingLine(text) ? first.end : system.start;
  return body.subarray(start, end);
}
