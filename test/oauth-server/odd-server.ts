import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OddRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface OddAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string as it is; `cut` breaks the connection in the middle of a body, `silence` never answers. */
  readonly body?: object | string;
  readonly manner?: 'cut' | 'silence';
}

export interface OddServer {
  readonly origin: string;
  readonly requests: readonly OddRequest[];
  close(): Promise<void>;
}

/** A server on the loopback interface that answers as a test wants it, for what a real one never does. */
export async function startOddServer(answer: (request: OddRequest) => OddAnswer): Promise<OddServer> {
  const requests: OddRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      requests.push(seen);
      const { status = 200, headers: given, body = '', manner } = answer(seen);
      if (manner === 'silence') return;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const type = typeof body === 'string' ? 'text/plain' : 'application/json';
      const cut = manner === 'cut' ? { 'content-length': String(text.length + 1) } : {};
      response.writeHead(status, { 'content-type': type, ...cut, ...given });
      if (manner === 'cut') response.write(text, () => response.destroy());
      else response.end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An unsigned stand-in for an id token: what counts is its claims, for TLS stands for the signature. */
export function unsignedIdToken(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.${Buffer.from('signature').toString('base64url')}`;
}
