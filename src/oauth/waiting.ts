import type { RotaError } from '../failure.ts';
import type { Reception } from './loopback.ts';
import { abortError, cancelledError, signInError } from './sign-in-failure.ts';
import type { SignInAnswer } from './types.ts';

type Result =
  | { readonly kind: 'answer'; readonly answer: SignInAnswer }
  | { readonly kind: 'error'; readonly error: unknown };

export interface WaitingOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Turns a code into the answer; its signal aborts when nobody wants it any more. */
  exchange(code: string, signal: AbortSignal): Promise<SignInAnswer>;
  /** Lets go of whatever receives callbacks. */
  release(): Promise<void>;
}

/** One sign-in between its beginning and its end. The first code or refusal that is taken decides; all else comes too late. */
export interface Waiting {
  readonly stage: () => 'waiting' | 'exchanging' | 'ended';
  readonly answer: Promise<SignInAnswer>;
  takeCode(code: string): Reception;
  refuse(error: RotaError): Reception;
  cancel(): void;
}

/** Waits for a code, at most `timeoutMs`, and sees to it that nothing is left behind, however it ends. */
export function waitForCode(options: WaitingOptions): Waiting {
  const { signal, timeoutMs } = options;
  const calls = new AbortController();
  let stage: 'waiting' | 'exchanging' | 'ended' = 'waiting';
  let conclude: (result: Result) => void = () => undefined;
  const result = new Promise<Result>((resolve) => {
    conclude = resolve;
  });

  const end = (outcome: Result): void => {
    if (stage === 'ended') return;
    stage = 'ended';
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    calls.abort(cancelledError());
    conclude(outcome);
  };
  const abort = (): void =>
    end({ kind: 'error', error: signal === undefined ? cancelledError() : abortError(signal) });
  const timer = setTimeout(() => end({ kind: 'error', error: timeoutError(timeoutMs) }), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();

  const ending = result.then(({ kind }) => (kind === 'answer' ? ('done' as const) : ('failed' as const)));
  const answer = (async () => {
    const outcome = await result;
    await options.release();
    if (outcome.kind === 'answer') return outcome.answer;
    throw outcome.error;
  })();
  // Whoever began the sign-in may not be listening yet.
  answer.catch(() => undefined);

  return {
    stage: () => stage,
    answer,
    takeCode(code) {
      if (stage !== 'waiting') return { kind: 'used' };
      stage = 'exchanging';
      clearTimeout(timer);
      options.exchange(code, calls.signal).then(
        (answer) => end({ kind: 'answer', answer }),
        (error: unknown) => end({ kind: 'error', error }),
      );
      return { kind: 'taken', ending };
    },
    refuse(error) {
      if (stage !== 'waiting') return { kind: 'used' };
      end({ kind: 'error', error });
      return { kind: 'taken', ending };
    },
    cancel: () => end({ kind: 'error', error: cancelledError() }),
  };
}

function timeoutError(timeoutMs: number): RotaError {
  const span =
    timeoutMs < 120_000 ? `${timeoutMs / 1000} seconds` : `${Math.round(timeoutMs / 60_000)} minutes`;
  return signInError('timeout', `Nobody finished the sign-in in the browser within ${span}. Start it again.`);
}
