import type { RestKey } from './keys.ts';

/** What is under way at this moment. Nothing of it outlives the process. */
export interface Load {
  /** By account. */
  readonly underway: ReadonlyMap<string, Underway>;
  /** Who is on trial where a rest has ended. */
  readonly trials: ReadonlyMap<RestKey, Trial>;
  /** Accounts that others have lately moved to. */
  readonly ramps: ReadonlyMap<string, Ramp>;
  /** Requests that wait for an account to have room, in the order in which they came. */
  readonly queue: readonly Waiting[];
}

export interface Underway {
  readonly all: number;
  /** Of these, requests whose conversation is at home elsewhere, or that another account has failed. */
  readonly moved: number;
}

export interface Trial {
  readonly request: number;
  /** From here on somebody else may try: an attempt that takes so long tells nothing. Milliseconds since the epoch. */
  readonly until: number;
}

export interface Ramp {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** What had moved there before. */
  readonly base: number;
}

export interface Waiting {
  readonly request: number;
  /** Accounts that are full or on trial, any of which would do. */
  readonly accounts: readonly string[];
  /** Accounts that would do, but for a ramp, which holds up only what moves there. */
  readonly ramped: readonly string[];
}

export const noLoad: Load = { underway: new Map(), trials: new Map(), ramps: new Map(), queue: [] };

/** One attempt's place, from before it is sent until it is over. */
export interface Admission {
  readonly request: number;
  readonly account: string;
  readonly moved: boolean;
  /** The ended rests for which it is on trial. */
  readonly trials: readonly RestKey[];
}

/** The others wait this long for the one on trial; then the next one may try as well. */
export const TRIAL_MS = 15_000;
const RAMP_STEP_MS = 250;
/** After so long a ramp lets 16 more through than at its beginning, and is over. */
const RAMP_MS = 4000;

const nothing: Underway = { all: 0, moved: 0 };

export function underwayAt({ underway }: Load, account: string): Underway {
  return underway.get(account) ?? nothing;
}

/** Takes a place on an account. What moves to it begins a ramp, where none is under way. */
export function admit(load: Load, { request, account, moved, trials }: Admission, now: number): Load {
  const { all, moved: movedBefore } = underwayAt(load, account);
  const place = { all: all + 1, moved: movedBefore + (moved ? 1 : 0) };
  const starts = moved && !isRamping(load.ramps.get(account), now);
  return {
    underway: new Map(load.underway).set(account, place),
    trials:
      trials.length === 0 ? load.trials : withTrials(load.trials, trials, { request, until: now + TRIAL_MS }),
    ramps: starts ? new Map(load.ramps).set(account, { since: now, base: movedBefore }) : load.ramps,
    queue: withoutRequest(load.queue, request),
  };
}

function withTrials(trials: Load['trials'], keys: readonly RestKey[], trial: Trial): Load['trials'] {
  const next = new Map(trials);
  for (const key of keys) next.set(key, trial);
  return next;
}

/** Gives the place back, and ends the trials: what came of them is told by the rests. */
export function release(load: Load, { request, account, moved, trials }: Admission): Load {
  const { all, moved: movedBefore } = underwayAt(load, account);
  const underway = new Map(load.underway);
  if (all <= 1) underway.delete(account);
  else underway.set(account, { all: all - 1, moved: movedBefore - (moved ? 1 : 0) });
  return { ...load, underway, trials: withoutTrials(load.trials, trials, request) };
}

/** The attempt has shown that it works, though it is not over: the others need not wait any longer. */
export function endTrials(load: Load, { trials, request }: Admission): Load {
  const left = withoutTrials(load.trials, trials, request);
  return left === load.trials ? load : { ...load, trials: left };
}

function withoutTrials(trials: Load['trials'], keys: readonly RestKey[], request: number): Load['trials'] {
  const own = keys.filter((key) => trials.get(key)?.request === request);
  if (own.length === 0) return trials;
  const left = new Map(trials);
  for (const key of own) left.delete(key);
  return left;
}

/** Puts a request in the queue, or says anew what it waits for; it keeps its place. */
export function enqueue(load: Load, waiting: Waiting): Load {
  const known = load.queue.some(({ request }) => request === waiting.request);
  const queue = known
    ? load.queue.map((one) => (one.request === waiting.request ? waiting : one))
    : [...load.queue, waiting].sort((one, other) => one.request - other.request);
  return { ...load, queue };
}

/** The request waits no more: it is sent, answered, or gone. */
export function leave(load: Load, request: number): Load {
  const queue = withoutRequest(load.queue, request);
  return queue === load.queue ? load : { ...load, queue };
}

function withoutRequest(queue: Load['queue'], request: number): Load['queue'] {
  return queue.some((one) => one.request === request)
    ? queue.filter((one) => one.request !== request)
    : queue;
}

/** Whether somebody who came earlier waits for this account. */
export function isWaitedFor(
  { queue }: Load,
  { account, request, moved }: Pick<Admission, 'account' | 'request' | 'moved'>,
): boolean {
  for (const waiting of queue) {
    if (waiting.request >= request) return false;
    if (waiting.accounts.includes(account) || (moved && waiting.ramped.includes(account))) return true;
  }
  return false;
}

/**
 * Until when a ramp keeps one more from moving to the account; undefined where it does not. One at a time at first, and one
 * more with each step: a herd would meet the next limit at once.
 */
export function rampedUntil(load: Load, account: string, now: number): number | undefined {
  const ramp = load.ramps.get(account);
  if (!isRamping(ramp, now)) return undefined;
  const steps = 1 + Math.floor((now - ramp.since) / RAMP_STEP_MS);
  if (steps > underwayAt(load, account).moved - ramp.base) return undefined;
  return Math.min(ramp.since + RAMP_MS, ramp.since + steps * RAMP_STEP_MS);
}

function isRamping(ramp: Ramp | undefined, now: number): ramp is Ramp {
  return ramp !== undefined && now < ramp.since + RAMP_MS;
}
