import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A forward proxy that knows no other host than this machine, so that a program that heeds proxies cannot leave it. */
export interface LoopbackProxy {
  readonly url: string;
  /** Hosts that were asked for and refused, since last asked. */
  refused(): readonly string[];
  close(): Promise<void>;
}

export async function startLoopbackProxy(): Promise<LoopbackProxy> {
  const refused = new Set<string>();
  const tunnels = new Set<Duplex>();

  const server = createServer((from, to) => {
    const url = urlOf(from.url ?? '');
    if (url === undefined || !isHere(url)) {
      refused.add(url?.hostname ?? 'no host');
      to.writeHead(403).end();
      return;
    }
    const onward = request(url, { method: from.method, headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    onward.on('error', () => to.destroy());
    from.pipe(onward);
  });
  server.on('connect', (from, socket: Duplex) => {
    const url = urlOf(`http://${from.url ?? ''}`);
    socket.on('error', () => undefined);
    if (url === undefined || !isHere(url)) {
      refused.add(url?.hostname ?? 'no host');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const onward = connect(Number(url.port === '' ? 80 : url.port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    tunnels.add(socket);
    socket.on('close', () => {
      tunnels.delete(socket);
      onward.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    refused() {
      const hosts = [...refused];
      refused.clear();
      return hosts;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const tunnel of tunnels) tunnel.destroy();
      await closed;
    },
  };
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isHere({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
