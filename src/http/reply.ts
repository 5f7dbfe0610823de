import type { ServerResponse } from 'node:http';
import type { Reply } from '../gateway/reply.ts';

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
    end: (bytes) => void response.end(bytes),
    destroy: () => void response.destroy(),
  };
}
