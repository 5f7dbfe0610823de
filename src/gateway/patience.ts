import type { StreamForm } from '../protocols/protocol.ts';
import type { Reply } from './reply.ts';

/** A client's connection that is kept from giving up while nothing can be said yet. */
export interface PatientReply extends Reply {
  /**
   * A stream is awaited: after `everyMs` without a word its headers go out, and then, whenever nothing was written for so
   * long, what its protocol's clients bear as a sign of life. The account may still be changed: no content has gone out.
   * What fails afterwards is told inside the stream, since the status is spent.
   */
  expect(form: StreamForm, everyMs: number, headers: readonly string[]): void;
  /** Nothing more is kept alive. */
  stop(): void;
}

/** What stands for the status line in a stream that has begun before its answer. */
const STREAM_HEADERS: readonly string[] = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  'x-accel-buffering',
  'no',
];

export function makePatientReply(reply: Reply): PatientReply {
  let form: StreamForm | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Whether anything was written since the last look. */
  let isFresh = false;
  let early: readonly string[] = [];
  let state: 'silent' | 'waiting' | 'begun' | 'refusing' = 'silent';
  const refused: Buffer[] = [];
  let retryAfter: string | undefined;

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function look(): void {
    if (reply.closed || form?.keepAlive === undefined) return stop();
    if (isFresh) {
      isFresh = false;
      return;
    }
    if (state === 'silent') {
      reply.head(200, [...STREAM_HEADERS, ...early]);
      state = 'waiting';
    }
    reply.write(form.keepAlive);
  }

  return {
    get closed() {
      return reply.closed;
    },
    onHangUp: (listener) => reply.onHangUp(listener),
    onDrain: (listener) => reply.onDrain(listener),
    onStall: (afterMs, listener) => reply.onStall(afterMs, listener),
    expect(expected, everyMs, headers) {
      if (reply.isKeptAlive || expected.keepAlive === undefined || everyMs <= 0) return;
      form = expected;
      early = headers;
      timer = setInterval(look, everyMs);
    },
    stop,
    head(status, headers) {
      const isStream = isPlainStream(headers);
      if (!isStream) stop();
      if (state === 'waiting') {
        state = status < 300 && isStream ? 'begun' : 'refusing';
        retryAfter = valueIn(headers, 'retry-after');
        return;
      }
      state = 'begun';
      reply.head(status, headers);
    },
    write(bytes) {
      isFresh = true;
      if (state !== 'refusing') return reply.write(bytes);
      refused.push(bytes);
      return true;
    },
    end(bytes) {
      stop();
      if (state !== 'refusing') return reply.end(bytes);
      const body = Buffer.concat(bytes === undefined ? refused : [...refused, bytes]).toString('utf8');
      reply.end(form?.encodeErrorBody?.(body, retryAfter));
    },
    destroy() {
      stop();
      reply.destroy();
    },
  };
}

/** Whether something may be put between what is written: whole events, and nothing that only the client can unpack. */
function isPlainStream(headers: readonly string[]): boolean {
  const encoding = valueIn(headers, 'content-encoding') ?? 'identity';
  return encoding === 'identity' && /^text\/event-stream\b/i.test(valueIn(headers, 'content-type') ?? '');
}

/** @param headers flat, in any case */
function valueIn(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}
