import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Failure } from '../failure.ts';
import { failureOf } from './answer.ts';
import { checkDoor, checkForm } from './guard.ts';
import { checkKey } from './key.ts';
import { lastWord } from './last-word.ts';
import type { Closing, HttpParts } from './parts.ts';
import { commonDialect, socketPaths } from './routes.ts';
import { isOpening, type Sockets } from './sockets.ts';

/**
 * An upgrade never reaches Express: Host, Origin and key are checked here again, before a WebSocket is opened or the
 * upgrade is refused in the way that clients understand. Never rejects.
 */
export async function upgrade(
  parts: HttpParts,
  closing: Closing,
  sockets: Sockets,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  const requestId = parts.newRequestId();
  const failure = await reason(parts, closing, request).catch((error: unknown) =>
    failureOf(parts, error, requestId),
  );
  if (failure) return refuseUpgrade(parts, requestId, failure, socket);
  try {
    await sockets.accept(request, socket, head);
  } catch (error) {
    failureOf(parts, error, requestId);
    socket.destroy();
  }
}

function refuseUpgrade(parts: HttpParts, requestId: string, failure: Failure, socket: Duplex): void {
  parts.log.debug('refused at the door', { request: requestId, reason: failure.kind });
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

async function reason(
  parts: HttpParts,
  closing: Closing,
  request: IncomingMessage,
): Promise<Failure | undefined> {
  const { headers, url = '/' } = request;
  const atDoor = checkForm(request) ?? checkDoor(headers, parts.door()) ?? closing.failure;
  if (atDoor) return atDoor;
  const refused = checkKey(request, parts.localKey.peek() ?? (await parts.localKey.get()), commonDialect);
  if (refused) return refused;
  const path = url.split('?', 1)[0] ?? '/';
  if (!socketPaths.has(path)) return { kind: 'not-found', message: 'There is nothing to upgrade to here.' };
  if (isOpening(request)) return undefined;
  // One client takes a 404 for a passing fault and tries seven times; a 426 it believes.
  const message = 'Only WebSocket, version 13, is spoken here besides plain HTTP requests.';
  return { kind: 'upgrade-required', message };
}
