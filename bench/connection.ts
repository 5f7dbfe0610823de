import { connect, type Socket } from 'node:net';
import type { Target } from './targets.ts';
import type { Workload } from './workloads.ts';

/** What an answer's bytes told so far; times in milliseconds of `performance.now`. */
export interface Answer {
  readonly sentAt: number;
  readonly firstByteAt: number;
  readonly endedAt: number;
  /** Of the body, with its framing. */
  readonly bytes: number;
  /** What is wrong with it. */
  readonly failure: string | undefined;
}

export interface Connection {
  /** Sends the request and resolves with its answer; one at a time. `onFirst` is told of the first byte of the body. */
  send(onFirst?: () => void): Promise<Answer>;
  destroy(): void;
}

const TERMINATOR = Buffer.from('0\r\n\r\n');

/**
 * A client's connection on a bare socket. An HTTP client would take as much of the machine as what is measured: this
 * one sends the same bytes each time, and of an answer reads the status, the framing and the end.
 */
export function openConnection(target: Target, workload: Workload): Connection {
  const bytes = requestBytes(target, workload);
  const socket: Socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true });
  let current: Reading | undefined;
  socket.on('data', (chunk) => current?.take(chunk));
  socket.on('error', (error) => current?.fail(error.message));
  socket.on('close', () => current?.fail('the connection was closed'));
  return {
    send(onFirst) {
      return new Promise((resolve) => {
        current = startReading(workload, onFirst, (answer) => {
          current = undefined;
          resolve(answer);
        });
        socket.write(bytes);
      });
    },
    destroy: () => void socket.destroy(),
  };
}

function requestBytes({ port, key }: Target, { body }: Workload): Buffer {
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    'accept: application/json',
    'user-agent: OpenAI/JS 6.0.0',
    'x-stainless-lang: js',
    'x-stainless-package-version: 6.0.0',
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

interface Reading {
  take(chunk: Buffer): void;
  fail(reason: string): void;
}

function startReading(
  { answerBytes }: Workload,
  onFirst: (() => void) | undefined,
  done: (answer: Answer) => void,
): Reading {
  const sentAt = performance.now();
  let head: Buffer | undefined = Buffer.alloc(0);
  let failure: string | undefined;
  let contentLength: number | undefined;
  let firstByteAt = 0;
  let bytes = 0;
  let tail: Buffer = Buffer.alloc(0);

  function end(reason: string | undefined): void {
    done({ sentAt, firstByteAt, endedAt: performance.now(), bytes, failure: reason });
  }

  function takeBody(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (bytes === 0) {
      firstByteAt = performance.now();
      onFirst?.();
    }
    bytes += chunk.length;
    tail = chunk.length >= 5 ? chunk.subarray(-5) : Buffer.concat([tail, chunk]).subarray(-5);
    const isEnd = contentLength === undefined ? tail.equals(TERMINATOR) : bytes >= contentLength;
    if (isEnd) end(failure ?? (bytes < answerBytes ? 'the answer is too short' : undefined));
  }

  return {
    take(chunk) {
      if (!head) return takeBody(chunk);
      const all = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const headEnd = all.indexOf('\r\n\r\n');
      head = headEnd < 0 ? all : undefined;
      if (headEnd < 0) return;
      const text = all.toString('latin1', 0, headEnd);
      if (!text.startsWith('HTTP/1.1 200 ')) failure = `the answer is ${text.slice(9, 12)}`;
      const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      contentLength = length === undefined ? undefined : Number(length);
      takeBody(all.subarray(headEnd + 4));
    },
    fail: end,
  };
}
