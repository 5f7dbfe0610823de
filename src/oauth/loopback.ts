import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RotaError } from '../failure.ts';
import { Secret } from '../secret.ts';
import { isLoopbackAuthority } from './addresses.ts';
import { writePage } from './callback-page.ts';
import { signInError } from './sign-in-failure.ts';

/** Where a provider is to send the browser back to (RFC 8252 §7.3). */
export interface RedirectTarget {
  /** `127.0.0.1`, `::1`, or `localhost`, which means both. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly path: string;
}

/** What the sign-in makes of a callback: not its own, so that waiting goes on; too late; or its own. */
export type Reception =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'used' }
  | { readonly kind: 'taken'; readonly ending: Promise<'done' | 'failed'> };

export interface LoopbackListener {
  readonly redirectUri: string;
  /** Hands every well-formed callback to `receive`; before this, callbacks are ignored. */
  onCallback(receive: (query: URLSearchParams) => Reception): void;
  /** Finishes the page that is being answered, then closes every socket. */
  close(): Promise<void>;
}

/** How often a free port is looked for that is free on both families. */
const portTries = 5;

/**
 * Opens a listener for one callback on the loopback interface, at one exact path.
 * @throws RotaError `sign-in`/`listener` where it cannot: the port is taken, or the host is not this machine.
 */
export async function openListener(target: RedirectTarget): Promise<LoopbackListener> {
  const path = new Secret(target.path);
  const replies = new Set<Promise<void>>();
  let receive: (query: URLSearchParams) => Reception = () => ({ kind: 'ignored' });

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const query = acceptedQuery(request, response, path);
    if (query === undefined) return;
    const reception = receive(query);
    if (reception.kind !== 'taken') return writePage(response, reception.kind);
    const reply = answerWhenEnded(response, reception.ending).finally(() => replies.delete(reply));
    replies.add(reply);
  };

  const { servers, port } = await listenOn(target, handle);
  const { host } = target;
  return {
    redirectUri: `http://${host === '::1' ? '[::1]' : host}:${port}${target.path}`,
    onCallback(handler) {
      receive = handler;
    },
    async close() {
      await Promise.all(replies);
      await Promise.all(servers.map(closeServer));
    },
  };
}

/** The query of a request that may be a callback; any other request is answered here. */
function acceptedQuery(
  request: IncomingMessage,
  response: ServerResponse,
  path: Secret,
): URLSearchParams | undefined {
  const target = request.url ?? '';
  const mark = target.indexOf('?');
  const requested = mark === -1 ? target : target.slice(0, mark);
  // A page elsewhere that rebinds its own name to this machine gives itself away by its Host.
  if (!isLoopbackAuthority(request.headers.host)) writePage(response, 'wrong-host');
  else if (!path.equals(requested)) writePage(response, 'not-found');
  else if (request.method !== 'GET') writePage(response, 'wrong-method');
  else return new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1));
  return undefined;
}

async function answerWhenEnded(response: ServerResponse, ending: Promise<'done' | 'failed'>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  writePage(response, await Promise.race([ending, closed.then(() => 'failed' as const)]));
  await closed;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listenOn(
  target: RedirectTarget,
  handle: Handler,
): Promise<{ servers: readonly Server[]; port: number }> {
  if (!['127.0.0.1', '::1', 'localhost'].includes(target.host)) {
    throw signInError(
      'listener',
      `The sign-in cannot be received on ${target.host}: it is not this machine.`,
    );
  }
  const first = target.host === '::1' ? '::1' : '127.0.0.1';
  for (let tries = 1; ; tries += 1) {
    const server = await listen(first, target.port, handle).catch((error: unknown) => {
      throw listenerError(error, target.port);
    });
    const { port } = server.address() as AddressInfo;
    if (target.host !== 'localhost') return { servers: [server], port };
    try {
      return { servers: [server, await listen('::1', port, handle)], port };
    } catch (error) {
      if (!isTaken(error)) return { servers: [server], port }; // no IPv6 on this machine
      await closeServer(server);
      if (target.port !== 0 || tries === portTries) throw listenerError(error, port);
    }
  }
}

function listen(address: string, port: number, handle: Handler): Promise<Server> {
  const server = createServer(handle);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function isTaken(error: unknown): boolean {
  return systemCode(error) === 'EADDRINUSE';
}

function systemCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function listenerError(error: unknown, port: number): RotaError {
  const message = isTaken(error)
    ? `Port ${port}, which the provider demands for the sign-in, is taken by another program. End that program (perhaps another sign-in) and try again.`
    : `The sign-in cannot be received on this machine (${systemCode(error) ?? 'unknown error'} on port ${port}).`;
  return signInError('listener', message);
}
