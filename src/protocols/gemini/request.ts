import { MAX_OPENING_BYTES, memberText, openingOf, scanBody } from '../body.ts';
import type { Address, Peek } from '../protocol.ts';
import { endOf, scanObject, type Span } from '../scan.ts';
import { asksForEvents, readAddress } from './address.ts';

/** The model and whether to stream stand in the address; the body is only seen to be an object. */
export function peek(body: Buffer, address: Address): Peek {
  const { model, method } = readAddress(address);
  scanBody(body, []);
  const stream = method === 'streamGenerateContent';
  return {
    model: { name: model },
    stream,
    ...(stream && !asksForEvents(address) ? { inArray: true } : {}),
    ...(method === 'countTokens' ? { isCount: true } : {}),
  };
}

/** The body does not name the model. */
export function withModel(body: Buffer): Buffer {
  return body;
}

/** The system instruction, in either of its spellings, and the conversation up to the user's first turn. */
export function opening(body: Buffer): Buffer | undefined {
  const scan = scanObject(body, ['systemInstruction', 'system_instruction', 'contents']);
  if (scan.kind === 'malformed') return undefined;
  const { members } = scan;
  const contents = members.get('contents');
  const first = contents && openingOf(body, contents, isUsers);
  if (!first) return undefined;
  const system = members.get('systemInstruction') ?? members.get('system_instruction');
  return Buffer.concat([bytesOf(body, system), first]);
}

/** A turn that says nothing of whose it is is the user's. */
function isUsers(turn: Buffer): boolean {
  return memberText(turn, 'role') !== 'model';
}

function bytesOf(body: Buffer, span: Span | undefined): Buffer {
  if (!span) return Buffer.alloc(0);
  const end = Math.max(span.start, endOf(body, span));
  return body.subarray(span.start, Math.min(end, span.start + MAX_OPENING_BYTES));
}
