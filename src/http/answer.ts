import type { ServerResponse } from 'node:http';
import type { Failure } from '../failure.ts';
import type { HttpParts } from './parts.ts';
import { commonDialect } from './routes.ts';

/** What an answer carries besides its own: the request's id, CORS for an allowed origin. */
export interface Context {
  readonly requestId: string;
  readonly extra: readonly string[];
}

export function sendJson(response: ServerResponse, status: number, body: object, { requestId, extra }: Context): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const length = String(bytes.length);
  const headers = ['content-type', 'application/json', 'content-length', length, 'x-request-id', requestId, ...extra];
  response.writeHead(status, headers).end(bytes);
}

export function sendFailure(
  { now }: Pick<HttpParts, 'now'>,
  response: ServerResponse,
  failure: Failure,
  { requestId, extra }: Context,
): void {
  if (response.headersSent || response.destroyed) return;
  const { status, headers, body } = commonDialect.encodeFailure(failure, now());
  const bytes = Buffer.from(body);
  const own = ['content-length', String(bytes.length), 'x-request-id', requestId];
  response.writeHead(status, [...Object.entries(headers).flat(), ...own, ...extra]).end(bytes);
}
