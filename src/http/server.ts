import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RotaError } from '../failure.ts';
import { refuse } from './answer.ts';
import type { Logger } from '../log/logger.ts';
import { makeApp } from './app.ts';
import { checkForm } from './guard.ts';
import { lastWord } from './last-word.ts';
import type { Closing, HttpParts } from './parts.ts';
import { asksForSocket, passOverUpgrade } from './passed-over-upgrade.ts';
import { withPresetPrototypes } from './preset-prototypes.ts';
import { defaultSocketLimits, makeSockets, type SocketLimits } from './sockets.ts';
import { upgrade } from './upgrade.ts';

/** What a client can use up of this server. Times are in milliseconds. */
export interface ServerLimits {
  /** For all headers of a request, and for a connection that sends nothing. */
  readonly headersMs: number;
  /** For a whole request, its body included. */
  readonly requestMs: number;
  /** Idle between two requests; longer than clients keep a connection, so that it is they who close it. */
  readonly keepAliveMs: number;
  /** How often the first two are looked after. */
  readonly checkMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  readonly sockets: SocketLimits;
}

export const defaultLimits: ServerLimits = {
  headersMs: 15_000,
  requestMs: 120_000,
  keepAliveMs: 75_000,
  checkMs: 1000,
  maxHeaderBytes: 32_768,
  maxConnections: 4096,
  sockets: defaultSocketLimits,
};

export interface ListeningServer {
  readonly port: number;
  /** For a person, as in `http://127.0.0.1:8317`. */
  readonly url: string;
  /** Refuses new requests, lets those under way finish, and breaks off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** @throws RotaError of kind `port-taken`, or Node's own error where the address cannot be listened on */
export async function listen(
  parts: HttpParts,
  host: string,
  port: number,
  limits: ServerLimits = defaultLimits,
): Promise<ListeningServer> {
  const closing: Closing = { failure: undefined };
  const app = makeApp(parts, closing);
  const sockets = makeSockets(parts, closing, limits.sockets);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const failure = checkForm(request);
    if (failure) refuse(parts, request, response, failure, { requestId: parts.newRequestId(), extra: [] });
    else app(request, response);
  };
  const makeServer = () => {
    const server = createServer(
      {
        ...withPresetPrototypes(app),
        headersTimeout: limits.headersMs,
        requestTimeout: limits.requestMs,
        keepAliveTimeout: limits.keepAliveMs,
        connectionsCheckingInterval: limits.checkMs,
        maxHeaderSize: limits.maxHeaderBytes,
        noDelay: true,
      },
      onRequest,
    );
    server.maxConnections = limits.maxConnections;
    server.on('checkContinue', onRequest);
    server.on('upgrade', (request, socket, head) => {
      if (asksForSocket(request)) void upgrade(parts, closing, sockets, request, socket, head);
      else passOverUpgrade(server, request, socket, head);
    });
    server.on('clientError', refuseBroken);
    return server;
  };

  const server = makeServer();
  await bind(server, host, port, parts.log);
  const actualPort = (server.address() as AddressInfo).port;
  const servers = [server];
  if (host === '127.0.0.1' || host === 'localhost') {
    const second = makeServer();
    try {
      await bind(second, '::1', actualPort, parts.log);
      servers.push(second);
    } catch {
      // The machine has no IPv6, or something else holds that port there: 127.0.0.1 is what we promise.
      parts.log.debug('not listening on [::1]', { port: actualPort });
    }
  }
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    port: actualPort,
    url: `http://${name}:${actualPort}`,
    async close(graceMs) {
      closing.failure = { kind: 'shutting-down', message: 'Rota is shutting down. Try again in a moment.' };
      sockets.close(graceMs);
      await Promise.all(servers.map((one) => closeServer(one, graceMs)));
    },
  };
}

function bind(server: Server, host: string, port: number, log: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      reject(
        new RotaError({ kind: 'port-taken', port, message: `Port ${port} is taken.` }, { cause: error }),
      );
    });
    // Later errors are of accepting a connection (too many open files): that one is lost, the server goes on.
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners('error');
      server.on('error', (error) => log.error('a connection could not be accepted', { error }));
      resolve();
    });
  });
}

/** How often, while closing, connections are let go whose answer has come to its end, in milliseconds. */
const LET_GO_MS = 50;

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    // Node closes what is idle at this moment; a connection that is kept alive after its answer would be waited for.
    const letGo = setInterval(() => server.closeIdleConnections(), LET_GO_MS);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(letGo);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/**
 * What is no HTTP, too slow or too large in its headers gets a word, unless an answer may be under way on the
 * connection: a status line in the middle of it would be taken for a part of it.
 */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Having been told once, the client is sending the rest of what was refused.
  if (socket.writableEnded) return;
  const isUsed = !(socket instanceof Socket) || socket.bytesWritten > 0;
  if (!socket.writable || error.code === 'ECONNRESET' || isUsed) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  lastWord(socket, `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
