import { memberText } from '../body.ts';
import { isRecord, parseJson } from '../json-value.ts';
import type { Protocol } from '../protocol.ts';

/** The first event repeats the whole request behind the id, so it is not parsed where it looks as it usually does. */
const USUAL = /"response"\s*:\s*\{\s*"id"\s*:\s*"([^"\\]+)"/;
const HEAD_CHARS = 400;

/** What a later request names as its `previous_response_id`. */
export const answerId: NonNullable<Protocol['answerId']> = {
  ofEvent(data) {
    const head = data.slice(0, HEAD_CHARS);
    if (!head.includes('response.created')) return undefined;
    const usual = USUAL.exec(head)?.[1];
    if (usual !== undefined) return usual;
    const event = parseJson(data);
    const response = isRecord(event) ? event.response : undefined;
    return isRecord(response) && typeof response.id === 'string' ? response.id : undefined;
  },
  ofBody: (body) => (memberText(body, 'object') === 'response' ? memberText(body, 'id') : undefined),
};
