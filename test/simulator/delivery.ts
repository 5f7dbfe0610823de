import type { ServerResponse } from 'node:http';
import type { Breakage } from './behaviour.ts';

/** An answer down to its writes. It holds nothing of one call, so it may be prepared once and sent many times. */
export type Delivery =
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | number>>;
      readonly pieces: readonly Buffer[];
      readonly headersAfterMs?: number | undefined;
      /** As in `Manner`. */
      readonly delayMs?: number | undefined;
      readonly ending: 'end' | Breakage;
    }
  | { readonly kind: 'nothing'; readonly how: Breakage; readonly afterMs?: number | undefined }
  | { readonly kind: 'wire'; readonly bytes: Buffer };

/**
 * A reset that follows bytes at once may reach the reader as a plain end: its event loop sees both in one poll.
 * This is long enough for it to read first.
 */
const BEFORE_RESET_MS = 10;

export interface Timers {
  after(milliseconds: number, run: () => void): void;
  clear(): void;
}

/** Timers that can all be dropped at once. */
export function createTimers(): Timers {
  const pending = new Set<NodeJS.Timeout>();
  return {
    after(milliseconds, run) {
      const timer = setTimeout(() => {
        pending.delete(timer);
        run();
      }, milliseconds);
      pending.add(timer);
    },
    clear() {
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}

/** Sends it. `broke` is called just before the simulator itself breaks the connection. */
export function deliver(
  delivery: Delivery,
  response: ServerResponse,
  timers: Timers,
  broke: () => void,
): void {
  switch (delivery.kind) {
    case 'http':
      if (delivery.headersAfterMs === undefined) return write(delivery, response, timers, broke);
      return timers.after(delivery.headersAfterMs, () => {
        if (!response.closed) write(delivery, response, timers, broke);
      });
    case 'nothing':
      if (delivery.afterMs === undefined) return breakOff(delivery.how, response, broke);
      return timers.after(delivery.afterMs, () => breakOff(delivery.how, response, broke));
    case 'wire':
      broke();
      response.socket?.end(delivery.bytes);
  }
}

function write(
  delivery: Extract<Delivery, { kind: 'http' }>,
  response: ServerResponse,
  timers: Timers,
  broke: () => void,
): void {
  const { pieces, delayMs, ending } = delivery;
  response.writeHead(delivery.status, delivery.headers);
  const last = pieces.length - 1;
  let index = 0;

  const later = (): void => {
    if (delayMs === undefined || delayMs === 0) setImmediate(step);
    else timers.after(delayMs, step);
  };
  const step = (): void => {
    while (!response.closed) {
      if (index >= last && ending === 'end') {
        response.end(pieces[index]);
        return;
      }
      const piece = pieces[index];
      if (piece === undefined) return breakAfterBytes();
      index += 1;
      const room = response.write(piece);
      if (!room) {
        response.once('drain', delayMs === undefined ? step : later);
        return;
      }
      if (delayMs !== undefined) return later();
    }
  };
  const breakAfterBytes = (): void => {
    response.flushHeaders();
    if (ending === 'end' || ending === 'hang') return;
    timers.after(BEFORE_RESET_MS, () => breakOff(ending, response, broke));
  };
  step();
}

function breakOff(how: Breakage, response: ServerResponse, broke: () => void): void {
  if (how === 'hang' || response.closed) return;
  broke();
  if (how === 'reset') response.socket?.resetAndDestroy();
  else response.socket?.destroySoon();
}
