import type { ServerResponse } from 'node:http';
import type { Reply } from '../gateway/reply.ts';

/** @param extra headers that every answer on this connection carries: CORS, `connection: close` */
export function makeReply(response: ServerResponse, extra: readonly string[]): Reply {
  let listeners: (() => void)[] | undefined;
  return {
    get closed() {
      return response.writableEnded || response.destroyed;
    },
    onHangUp(listener) {
      if (response.destroyed && !response.writableEnded) return listener();
      if (listeners) {
        listeners.push(listener);
        return;
      }
      listeners = [listener];
      response.once('close', () => {
        if (!response.writableEnded) for (const each of listeners ?? []) each();
      });
    },
    head(status, headers) {
      response.writeHead(status, extra.length === 0 ? (headers as string[]) : [...headers, ...extra]);
    },
    write: (bytes) => response.write(bytes),
    onDrain: (listener) => void response.once('drain', listener),
    end: (bytes) => void response.end(bytes),
    destroy: () => void response.destroy(),
  };
}
