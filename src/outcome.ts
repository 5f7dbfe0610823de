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
 * - `affinity`: the request leans on something that only the account which made it can read (a response id, encrypted
 *   reasoning): another account refuses it, and there is nothing wrong with either.
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
  | 'empty'
  | 'affinity';

/** A failed attempt, as a plain value. A provider's `classify` makes it; rotation alone decides what follows. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly scope: Scope;
  /** The upstream's HTTP status, where there was one. */
  readonly status?: number;
  /** How long the provider asks to be left alone, in milliseconds from when the answer came. */
  readonly waitMs?: number;
  /** Where the wait stood in the answer (`retry-after`, `anthropic-ratelimit-unified-reset`), for people. Goes with `waitMs`. */
  readonly waitFrom?: string;
  /** The provider's own words or code, for people; never read to decide anything. */
  readonly detail?: string;
  /** Which row of the tables of signals told it, for people. */
  readonly signal?: string;
}

/** One quota window of an account, as the headers of an answer told it. What an answer does not tell is unknown, and absent. */
export interface QuotaWindow {
  /** As the provider has it, short: `5h`, `7d`, `requests`, `input-tokens`. */
  readonly name: string;
  /** Whether it counts for the whole account, or for the account and the model that was asked for. */
  readonly scope: 'account' | 'account-model';
  /** The share that is used, from 0; 1 and above: nothing is left. */
  readonly used: number;
  /** When it is full again, in milliseconds since the epoch. */
  readonly resetsAt: number;
  /** `gradual`: a bucket that fills up bit by bit until then (per-minute limits). `at-once`: nothing comes back before (5 hours, a day, a week). */
  readonly refill: 'gradual' | 'at-once';
}
