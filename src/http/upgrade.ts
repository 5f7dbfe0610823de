import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RotaError, type Failure } from '../failure.ts';
import { checkDoor } from './guard.ts';
import { checkKey } from './key.ts';
import type { HttpParts } from './parts.ts';
import { commonDialect } from './routes.ts';

/** Paths on which assistants try a WebSocket first. One client takes a 404 for a passing fault and tries seven times; a 426 it believes. */
const upgradable = new Set(['/v1/responses']);

/** An upgrade never reaches Express: Host, Origin and key are checked here again, then it is refused in the way that clients understand. */
export async function refuseUpgrade(parts: HttpParts, request: IncomingMessage, socket: Duplex): Promise<void> {
  socket.on('error', () => socket.destroy());
  const failure = await reason(parts, request);
  const { status, headers, body } = commonDialect.encodeFailure(failure, parts.now());
  const bytes = Buffer.from(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes.length}`,
    'connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]));
}

async function reason(parts: HttpParts, { headers, url = '/' }: IncomingMessage): Promise<Failure> {
  const atDoor = checkDoor(headers, parts.door());
  if (atDoor) return atDoor;
  try {
    const refused = checkKey(headers, parts.localKey.peek() ?? (await parts.localKey.get()));
    if (refused) return refused;
  } catch (error) {
    if (error instanceof RotaError) return error.failure;
    throw error;
  }
  const path = url.split('?', 1)[0] ?? '/';
  if (!upgradable.has(path)) return { kind: 'not-found', message: 'There is nothing to upgrade to here.' };
  const message = 'WebSocket is not served here: use plain HTTP requests and server-sent events.';
  return { kind: 'upgrade-required', message };
}
