import { RotaError } from '../../failure.ts';
import { isRecord, parseJson, recordOf, type JsonRecord } from '../json-value.ts';
import { responseObject } from './response-object.ts';

/**
 * What one WebSocket connection keeps between its turns: the latest answer and all that led to it. A client then
 * sends only what is new (platform.openai.com/docs/guides/websocket-mode); an upstream that is called over plain
 * HTTP, and perhaps with another account, needs the whole.
 */
export interface ConnectionMemory {
  /** Absent before the first turn, and after one that failed. */
  readonly last?: {
    readonly responseId: string;
    /** Input and output items up to here. */
    readonly items: readonly unknown[];
    /** What a warm-up said ahead: its tools and instructions hold for the turns behind it. */
    readonly prepared: JsonRecord;
  };
}

/** A turn for which an upstream is called. */
export interface RequestTurn {
  readonly kind: 'request';
  /** The body of the whole request, for HTTP. */
  readonly body: string;
  readonly items: readonly unknown[];
  readonly prepared: JsonRecord;
}

/** A turn that only says ahead what will hold: it is answered here, and nothing is asked upstream. */
export interface WarmUpTurn {
  readonly kind: 'warm-up';
  /** The answer: JSON texts of its events. */
  readonly events: readonly string[];
  readonly memory: ConnectionMemory;
}

/** JsonRecord of the message that belong to the connection and not to a request. */
const ofConnection = [
  'type',
  'generate',
  'previous_response_id',
  'stream_id',
  'background',
  'input',
] as const;

/**
 * Reads one message of a client.
 *
 * @param warmUp what the answer to a warm-up is called and when it is given, in seconds since the epoch
 * @throws RotaError of kind `invalid-request`; with code `previous_response_not_found` the client starts over with
 *   the whole conversation
 */
export function readTurn(
  memory: ConnectionMemory,
  message: string,
  warmUp: { readonly id: string; readonly atS: number },
): RequestTurn | WarmUpTurn {
  const members = recordOf(parseJson(message));
  if (members.type !== 'response.create') {
    throw invalid("A message must be a JSON object with 'type' 'response.create'.", 'type');
  }
  const before = earlier(memory, members.previous_response_id);
  const items = [...(before?.items ?? []), ...itemsOf(members.input)];
  const said = Object.fromEntries(
    Object.entries(members).filter(([name]) => !ofConnection.some((known) => known === name)),
  );
  const request = { ...before?.prepared, ...said };
  if (members.generate === false) return answerWarmUp(warmUp, request, items);
  const body = JSON.stringify({ ...request, input: items, stream: true });
  return { kind: 'request', body, items, prepared: before?.prepared ?? {} };
}

function earlier(memory: ConnectionMemory, id: unknown): ConnectionMemory['last'] {
  if (id === undefined || id === null) return undefined;
  if (memory.last?.responseId === id) return memory.last;
  throw new RotaError({
    kind: 'invalid-request',
    message: `The response ${JSON.stringify(id)} is not the latest of this connection: send the whole conversation, without 'previous_response_id'.`,
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  });
}

function itemsOf(input: unknown): readonly unknown[] {
  if (input === undefined || input === null) return [];
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  if (Array.isArray(input)) return input;
  throw invalid("'input' must be a text or a list of items.", 'input');
}

function answerWarmUp(
  { id, atS }: { readonly id: string; readonly atS: number },
  request: JsonRecord,
  items: readonly unknown[],
): WarmUpTurn {
  const model = typeof request.model === 'string' ? request.model : '';
  const facts = { id, createdAtS: atS, model, output: [] };
  const nothing = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
  const usage = {
    ...nothing,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
  const responses = [
    { type: 'response.created', response: responseObject({ ...facts, status: 'in_progress' }, request) },
    {
      type: 'response.completed',
      response: responseObject({ ...facts, status: 'completed', completedAtS: atS, usage }, request),
    },
  ];
  const events = responses.map(({ type, response }, index) =>
    JSON.stringify({ type, sequence_number: index, response }),
  );
  return { kind: 'warm-up', events, memory: { last: { responseId: id, items, prepared: request } } };
}

const REMEMBERED = /"type"\s*:\s*"response\.(?:output_item\.done|completed|incomplete|failed)"/;

/** Whether `rememberTurn` needs this event, told without parsing it. May say yes too often. */
export function isRemembered(data: string): boolean {
  return REMEMBERED.test(data);
}

/**
 * What the connection knows after a turn. A turn that failed or was cut leaves nothing behind: the client must then
 * send the whole conversation.
 *
 * @param events the JSON texts of the answer's events for which `isRemembered` is true, in their order
 */
export function rememberTurn(turn: RequestTurn, events: readonly string[]): ConnectionMemory {
  const parsed = events.map((data) => recordOf(parseJson(data)));
  const end = parsed.findLast(({ type }) => type === 'response.completed' || type === 'response.incomplete');
  const response = recordOf(end?.response);
  if (typeof response.id !== 'string') return {};
  const done = parsed.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
  // Some servers leave the list empty at the end, because all of it was streamed before.
  const listed = Array.isArray(response.output) && response.output.length > 0 ? response.output : done;
  const items = [...turn.items, ...listed.flatMap(toInput)];
  return { last: { responseId: response.id, items, prepared: turn.prepared } };
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

function invalid(message: string, param: string): RotaError {
  return new RotaError({ kind: 'invalid-request', message, param });
}
