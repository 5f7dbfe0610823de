import { connect, type Socket } from 'node:net';

/** What came back on a connection, as it stood on the wire. */
export interface RawAnswer {
  /** 0 where nothing came that begins like an answer. */
  readonly status: number;
  /** Lower-case names; of several with one name the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly text: string;
  /** The server closed the connection, or broke it off, or it was still open when the first answer was whole. */
  readonly end: 'closed' | 'reset' | 'open';
}

export interface RawOptions {
  readonly address?: string;
  /** Waits for the end of the connection although the first answer is whole. */
  readonly untilClosed?: boolean;
  readonly timeoutMs?: number;
  /** What the socket is used for beyond the first bytes. */
  onConnect?(socket: Socket): void;
}

/** Sends bytes as they are: nothing is normalised, completed or refused on this side. */
export function raw(port: number, bytes: string | Buffer, options: RawOptions = {}): Promise<RawAnswer> {
  const { address = '127.0.0.1', untilClosed = false, timeoutMs = 30_000, onConnect } = options;
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect({ port, host: address, allowHalfOpen: false });
    const timer = setTimeout(() => {
      socket.destroy();
      const text = Buffer.concat(pieces).toString('latin1');
      reject(
        new Error(
          `The server neither answered nor closed within ${timeoutMs} ms: ${JSON.stringify(text.slice(0, 300))}`,
        ),
      );
    }, timeoutMs);
    const finish = (end: RawAnswer['end']) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parse(Buffer.concat(pieces).toString('latin1'), end));
    };
    socket.on('connect', () => {
      socket.write(bytes);
      onConnect?.(socket);
    });
    socket.on('data', (piece) => {
      pieces.push(piece);
      if (!untilClosed && isWhole(Buffer.concat(pieces).toString('latin1'))) finish('open');
    });
    socket.on('error', () => finish('reset'));
    socket.on('close', () => finish('closed'));
  });
}

/** A request without a body, from its first line and its headers. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** The `error` member of an answer in OpenAI's shape; throws where it is none. */
export function errorIn(body: string): {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
} {
  return (JSON.parse(body) as { error: { message: string; type: string; code: string | null } }).error;
}

function parse(text: string, end: RawAnswer['end']): RawAnswer {
  const [top = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = top.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0);
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { status, headers, body: rest.join('\r\n\r\n'), text, end };
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1];
  return length !== undefined && text.length >= headEnd + 4 + Number(length);
}
