import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Closing, HttpParts } from './parts.ts';
import { openSession, type Session } from './socket-session.ts';

/** What keeps a connection from being held for nothing. In milliseconds. */
export interface SocketLimits {
  /** How often a client is asked whether it is still there. */
  readonly pingMs: number;
  /** How long a connection is kept on which nothing is asked. */
  readonly idleMs: number;
}

export const defaultSocketLimits: SocketLimits = { pingMs: 30_000, idleMs: 15 * 60_000 };

/** A client that owes so many answers while it waits for one of ours is gone, or has stopped. */
const MOST_UNHEARD = 3;
/** How long a client has to agree to the end. */
const CLOSE_MS = 2000;

export interface Sockets {
  /** Takes over a connection whose upgrade has passed the door. */
  accept(request: IncomingMessage, wire: Duplex, head: Buffer): Promise<void>;
  /** Lets answers under way finish for at most `graceMs`, and closes each connection as it has none. */
  close(graceMs: number): void;
}

/** Whether it is the opening of a WebSocket as RFC 6455 §4.2.1 has it. */
export function isOpening({ method, headers }: IncomingMessage): boolean {
  const key = headers['sec-websocket-key'] ?? '';
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    /^[+/0-9A-Za-z]{22}==$/.test(key)
  );
}

export function makeSockets(parts: HttpParts, closing: Closing, limits: SocketLimits): Sockets {
  const open = new Map<WebSocket, Session>();

  function take(socket: WebSocket, wire: Duplex, request: IncomingMessage): void {
    const session = openSession({ ...parts, closing, socket, wire, request });
    open.set(socket, session);
    watch(socket, session, limits);
    // Of bad frames and messages that are too large: the library has closed the connection with the code for it.
    socket.on('error', (error) => parts.log.debug('a WebSocket connection failed', { error }));
    socket.on('close', (code) => {
      open.delete(socket);
      parts.log.debug('a WebSocket connection is over', { code });
    });
    if (closing.failure) session.finish();
  }

  return {
    async accept(request, wire, head) {
      // Only some clients want it, and all wait for the start.
      const { WebSocketServer } = await import('ws');
      // Each its own: the limit may have been changed in the settings.
      const options = {
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: parts.maxBodyBytes(),
        // A subprotocol may be a key in disguise: none is chosen, and none repeated.
        handleProtocols: () => false as const,
        closeTimeout: CLOSE_MS,
      };
      const server = new WebSocketServer(options);
      server.handleUpgrade(request, wire, head, (socket) => take(socket, wire, request));
    },
    close(graceMs) {
      for (const session of open.values()) session.finish();
      const end = () => {
        for (const socket of open.keys()) socket.terminate();
      };
      setTimeout(end, graceMs).unref();
    },
  };
}

/** Ends a connection that nobody uses, or at whose other end nobody is. */
function watch(socket: WebSocket, session: Session, { pingMs, idleMs }: SocketLimits): void {
  let unheard = 0;
  let usedAt = performance.now();
  const heard = () => void (unheard = 0);
  const timer = setInterval(() => {
    if (session.unanswered() > 0) {
      usedAt = performance.now();
      if (unheard >= MOST_UNHEARD) return socket.terminate();
    } else if (performance.now() - usedAt >= idleMs) {
      return socket.close(1000, 'Nothing was asked for a long time.');
    }
    unheard += 1;
    socket.ping();
  }, pingMs);
  socket.on('message', () => {
    heard();
    usedAt = performance.now();
  });
  socket.on('ping', heard);
  socket.on('pong', heard);
  socket.on('close', () => clearInterval(timer));
}
