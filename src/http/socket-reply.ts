import { makeEventTexts } from '../gateway/event-texts.ts';
import type { Reply } from '../gateway/reply.ts';
import {
  endsAnswer,
  errorMessage,
  eventMessage,
  eventsOfWhole,
  type Marked,
} from '../protocols/openai-responses/connection-message.ts';

/** A connection, as one answer needs it. */
export interface Line {
  isOpen(): boolean;
  /** @returns false where the client reads more slowly than we write: wait for `onDrain` */
  send(messages: readonly string[]): boolean;
  onDrain(listener: () => void): void;
}

export interface SocketReply extends Reply {
  /** The connection is gone. */
  hangUp(): void;
}

/** What does not come to an end by then is no message of any client's. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** An answer that is no stream: an error, or one that came whole. */
interface Whole {
  readonly status: number;
  readonly headers: readonly string[];
  readonly chunks: Buffer[];
}

/**
 * An answer on a connection that many share: each event of the stream is one message, and an error is one.
 * @param onEvent told of each event's JSON text, before it is sent
 */
export function makeSocketReply(line: Line, marked: Marked, onEvent: (data: string) => void): SocketReply {
  const listeners = new Set<() => void>();
  const texts = makeEventTexts();
  let whole: Whole | undefined;
  let hasEnded = false;
  /** Whether the client was told that the answer is over. */
  let hasTold = false;
  let heldBytes = 0;

  function say(events: readonly string[]): boolean {
    for (const data of events) {
      onEvent(data);
      hasTold ||= endsAnswer(data);
    }
    return line.send(events.flatMap((data) => eventMessage(data, marked)));
  }

  function write(bytes: Buffer): boolean {
    if (hasEnded) return true;
    const events = whole ? [] : texts.push(bytes);
    heldBytes = events.length > 0 ? 0 : heldBytes + bytes.length;
    if (heldBytes > MAX_MESSAGE_BYTES) breakOff('The upstream gave more than fits into one message.');
    else if (whole) whole.chunks.push(bytes);
    return say(events);
  }

  function sayWhole({ status, headers, chunks }: Whole): void {
    const body = Buffer.concat(chunks).toString('utf8');
    const events = status < 400 ? eventsOfWhole(body) : undefined;
    if (events) say(events);
    else if (status < 400) sayBroken('The upstream gave an answer that cannot be read.');
    else line.send([errorMessage({ status, headers: fieldsOf(headers), body }, marked)]);
  }

  function breakOff(message: string): void {
    hasEnded = true;
    sayBroken(message);
  }

  function sayBroken(message: string): void {
    const body = JSON.stringify({ error: { message, type: 'server_error', code: 'upstream_error' } });
    line.send([errorMessage({ status: 502, headers: {}, body }, marked)]);
  }

  return {
    get closed() {
      return hasEnded || !line.isOpen();
    },
    isKeptAlive: true,
    onHangUp(listener) {
      if (!hasEnded && !line.isOpen()) {
        listener();
        return () => {};
      }
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    head(status, headers) {
      const type = fieldsOf(headers)['content-type'] ?? '';
      if (status >= 400 || !/^text\/event-stream\b/i.test(type)) whole = { status, headers, chunks: [] };
    },
    write,
    onDrain: (listener) => line.onDrain(listener),
    // Who reads nothing answers no ping either, and is let go for that.
    onStall: () => () => {},
    end(bytes) {
      if (bytes) write(bytes);
      if (hasEnded) return;
      hasEnded = true;
      if (whole) return sayWhole(whole);
      say(texts.end());
      // The connection stays open: nothing else would tell the client that no more comes.
      if (!hasTold) sayBroken('The upstream ended its answer without its last event.');
    },
    destroy: () => breakOff('The upstream broke off in the middle of the answer.'),
    hangUp() {
      if (hasEnded) return;
      for (const listener of listeners) listener();
    },
  };
}

/** @param headers flat, in any case */
function fieldsOf(headers: readonly string[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2)
    fields[(headers[at] ?? '').toLowerCase()] = headers[at + 1] ?? '';
  return fields;
}
