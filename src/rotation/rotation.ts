import type { Outcome, OutcomeKind } from '../outcome.ts';
import type { Candidate } from './candidate.ts';
import type { Strategy } from './choose.ts';
import type { Asker } from './standing.ts';
import { triedKey } from './verdict.ts';

/** What became of the attempts on one account during this request. */
export interface Tried {
  readonly candidate: Candidate;
  readonly outcome: Outcome;
}

/** One request's way through the pool, as a value. The shell performs the steps and tells what came of them. */
export interface Rotation {
  /** Numbers requests in the order in which they came: it is their place in the queue, and names them on trial. */
  readonly request: number;
  readonly candidates: readonly Candidate[];
  /** By stage: the account that holds the conversation's cache. */
  readonly owners: readonly (string | undefined)[];
  readonly limits: RequestLimits;
  /** No attempt begins after this, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Until then a resting account is waited for, whatever it rests for. Milliseconds since the epoch. */
  readonly holdUntil: number;
  readonly attempts: number;
  /** By stage: how many attempts have failed in a way that costs a retry. */
  readonly paid: readonly number[];
  /** By account and model: the latest outcome. */
  readonly tried: ReadonlyMap<string, Tried>;
  /** Accounts whose credential was renewed for this request: a second 401 is final. */
  readonly refreshed: ReadonlySet<string>;
  /** What comes next regardless of the pool. */
  readonly due?: Due;
  readonly last?: Tried;
  /** Before this the same account is not tried once more, in milliseconds since the epoch. */
  readonly pauseUntil: number;
  /** When the latest outcome came, in milliseconds since the epoch. */
  readonly failedAt: number;
  readonly empties: number;
}

export type Due =
  | { readonly kind: 'deliver' }
  | { readonly kind: 'refresh' | 'again'; readonly candidate: Candidate }
  /** Only the owner can read what the request leans on; where it cannot be asked, the answer is handed on. */
  | { readonly kind: 'owner'; readonly candidate: Candidate };

/** The part of the settings that rotation goes by. */
export interface RequestLimits {
  readonly strategy: Strategy;
  /** How many further attempts transport failures and overload may cost. */
  readonly requestRetry: number;
  /** A share from 0 to 1: an account of which more is used is left while another has room. */
  readonly leaveAt: number;
  /** How many requests may wait for room at once. */
  readonly maxQueued: number;
}

export interface RotationStart {
  readonly request: number;
  readonly candidates: readonly Candidate[];
  readonly owners: readonly (string | undefined)[];
  readonly limits: RequestLimits;
  readonly deadline: number;
  readonly holdUntil: number;
}

const nothingTried: Rotation['tried'] = new Map();
const noneRefreshed: Rotation['refreshed'] = new Set();
const nothingPaid: Rotation['paid'] = [];

export function begin(start: RotationStart): Rotation {
  return {
    ...start,
    attempts: 0,
    paid: nothingPaid,
    tried: nothingTried,
    refreshed: noneRefreshed,
    pauseUntil: 0,
    failedAt: 0,
    empties: 0,
  };
}

/** Who asks, for one of the stages. */
export function askerOf({ request, owners, attempts, limits }: Rotation, stage: number): Asker {
  return { request, owner: owners[stage], hasFailed: attempts > 0, leaveAt: limits.leaveAt };
}

export function triedAt({ tried }: Rotation, candidate: Candidate): Outcome | undefined {
  return tried.size === 0 ? undefined : tried.get(triedKey(candidate))?.outcome;
}

const passing: ReadonlySet<OutcomeKind> = new Set(['transport', 'slow', 'overload', 'blocked']);

/**
 * Failures that may pass by themselves, and say nothing of the account: each further attempt after one counts against
 * `requestRetry`, and where no other account is left the same one may be asked again.
 */
export function costsRetry({ kind, scope, waitMs }: Outcome): boolean {
  if (passing.has(kind)) return true;
  return kind === 'throttle' && (scope === 'request' || scope === 'provider') && !waitMs;
}

/** Whether failures have cost more retries than there are. What is spent stays spent, whatever accounts of another stage say. */
export function isOutOfRetries({ paid, limits }: Rotation, stage: number): boolean {
  return (paid[stage] ?? 0) > limits.requestRetry;
}
