/**
 * Makes a function that does one call at a time, in the order they came, and stops waiting for one after `limitMs`.
 * For native calls that cannot be cancelled: each that hangs would occupy one of the few threads that file access
 * and name resolution need too. A call that was given up before its turn came is never made.
 * @param late what the caller gets in place of a call that did not end in time
 */
export function inTurn(limitMs: number, late: () => Error): <T>(call: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(call: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      let givenUp = false;
      const timer = setTimeout(() => {
        givenUp = true;
        reject(late());
      }, limitMs);
      const after = async (before: Promise<unknown>): Promise<void> => {
        await before;
        if (givenUp) return;
        await call().then(resolve, reject);
        clearTimeout(timer);
      };
      last = after(last);
    });
}
