import type { IncomingHttpHeaders } from 'node:http';
import type { Behaviour, CallKind } from './behaviour.ts';

/** One call as it came and as it went. */
export interface Call {
  /** Counts from 1. */
  readonly serial: number;
  /** Milliseconds, by the simulator's clock, at which its headers had come. */
  readonly at: number;
  readonly kind: CallKind | 'unknown';
  readonly key: string | undefined;
  readonly label: string | undefined;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What it was answered with: a behaviour, the account's usual answer, or one of the simulator's own refusals. */
  readonly answered: Behaviour['kind'] | 'usual' | 'quota' | 'refused' | 'none';
  readonly status: number | undefined;
  /** The client went away before the answer was over. */
  readonly aborted: boolean;
  readonly abortedAt: number | undefined;
  /** The answer was played to its end, be it a good one or a breakage. */
  readonly finished: boolean;
  readonly finishedAt: number | undefined;
}

export type MutableCall = { -readonly [Member in keyof Call]: Call[Member] };

interface Waiter {
  readonly predicate: (call: Call) => boolean;
  readonly resolve: (call: Call) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The calls seen, and those who wait for one. */
export function createCallLog() {
  const calls: MutableCall[] = [];
  const waiters = new Set<Waiter>();

  const describe = (call: Call): string => {
    const end = call.aborted ? 'aborted' : call.finished ? 'finished' : 'under way';
    return `${call.serial}. ${call.method} ${call.path} by ${call.label ?? call.key ?? 'nobody'}: ${call.answered}, ${end}`;
  };

  return {
    calls,
    add(call: MutableCall): void {
      calls.push(call);
      this.changed(call);
    },
    /** Tells those who wait that a call is another than it was. */
    changed(call: MutableCall): void {
      for (const waiter of waiters) {
        if (!waiter.predicate(call)) continue;
        clearTimeout(waiter.timer);
        waiters.delete(waiter);
        waiter.resolve(call);
      }
    },
    /** The first call that fits, now or later. */
    async waitFor(predicate: (call: Call) => boolean, timeoutMs: number): Promise<Call> {
      const seen = calls.find(predicate);
      if (seen !== undefined) return seen;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(waiter);
          const list = calls.length === 0 ? 'There were none.' : calls.map(describe).join('\n');
          reject(new Error(`No such call came within ${timeoutMs} ms. Calls so far:\n${list}`));
        }, timeoutMs);
        const waiter: Waiter = { predicate, resolve, reject, timer };
        waiters.add(waiter);
      });
    },
    clear(): void {
      calls.length = 0;
    },
    close(): void {
      for (const waiter of waiters) {
        clearTimeout(waiter.timer);
        waiter.reject(new Error('The simulator was closed before such a call came.'));
      }
      waiters.clear();
    },
  };
}
