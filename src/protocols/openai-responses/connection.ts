import { writeExactJson } from '../../chat/exact-json.ts';
import { RotaError } from '../../failure.ts';
import { given, parseJson, recordOf, textOf, writeBody, type JsonRecord } from '../json-value.ts';
import { keepTurn, type ConnectionMemory, type KeptTurn } from './connection-memory.ts';
import { responseObject } from './response-object.ts';
import { encodeUsage } from './usage.ts';

/** A turn for which an upstream is called. */
export interface RequestTurn {
  readonly kind: 'request';
  /** The body of the whole request, for HTTP. */
  readonly body: string;
  /** Which of the connection's conversations it belongs to, where the client says so: its events must say the same. */
  readonly streamId?: string;
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
  const streamId = textOf(members.stream_id);
  if (members.generate === false) {
    const events = warmUpEvents(warmUp, request, streamId);
    return {
      kind: 'warm-up',
      events,
      memory: keepTurn(memory, { responseId: warmUp.id, items, prepared: request }),
    };
  }
  const body = writeBody({ ...request, input: items, stream: true });
  return { kind: 'request', body, items, prepared: before?.prepared ?? {}, ...given({ streamId }) };
}

function earlier(memory: ConnectionMemory, id: unknown): KeptTurn | undefined {
  if (id === undefined || id === null) return undefined;
  const kept = memory.turns.findLast(({ responseId }) => responseId === id);
  if (kept) return kept;
  throw new RotaError({
    kind: 'invalid-request',
    message: `The response ${writeExactJson(id)} is not known on this connection: send the whole conversation, without 'previous_response_id'.`,
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

function warmUpEvents(
  { id, atS }: { readonly id: string; readonly atS: number },
  request: JsonRecord,
  streamId: string | undefined,
): readonly string[] {
  const facts = { id, createdAtS: atS, model: textOf(request.model) ?? '', output: [] };
  const done = { ...facts, status: 'completed', completedAtS: atS, usage: encodeUsage({}) } as const;
  const events = [
    { type: 'response.created', response: responseObject({ ...facts, status: 'in_progress' }, request) },
    { type: 'response.completed', response: responseObject(done, request) },
  ];
  const marks = given({ stream_id: streamId });
  return events.map(({ type, response }, index) =>
    writeExactJson({ type, sequence_number: index, ...marks, response }),
  );
}

function invalid(message: string, param: string): RotaError {
  return new RotaError({ kind: 'invalid-request', message, param });
}
