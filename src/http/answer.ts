import type { IncomingMessage, ServerResponse } from 'node:http';
import { RotaError, type Failure } from '../failure.ts';
import { dialectOf } from './dialect.ts';
import type { HttpParts } from './parts.ts';

/** How long the rest of a body that nobody wants is thrown away for, in milliseconds. */
const DISCARD_MS = 5000;

/** What an answer carries besides its own: the request's id, CORS for an allowed origin. */
export interface Context {
  readonly requestId: string;
  readonly extra: readonly string[];
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  { requestId, extra }: Context,
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const length = String(bytes.length);
  const headers = [
    'content-type',
    'application/json',
    'content-length',
    length,
    'x-request-id',
    requestId,
    ...extra,
  ];
  response.writeHead(status, headers).end(bytes);
}

/**
 * Tells a client why it gets nothing. Most clients look for an answer only when they have sent their whole body, and a
 * connection that is closed under them loses it (RFC 9112 §9.6): what is still to come is thrown away for a moment, then
 * the connection is closed.
 */
export function refuse(
  { now, log }: HttpParts,
  request: IncomingMessage,
  response: ServerResponse,
  failure: Failure,
  { requestId, extra }: Context,
): void {
  if (response.writableEnded || response.destroyed) return;
  if (response.headersSent) {
    // In the middle of an answer there is no other way to say that it is not whole.
    response.destroy();
    return;
  }
  log.debug('refused at the door', { request: requestId, reason: failure.kind });
  const { status, headers, body } = dialectOf(request).encodeFailure(failure, now());
  const bytes = Buffer.from(body);
  const own = ['content-length', String(bytes.length), 'x-request-id', requestId, ...extra];
  const fields = [...Object.entries(headers).flat(), ...own];
  if (request.complete || !hasBody(request)) {
    response.writeHead(status, fields).end(bytes);
    return;
  }
  response.writeHead(status, [...fields, 'connection', 'close']).write(bytes);
  const end = () => void response.end();
  const timer = setTimeout(end, DISCARD_MS);
  request.once('end', end);
  response.once('close', () => clearTimeout(timer));
  request.resume();
}

/** What is no failure of ours is a bug: the log has all of it, the client the request's id and nothing else. */
export function failureOf({ log }: Pick<HttpParts, 'log'>, error: unknown, requestId: string): Failure {
  if (error instanceof RotaError) return error.failure;
  if (error instanceof URIError) return { kind: 'not-found', message: 'The path is not properly encoded.' };
  log.error('a bug in Rota', { request: requestId, error });
  const message = `Rota failed on this request. The log has the details under ${requestId}.`;
  return { kind: 'internal', requestId, message };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
