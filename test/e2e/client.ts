import { request, type IncomingHttpHeaders } from 'node:http';

/** What a client got, byte for byte. */
export interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** How the connection failed; undefined where the answer came to its proper end. */
  readonly error: string | undefined;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** A client that follows, decodes and hides nothing, on a connection of its own. */
export async function send(url: string, { method = 'POST', headers = {}, body }: Sent): Promise<Received> {
  return new Promise((resolve) => {
    let status: number | undefined;
    let received: IncomingHttpHeaders = {};
    const pieces: Buffer[] = [];
    const done = (error?: NodeJS.ErrnoException): void => {
      const whole = Buffer.concat(pieces);
      resolve({ status, headers: received, body: whole, text: whole.toString(), error: error?.code });
    };
    const call = request(url, { method, headers, agent: false }, (response) => {
      status = response.statusCode;
      received = response.headers;
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', done);
      response.on('end', () => done());
    });
    call.on('error', done);
    call.end(body);
  });
}

export interface Opened {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Resolves when so many bytes have come. */
  bytes(count: number): Promise<void>;
  /** Resolves with all that came, when the answer is over. */
  end(): Promise<Buffer>;
  hangUp(): void;
}

/** A client that looks at an answer while it comes. */
export async function open(url: string, { method = 'POST', headers = {}, body }: Sent): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        size += piece.length;
        response.emit('grown');
      });
      const over = new Promise<Buffer>((ended, failed) => {
        response.on('end', () => ended(Buffer.concat(pieces)));
        response.on('error', failed);
      });
      over.catch(() => undefined);
      resolve({
        status: response.statusCode,
        headers: response.headers,
        bytes: async (count) =>
          new Promise((reached) => {
            const look = (): void => {
              if (size >= count) reached();
              else response.once('grown', look);
            };
            look();
          }),
        end: async () => over,
        hangUp: () => call.destroy(),
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** The data of each event of a stream, in order. */
export function eventsOf(text: string): readonly string[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/u)
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => frame.slice('data: '.length));
}
