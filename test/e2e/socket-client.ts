import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** A message of the server, parsed. */
export type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** A client of Responses over WebSocket. */
export interface SocketClient {
  readonly socket: WebSocket;
  /** All that came so far. */
  readonly messages: readonly Message[];
  send(message: object | string): void;
  /** Asks for a response. */
  create(members: object): void;
  /** The first message not yet taken that fits, now or later; those before it count as taken. */
  until(fits: (message: Message) => boolean): Promise<Message>;
  /** The messages up to the end of one response, or an error. */
  turn(members: object): Promise<readonly Message[]>;
  /** The code with which the connection was closed, now or later. */
  closed(): Promise<number>;
}

const ends = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

export function isLast({ type }: Message): boolean {
  return ends.has(type);
}

export interface SocketClientOptions {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly autoPong?: boolean;
}

/** Opens a connection. It rejects with `Unexpected server response: STATUS` where the upgrade is refused. */
export async function openSocket(
  url: string,
  key: string,
  { path = '/v1/responses', headers = {}, autoPong = true }: SocketClientOptions = {},
): Promise<SocketClient> {
  const socket = new WebSocket(url.replace('http', 'ws') + path, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    autoPong,
  });
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  let taken = 0;
  let wake: () => void = () => undefined;
  let code: number | undefined;
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as Message);
    wake();
  });
  const over = new Promise<number>((resolve) => socket.on('close', resolve));
  void over.then((closeCode) => {
    code = closeCode;
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  const changed = (): Promise<void> => new Promise((resolve) => (wake = resolve));

  const client: SocketClient = {
    socket,
    messages,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    create: (members) => client.send({ type: 'response.create', ...members }),
    async until(fits) {
      for (;;) {
        const at = messages.findIndex((message, index) => index >= taken && fits(message));
        const found = messages[at];
        if (found) {
          taken = at + 1;
          return found;
        }
        if (code !== undefined) throw new Error(`The connection was closed with ${code}.`);
        await changed();
      }
    },
    async turn(members) {
      const first = taken;
      client.create(members);
      await client.until(isLast);
      return messages.slice(first, taken);
    },
    closed: () => over,
  };
  return client;
}
