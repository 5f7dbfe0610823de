import type { Memory } from './memory.ts';
import type { Reply } from './reply.ts';

/** Waits, or less where the client hangs up meanwhile, or something changes that may be what is waited for. */
export function pause(waitMs: number, reply: Reply, memory: Memory): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      ignoreHangUp();
      ignoreChange();
      resolve();
    };
    const timer = setTimeout(over, Math.max(0, waitMs));
    const ignoreChange = memory.onChange(over);
    const ignoreHangUp = reply.onHangUp(() => {
      clearTimeout(timer);
      ignoreChange();
      resolve();
    });
  });
}
