import type { ErrorObject } from './error-object.ts';
import type { UpstreamAnswer } from './provider.ts';

/** An answer that is not a success, with its body's error read once for all who judge it. */
export interface Refusal extends UpstreamAnswer {
  readonly error: ErrorObject;
}
