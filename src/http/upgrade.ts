import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Failure } from '../failure.ts';
import { failureOf } from './answer.ts';
import { checkDoor, checkForm } from './guard.ts';
import { checkKey } from './key.ts';
import { lastWord } from './last-word.ts';
import type { HttpParts } from './parts.ts';
import { commonDialect } from './routes.ts';

/** Paths on which assistants try a WebSocket first. One client takes a 404 for a passing fault and tries seven times; a 426 it believes. */
const upgradable = new Set(['/v1/responses', '/responses']);

/**
 * An upgrade never reaches Express: Host, Origin and key are checked here again, then it is refused in the way that
 * clients understand. Never rejects.
 */
export async function refuseUpgrade(
  parts: HttpParts,
  request: IncomingMessage,
  socket: Duplex,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const requestId = parts.newRequestId();
  const failure = await reason(parts, request).catch((error: unknown) => failureOf(parts, error, requestId));
  const { status, headers, body } = commonDialect.encodeFailure(failure, parts.now());
  const bytes = Buffer.from(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes.length}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  lastWord(socket, Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]));
}

async function reason(parts: HttpParts, request: IncomingMessage): Promise<Failure> {
  const { headers, url = '/' } = request;
  const atDoor = checkForm(request) ?? checkDoor(headers, parts.door());
  if (atDoor) return atDoor;
  const refused = checkKey(request, parts.localKey.peek() ?? (await parts.localKey.get()), commonDialect);
  if (refused) return refused;
  const path = url.split('?', 1)[0] ?? '/';
  if (!upgradable.has(path)) return { kind: 'not-found', message: 'There is nothing to upgrade to here.' };
  const message = 'WebSocket is not served here: use plain HTTP requests and server-sent events.';
  return { kind: 'upgrade-required', message };
}
