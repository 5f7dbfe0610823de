/** Where an outcome holds: what must be avoided after it. From the single request up to the whole network. */
export type Scope =
  'request' | 'attempt' | 'account' | 'account-model' | 'provider-model' | 'provider' | 'network';

/**
 * What one attempt taught about an account.
 * - `throttle`: a rate limit that passes soon.
 * - `window-spent`: a quota window (5 hours, a day, a week) is used up until its reset.
 * - `billing`: credits or a spend limit are gone.
 * - `overload`: the provider has no capacity; says nothing about the account.
 * - `transport`: the answer did not arrive (a reset, a time-out, a 500, 502 or 504, a stream without content).
 * - `slow`: no answer within the time to first byte.
 * - `auth`: the credential was refused.
 * - `policy`: the provider refuses this account.
 * - `blocked`: something between here and the provider refuses us.
 * - `capability`: the account cannot serve this model.
 * - `request`: the request itself is at fault; every account would say the same.
 * - `empty`: a proper answer with nothing in it.
 */
export type OutcomeKind =
  | 'throttle'
  | 'window-spent'
  | 'billing'
  | 'overload'
  | 'transport'
  | 'slow'
  | 'auth'
  | 'policy'
  | 'blocked'
  | 'capability'
  | 'request'
  | 'empty';

/** A failed attempt, as a plain value. A provider's `classify` makes it; rotation alone decides what follows. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly scope: Scope;
  /** The upstream's HTTP status, where there was one. */
  readonly status?: number;
  /** How long the provider asks to be left alone, in milliseconds from when the answer came. */
  readonly waitMs?: number;
  /** The provider's own words or code, for people; never read to decide anything. */
  readonly detail?: string;
}
