import { isEnvelope } from '../../chat/envelope.ts';
import { withEntries, withoutEnvelopes } from '../foreign-state.ts';
import { recordOf, textOf, type JsonRecord } from '../json-value.ts';

export function withoutForeignState(body: Buffer): Buffer {
  const clean = (message: JsonRecord) => withEntries(message, 'tool_calls', cleanCall);
  return withoutEnvelopes(body, (members) => withEntries(members, 'messages', clean));
}

function cleanCall(call: JsonRecord): JsonRecord {
  const { google } = recordOf(call.extra_content);
  if (!isEnvelope(textOf(recordOf(google).thought_signature) ?? '')) return call;
  const { extra_content: _, ...rest } = call;
  return rest;
}
