import { RotaError } from '../failure.ts';
import type { SignInProblem } from '../failure.ts';

export function signInError(reason: SignInProblem, message: string): RotaError {
  return new RotaError({ kind: 'sign-in', reason, message });
}

export function cancelledError(): RotaError {
  return new RotaError({ kind: 'cancelled', message: 'The sign-in was cancelled.' });
}

/**
 * What an aborted signal stands for: the `RotaError` it was aborted with, or else a cancellation.
 * A signal of ours carries its meaning as its reason, so that whoever waits on it need not know which clock ran out.
 */
export function abortError(signal: AbortSignal): RotaError {
  const reason: unknown = signal.reason;
  return reason instanceof RotaError ? reason : cancelledError();
}
