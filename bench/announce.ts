import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on any free port of loopback and says so on stdout, in the words of `proxy serve`. */
export function announce(server: Server, name: string): void {
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${name} is listening on http://127.0.0.1:${port}\n`);
  });
}
