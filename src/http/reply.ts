import type { ServerResponse } from 'node:http';
import type { Reply } from '../gateway/reply.ts';

/**
 * So far a body goes out as a text of one byte for each character. Node joins that to the head, and the kernel is called with
 * one piece; a buffer makes two. Beyond, copying would cost more than that.
 */
const MAX_JOINED_BYTES = 16 * 1024;

/** @param extra headers that every answer on this connection carries: CORS, `connection: close` */
export function makeReply(response: ServerResponse, extra: readonly string[]): Reply {
  let listeners: Set<() => void> | undefined;

  function listenForClose(): Set<() => void> {
    const all = new Set<() => void>();
    response.once('close', () => {
      if (!response.writableEnded) for (const each of all) each();
    });
    return all;
  }

  return {
    get closed() {
      return response.writableEnded || response.destroyed;
    },
    onHangUp(listener) {
      if (response.destroyed && !response.writableEnded) {
        listener();
        return () => {};
      }
      const all = (listeners ??= listenForClose());
      all.add(listener);
      return () => void all.delete(listener);
    },
    head(status, headers) {
      response.writeHead(status, extra.length === 0 ? (headers as string[]) : [...headers, ...extra]);
    },
    write: (bytes) => response.write(bytes),
    onDrain: (listener) => void response.once('drain', listener),
    onStall(afterMs, listener) {
      // Node's own limit begins anew whenever a part of a write has gone out. A listener of ours keeps it from acting.
      const { socket } = response;
      socket?.setTimeout(afterMs);
      response.once('timeout', listener);
      return () => {
        socket?.setTimeout(0);
        response.off('timeout', listener);
      };
    },
    end(bytes) {
      if (bytes === undefined || bytes.length > MAX_JOINED_BYTES) response.end(bytes);
      else response.end(bytes.toString('latin1'), 'latin1');
    },
    destroy: () => void response.destroy(),
  };
}
