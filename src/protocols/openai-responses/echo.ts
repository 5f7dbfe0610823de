import type { ChatRequest } from '../../chat/request.ts';
import { recordOf, type JsonRecord } from '../json-value.ts';
import { protocolName } from './wire-name.ts';

/** What of a request its answer repeats, where the answer's encoder finds it again. */
export function keepEcho(echo: JsonRecord): NonNullable<ChatRequest['extensions']> {
  return { [protocolName]: { echo } };
}

/** Members of the client's request that its answer repeats, as they came. */
export function echoOf(request: ChatRequest): JsonRecord {
  return recordOf(recordOf(request.extensions?.[protocolName]).echo);
}
