import type { Reply } from './reply.ts';

/**
 * Writes to a client, putting together what comes in one turn of the event loop: an upstream's read often holds many
 * events, and each write of its own costs a system call. Tells the source to pause while the client is slower.
 */
export interface Writer {
  write(bytes: Buffer): void;
  end(bytes?: Buffer): void;
}

export function makeWriter(reply: Reply, source: { pause(): void; resume(): void }): Writer {
  let waiting: Buffer[] = [];
  let isPaused = false;

  function flush(): void {
    if (waiting.length === 0 || reply.closed) return;
    const bytes = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
    waiting = [];
    if (bytes === undefined || reply.write(bytes) || isPaused) return;
    isPaused = true;
    source.pause();
    reply.onDrain(() => {
      isPaused = false;
      source.resume();
    });
  }

  return {
    write(bytes) {
      if (bytes.length === 0) return;
      waiting.push(bytes);
      if (waiting.length === 1) process.nextTick(flush);
    },
    end(bytes) {
      if (bytes) waiting.push(bytes);
      const last = waiting.length === 0 ? undefined : Buffer.concat(waiting);
      waiting = [];
      if (!reply.closed) reply.end(last);
    },
  };
}
