import type { Clock } from '../clock.ts';

/** Ends what was planned; harmless once it has run. */
export type Cancel = () => void;

/** Work planned for a moment. An argument, so that tests pass hours without waiting for them. */
export interface Scheduler {
  /** Runs `work` once, at `atMs` (milliseconds since the epoch) or at once where that is past. */
  at(atMs: number, work: () => void): Cancel;
}

/** Node turns a longer delay into one millisecond. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Real timers. None of them keeps the process alive. */
export function timerScheduler(clock: Clock): Scheduler {
  return {
    at(atMs, work) {
      let timer: NodeJS.Timeout | undefined;
      const arm = (): void => {
        const waitMs = Math.max(0, atMs - clock.now());
        timer = waitMs > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(work, waitMs);
        timer.unref();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}
