import { madeCallId } from '../../chat/call-ids.ts';
import { refusal } from '../../chat/dropped.ts';
import { writeExactJson } from '../../chat/exact-json.ts';
import type { AssistantPart, ContentPart, ToolResultPart } from '../../chat/part.ts';
import type { Turn } from '../../chat/request.ts';
import { settleTurns } from '../../chat/turns.ts';
import { isRecord, recordOf, recordsOf, textOf, type JsonRecord } from '../json-value.ts';
import { decodeModelParts, decodeUserPart } from './decode-content.ts';
import { member } from './member.ts';

/** A call that has no result yet. */
interface Pending {
  readonly id: string;
  readonly name: string;
  /** The id that the client gave it, if any. */
  readonly given?: string;
}

/**
 * The conversation. Calls may come without ids: they get such as are the same every time the conversation is sent,
 * and results find their call by name and order.
 */
export function decodeContents(contents: unknown): readonly Turn[] {
  const list = isRecord(contents) ? [contents] : contents;
  if (!Array.isArray(list) || list.length === 0) {
    throw refusal('contents', "'contents' must be a list of at least one content.");
  }
  const pending: Pending[] = [];
  const turns = list.flatMap((content, place) => {
    if (typeof content === 'string') return [userTurn([{ type: 'text', text: content }])];
    if (!isRecord(content)) throw refusal(`contents[${place}]`, `'contents[${place}]' must be an object.`);
    const parts = recordsOf(content.parts);
    return content.role === 'model' ? modelTurn(parts, place, pending) : userTurns(parts, place, pending);
  });
  return settleTurns(turns);
}

function userTurn(parts: readonly ContentPart[]): Turn {
  return { role: 'user', parts };
}

function modelTurn(parts: readonly JsonRecord[], place: number, pending: Pending[]): readonly Turn[] {
  let count = 0;
  const decoded = decodeModelParts(parts).map((part): AssistantPart => {
    if (part.type !== 'function-call') return part;
    const { name, input } = part;
    const id = part.id ?? madeCallId(`${place} ${count} ${name} ${input}`, { prefix: 'call_' });
    count += 1;
    pending.push({ id, name, ...(part.id === undefined ? {} : { given: part.id }) });
    return { type: 'tool-call', id, name, kind: 'function', input };
  });
  return decoded.length === 0 ? [] : [{ role: 'assistant', parts: decoded }];
}

/** Results come first, whatever stands between them. */
function userTurns(parts: readonly JsonRecord[], place: number, pending: Pending[]): readonly Turn[] {
  const results: ToolResultPart[] = [];
  const others: ContentPart[] = [];
  for (const part of parts) {
    const response = member(part, 'functionResponse');
    if (isRecord(response)) results.push(decodeResult(response, place, pending));
    else others.push(...decodeUserPart(part));
  }
  return [
    ...(results.length === 0 ? [] : [{ role: 'tool' as const, parts: results }]),
    ...(others.length === 0 ? [] : [userTurn(others)]),
  ];
}

function decodeResult(response: JsonRecord, place: number, pending: Pending[]): ToolResultPart {
  const id = textOf(response.id) || undefined;
  const name = textOf(response.name) ?? '';
  const byId = pending.findIndex((call) => id !== undefined && call.given === id);
  const found = byId >= 0 ? byId : pending.findIndex((call) => call.name === name);
  const [call] = found < 0 ? [] : pending.splice(found, 1);
  if (!call) {
    throw refusal(
      `contents[${place}]`,
      `The function response '${id ?? name}' has no function call before it. Send the model's content with that call as well.`,
    );
  }
  const { parts, isError } = decodeResponse(response.response);
  const media = recordsOf(response.parts).flatMap(decodeUserPart);
  return { type: 'tool-result', callId: call.id, parts: [...parts, ...media], isError };
}

/** An object: a plain text stands under `output`, an error under `error`; any other is told as JSON. */
function decodeResponse(value: unknown): {
  readonly parts: readonly ContentPart[];
  readonly isError: boolean;
} {
  const response = recordOf(value);
  const names = Object.keys(response);
  const only = names.length === 1 ? names[0] : undefined;
  const isError = only === 'error';
  const inner = only === 'output' || isError ? response[only] : response;
  const text = typeof inner === 'string' ? inner : writeExactJson(inner);
  return { parts: text === '' ? [] : [{ type: 'text', text }], isError };
}
