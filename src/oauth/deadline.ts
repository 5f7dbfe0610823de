import { abortError, signInError } from './sign-in-failure.ts';
import type { OAuthContext } from './types.ts';

/** A context whose calls end by a signal of our own. */
export interface BoundedContext extends OAuthContext {
  readonly signal: AbortSignal;
}

/**
 * Runs `work` for at most `waitMs`, even where what it waits for ignores signals.
 * @throws RotaError `sign-in`/`unreachable` when time is up, `cancelled` when `context.signal` aborts.
 */
export async function withDeadline<T>(
  context: OAuthContext,
  waitMs: number,
  work: (context: BoundedContext) => Promise<T>,
): Promise<T> {
  const outer = context.signal;
  const controller = new AbortController();
  const { signal } = controller;
  const cancel = (): void => {
    if (outer !== undefined) controller.abort(abortError(outer));
  };
  if (outer?.aborted === true) throw abortError(outer);
  outer?.addEventListener('abort', cancel, { once: true });
  const timer = setTimeout(() => {
    controller.abort(signInError('unreachable', `The server did not answer within ${waitMs / 1000} s.`));
  }, waitMs);
  try {
    return await Promise.race([work({ ...context, signal }), rejectOnAbort(signal)]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', cancel);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(abortError(signal)), { once: true });
  });
}
