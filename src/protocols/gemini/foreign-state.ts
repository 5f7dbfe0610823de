import { isEnvelope } from '../../chat/envelope.ts';
import { withEntries, withoutEnvelopes } from '../foreign-state.ts';
import { isRecord, textOf, type JsonRecord } from '../json-value.ts';
import { member } from './member.ts';
import { noSignature } from './wire-name.ts';

export function withoutForeignState(body: Buffer): Buffer {
  const clean = (content: JsonRecord) => withEntries(content, 'parts', cleanPart);
  return withoutEnvelopes(body, (members) => withEntries(members, 'contents', clean));
}

/** A call needs some signature; a text goes without. */
function cleanPart(part: JsonRecord): JsonRecord {
  if (!isEnvelope(textOf(member(part, 'thoughtSignature')) ?? '')) return part;
  const { thoughtSignature: _, thought_signature: __, ...rest } = part;
  return isRecord(member(rest, 'functionCall')) ? { ...rest, thoughtSignature: noSignature } : rest;
}
