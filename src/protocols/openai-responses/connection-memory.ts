import { isRecord, parseJson, recordOf, textOf, type JsonRecord } from '../json-value.ts';
import type { RequestTurn } from './connection.ts';

/** An answer, and all that led to it. */
export interface KeptTurn {
  readonly responseId: string;
  /** Input and output items up to here. */
  readonly items: readonly unknown[];
  /** What a warm-up said ahead: its tools and instructions hold for the turns behind it. */
  readonly prepared: JsonRecord;
}

/**
 * What one WebSocket connection keeps between its turns. A client sends only what is new behind an answer that it
 * names (platform.openai.com/docs/guides/websocket-mode); an upstream that is called over plain HTTP, and perhaps with
 * another account, needs the whole. Several conversations may share a connection, and branch.
 */
export interface ConnectionMemory {
  /** The latest last. */
  readonly turns: readonly KeptTurn[];
}

export const freshMemory: ConnectionMemory = { turns: [] };

/** Enough for the conversations that share a connection; they share most of their items, too. */
const MAX_KEPT_TURNS = 8;

export function keepTurn(memory: ConnectionMemory, turn: KeptTurn): ConnectionMemory {
  return { turns: [...memory.turns, turn].slice(-MAX_KEPT_TURNS) };
}

const REMEMBERED = /"type"\s*:\s*"response\.(?:output_item\.done|completed|incomplete|failed)"/;

/** Whether `rememberTurn` needs this event, told without parsing it. May say yes too often. */
export function isRemembered(data: string): boolean {
  return REMEMBERED.test(data);
}

/**
 * What the connection knows after a turn. One that failed or was cut adds nothing: the client asks again behind an
 * earlier answer.
 *
 * @param events the JSON texts of the answer's events for which `isRemembered` is true, in their order
 */
export function rememberTurn(
  memory: ConnectionMemory,
  turn: RequestTurn,
  events: readonly string[],
): ConnectionMemory {
  const parsed = events.map((data) => recordOf(parseJson(data)));
  const end = parsed.findLast(({ type }) => type === 'response.completed' || type === 'response.incomplete');
  const response = recordOf(end?.response);
  const responseId = textOf(response.id);
  if (!responseId) return memory;
  const done = parsed.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  // Some servers leave the list empty at the end, because all of it was streamed before.
  const listed = Array.isArray(response.output) && response.output.length > 0 ? response.output : done;
  const items = [...turn.items, ...listed.flatMap(toInput)];
  return keepTurn(memory, { responseId, items, prepared: turn.prepared });
}

/**
 * An output item as it may be sent back. A provider that stores nothing knows no item ids, and refuses them; reasoning
 * goes back only where it carries its own state; a call that was cut off has no answer to come.
 */
function toInput(item: unknown): readonly JsonRecord[] {
  if (!isRecord(item)) return [];
  if (item.type === 'reasoning') {
    if (typeof item.encrypted_content !== 'string') return [];
    const { content: _, status: __, ...reasoning } = item;
    return [reasoning];
  }
  if (item.status === 'incomplete' && item.type !== 'message') return [];
  const { id: _, status: __, ...rest } = item;
  return [rest];
}
