import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RotaError } from '../failure.ts';
import { makeApp } from './app.ts';
import type { Closing, HttpParts } from './parts.ts';
import { withPresetPrototypes } from './preset-prototypes.ts';
import { refuseUpgrade } from './upgrade.ts';

const HEADERS_MS = 15_000;
const REQUEST_MS = 120_000;
/** Longer than clients keep an idle connection, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000;
const CHECK_MS = 1000;
const MAX_HEADER_BYTES = 32_768;
const MAX_CONNECTIONS = 4096;

export interface ListeningServer {
  readonly port: number;
  /** For a person, as in `http://127.0.0.1:8317`. */
  readonly url: string;
  /** Refuses new requests, lets those under way finish, and breaks off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** @throws RotaError of kind `port-taken`, or Node's own error where the address cannot be listened on */
export async function listen(parts: HttpParts, host: string, port: number): Promise<ListeningServer> {
  const closing: Closing = { failure: undefined };
  const app = makeApp(parts, closing);
  const makeServer = () => {
    const server = createServer(
      {
        ...withPresetPrototypes(app),
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
        noDelay: true,
      },
      app,
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.on('upgrade', (request, socket) => void refuseUpgrade(parts, request, socket));
    server.on('clientError', refuseBroken);
    return server;
  };

  const server = makeServer();
  await bind(server, host, port);
  const actualPort = (server.address() as AddressInfo).port;
  const servers = [server];
  if (host === '127.0.0.1' || host === 'localhost') {
    const second = makeServer();
    try {
      await bind(second, '::1', actualPort);
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
      await Promise.all(servers.map((one) => closeServer(one, graceMs)));
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      reject(new RotaError({ kind: 'port-taken', port, message: `Port ${port} is taken.` }, { cause: error }));
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** What is no HTTP, too slow or too large in its headers gets a word where the connection still takes one. */
function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
