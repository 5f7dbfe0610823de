import { writeExactJson } from '../../chat/exact-json.ts';
import { RotaError } from '../../failure.ts';
import { readText, scanBody } from '../body.ts';
import { given, isRecord, parseJson, recordOf, recordsOf } from '../json-value.ts';
import type { EncodedFailure } from '../protocol.ts';

/** Which of the connection's streams a message belongs to: answers of one stream come one after the other. */
export interface Marked {
  readonly streamId?: string;
}

const STREAM_ID = /^[\w.-]{1,256}$/;

/**
 * The stream that a client's message belongs to, found without parsing it: those of another need not wait for it.
 * @throws RotaError of kind `invalid-request`, also where the message is no JSON object
 */
export function streamOf(message: Buffer): Marked {
  const streamId = readText(message, scanBody(message, ['type'], ['stream_id']), 'stream_id');
  if (streamId === undefined || STREAM_ID.test(streamId)) return given({ streamId });
  throw new RotaError({
    kind: 'invalid-request',
    message: "'stream_id' must have 1 to 256 letters, digits, underscores, hyphens and periods.",
    param: 'stream_id',
    code: 'invalid_stream_id',
  });
}

/** Some clients say that they are done with an answer. Nothing follows from it. */
export function isAcknowledgement(message: Buffer): boolean {
  return readText(message, scanBody(message, ['type']), 'type') === 'response.processed';
}

/** Whether an event is the end of an answer that later turns may go on from, told without parsing it. */
export function endsTurn(data: string): boolean {
  // Inside of a text its quotes would be escaped.
  return /"type"\s*:\s*"response\.(?:completed|incomplete)"/.test(data);
}

const lastTypes: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
]);

/** Whether an event is the last of its answer. One that cannot be read is none: its client waits for another. */
export function endsAnswer(data: string): boolean {
  if (!/"(?:response\.(?:completed|incomplete|failed)|error)"/.test(data)) return false;
  return lastTypes.has(recordOf(parseJson(data)).type);
}

/** An event as the message that carries it; none for what is no event, as the `[DONE]` of some servers. */
export function eventMessage(data: string, { streamId }: Marked): readonly string[] {
  const text = data.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return [];
  if (streamId === undefined) return [text];
  const members = text.slice(1, -1).trim();
  return [`{${members}${members === '' ? '' : ','}"stream_id":${writeExactJson(streamId)}}`];
}

/** Of an error's headers what tells a client when to try again, and who has answered. */
const told = /^(?:retry-after|x-)/;

/** An error answer as the message that stands for it: what would be the status and the headers is in it. */
export function errorMessage({ status, headers, body }: EncodedFailure, { streamId }: Marked): string {
  const said = recordOf(parseJson(body)).error;
  const error = isRecord(said) ? said : { message: messageOf(said, status), type: 'server_error' };
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => told.test(name)));
  const stream = streamId === undefined ? {} : { stream_id: streamId };
  return writeExactJson({ type: 'error', status, ...stream, error, headers: kept });
}

function messageOf(error: unknown, status: number): string {
  return typeof error === 'string' ? error : `The upstream answered with the status ${status}.`;
}

/**
 * The events of an answer that came whole where a stream was asked for.
 * @returns undefined where it is no answer
 */
export function eventsOfWhole(body: string): readonly string[] | undefined {
  const response = recordOf(parseJson(body));
  if (response.object !== 'response') return undefined;
  const items = recordsOf(response.output).map((item, index) => ({
    type: 'response.output_item.done',
    output_index: index,
    item,
  }));
  const events = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    ...items,
    { type: response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', response },
  ];
  return events.map((event, index) => writeExactJson({ ...event, sequence_number: index }));
}

/** The headers of the upgrade, as those of a request over HTTP: what says that a WebSocket is wanted is not for the upstream. */
export function requestHeadersOf<Value>(
  headers: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value | string>> {
  const { 'openai-beta': beta, ...rest } = headers;
  const features = typeof beta === 'string' ? beta.split(',').map((feature) => feature.trim()) : [];
  const kept = features.filter((feature) => !feature.startsWith('responses_websockets=')).join(',');
  return {
    ...rest,
    ...(kept === '' ? {} : { 'openai-beta': kept }),
    'content-type': 'application/json',
    accept: 'text/event-stream',
  };
}
