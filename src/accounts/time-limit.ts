/**
 * Runs `work` for at most `limitMs`, even where what it waits for ignores signals; `outer` ends it too.
 * @param late makes what it rejects with: `'time'` is up, or it was `'cancelled'` by `outer`.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  late: (why: 'time' | 'cancelled') => Error,
): Promise<T> {
  const stop = new AbortController();
  const { promise, cancel } = rejection(stop.signal);
  const onOuter = (): void => stop.abort(late('cancelled'));
  const timer = setTimeout(() => stop.abort(late('time')), limitMs);
  outer?.addEventListener('abort', onOuter, { once: true });
  if (outer?.aborted === true) onOuter();
  try {
    stop.signal.throwIfAborted();
    return await Promise.race([work(stop.signal), promise]);
  } finally {
    clearTimeout(timer);
    cancel();
    outer?.removeEventListener('abort', onOuter);
  }
}

function rejection(signal: AbortSignal): { promise: Promise<never>; cancel: () => void } {
  const listening = new AbortController();
  const promise = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: listening.signal });
  });
  // Nobody may be waiting for it when it comes.
  promise.catch(() => undefined);
  return { promise, cancel: () => listening.abort() };
}
