import type { Reply } from './reply.ts';

/** Waits, or less where the client hangs up meanwhile. */
export function pause(waitMs: number, reply: Reply): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => {
        ignoreHangUp();
        resolve();
      },
      Math.max(0, waitMs),
    );
    const ignoreHangUp = reply.onHangUp(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
