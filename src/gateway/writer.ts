import type { Reply } from './reply.ts';

/**
 * Writes to a client, putting together what comes in one turn of the event loop: an upstream's read often holds many
 * events, and each write of its own costs a system call. Tells the source to pause while the client is slower.
 */
export interface Writer {
  write(bytes: Buffer): void;
  end(bytes?: Buffer): void;
  /** Whether the source waits for the client. */
  isPaused(): boolean;
}

/**
 * @param stallMs how long a client may take none of what waits for it
 * @param onStall called once, where it has taken nothing for so long
 */
export function makeWriter(
  reply: Reply,
  source: { pause(): void; resume(): void },
  stallMs: number,
  onStall: () => void,
): Writer {
  let waiting: Buffer[] = [];
  let isPaused = false;

  function flush(): void {
    if (waiting.length === 0 || reply.closed) return;
    const bytes = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
    waiting = [];
    if (bytes === undefined || reply.write(bytes) || isPaused) return;
    isPaused = true;
    source.pause();
    const ignoreStall = reply.onStall(stallMs, onStall);
    reply.onDrain(() => {
      isPaused = false;
      ignoreStall();
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
    isPaused: () => isPaused,
  };
}
