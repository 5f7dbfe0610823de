import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { OwnCertificate } from './certificate.ts';

export interface EgressProxy {
  readonly address: string;
  /** Where it was asked to connect to, as `host:port`, in order. */
  readonly tunnels: readonly string[];
}

/** A real proxy on the loopback interface that tunnels (RFC 9110 §9.3.6, CONNECT). */
export async function startHttpProxy(): Promise<EgressProxy> {
  return tunnelling(
    createServer((_request, response) => void response.writeHead(405).end()),
    'http',
  );
}

/** The same behind TLS, so that nobody between here and the proxy sees which provider is asked for. */
export async function startHttpsProxy({ certificate, key }: OwnCertificate): Promise<EgressProxy> {
  return tunnelling(createTlsServer({ cert: certificate, key }), 'https');
}

function tunnelling(server: ReturnType<typeof createServer>, scheme: string): Promise<EgressProxy> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    tunnels.push(`${hostname}:${port}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      join(client, upstream, sockets);
    });
    upstream.on('error', () => client.destroy());
  });
  return listening(server, scheme, tunnels, sockets);
}

/** The same by RFC 1928 without a password: greeting, choice, CONNECT to an IPv4 address or a name. */
export async function startSocksProxy(): Promise<EgressProxy> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const server = createSocketServer((client) => {
    client.on('error', () => undefined);
    client.once('data', () => {
      client.write(Buffer.of(5, 0));
      client.once('data', (asked: Buffer) => {
        const isName = asked[3] === 3;
        const end = isName ? 5 + asked.readUInt8(4) : 8;
        const host = isName ? asked.toString('latin1', 5, end) : asked.subarray(4, end).join('.');
        const port = asked.readUInt16BE(end);
        tunnels.push(`${host}:${port}`);
        const upstream = connect(port, host, () => {
          client.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
          join(client, upstream, sockets);
        });
        upstream.on('error', () => client.destroy());
      });
    });
  });
  return listening(server, 'socks5', tunnels, sockets);
}

function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const socket of [client, upstream]) {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }
  client.pipe(upstream).pipe(client);
}

async function listening(
  server: ReturnType<typeof createSocketServer>,
  scheme: string,
  tunnels: readonly string[],
  sockets: ReadonlySet<Socket>,
): Promise<EgressProxy> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return { address: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}
