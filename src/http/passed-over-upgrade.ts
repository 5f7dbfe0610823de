import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Whether an upgrade asks for a WebSocket, be it in words that are not in order. */
export function asksForSocket({ headers }: IncomingMessage): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? '');
}

/**
 * Serves a request as if it offered no other protocol, as RFC 9110 §7.8 allows. Java's own client offers HTTP/2 with each
 * request to a plain address, and Node takes every offer off the parser: the request is put together again without it and
 * goes through the server from the beginning, the door included. Whoever sends the next one without waiting for the
 * answer, which no client with an offer does, is let go with the keep-alive time.
 * @param head what has come behind the request's headers
 */
export function passOverUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.unshift(Buffer.concat([Buffer.from(headersOf(request), 'latin1'), head]));
  server.emit('connection', socket);
}

/** Headers that belong to the offer. */
const OFFER = new Set(['upgrade', 'http2-settings']);

function headersOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    if (OFFER.has(name.toLowerCase())) continue;
    lines.push(`${name}: ${name.toLowerCase() === 'connection' ? withoutOffer(value) : value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function withoutOffer(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !OFFER.has(option.toLowerCase())).join(', ');
}
