import type { Outcome } from '../outcome.ts';
import { choose, type Candidate, type Strategy, type Turns } from './choose.ts';
import { isSoft, openRest, recover, rest, type Health } from './rests.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** What became of the attempts on one account during this request. */
export interface Tried {
  readonly candidate: Candidate;
  readonly outcome: Outcome;
}

/** One request's way through the pool, as a value. The shell performs the steps and tells what came of them. */
export interface Rotation {
  readonly candidates: readonly Candidate[];
  /** The account that holds the conversation's cache. */
  readonly owner?: string | undefined;
  readonly strategy: Strategy;
  /** No attempt begins after this, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Further attempts that transport failures and overload may still cost; below zero there is none left. */
  readonly retriesLeft: number;
  readonly attempts: number;
  /** By account: the latest outcome. */
  readonly tried: ReadonlyMap<string, Tried>;
  /** Accounts whose credential was renewed for this request: a second 401 is final. */
  readonly refreshed: ReadonlySet<string>;
  /** What comes next regardless of the pool. */
  readonly due?:
    { readonly kind: 'deliver' } | { readonly kind: 'refresh' | 'again'; readonly candidate: Candidate };
  readonly last?: Tried;
  /** Before this the same account is not tried once more, in milliseconds since the epoch. */
  readonly pauseUntil: number;
  readonly empties: number;
}

export type Step =
  | { readonly kind: 'send'; readonly candidate: Candidate; readonly turns: Turns }
  | { readonly kind: 'refresh'; readonly candidate: Candidate }
  /** Ask again at `until`. */
  | { readonly kind: 'wait'; readonly until: number }
  /** Hand the upstream's last answer to the caller as it is. */
  | { readonly kind: 'deliver' }
  | { readonly kind: 'exhausted'; readonly verdict: Verdict };

export interface RotationStart {
  readonly candidates: readonly Candidate[];
  readonly owner?: string | undefined;
  readonly strategy: Strategy;
  /** How many further attempts transport failures and overload may cost. */
  readonly requestRetry: number;
  readonly deadline: number;
}

/** A wait for a resting pool is worth it up to this long, where the cause may pass by itself; beyond it an error serves the caller better. */
const WORTHWHILE_WAIT_MS = 10_000;
const FIRST_PAUSE_MS = 250;

const nothingTried: Rotation['tried'] = new Map();
const noneRefreshed: Rotation['refreshed'] = new Set();

export function begin({ candidates, owner, strategy, deadline, requestRetry }: RotationStart): Rotation {
  return {
    candidates,
    owner,
    strategy,
    deadline,
    retriesLeft: requestRetry,
    attempts: 0,
    tried: nothingTried,
    refreshed: noneRefreshed,
    pauseUntil: 0,
    empties: 0,
  };
}

/** What to do now. Asking twice without telling an outcome in between gives the same answer. */
export function nextStep(rotation: Rotation, health: Health, turns: Turns, now: number): Step {
  const { due, last } = rotation;
  if (due?.kind === 'deliver') return due;
  if (due?.kind === 'refresh') return { kind: 'refresh', candidate: due.candidate };

  const mayGoOn = now < rotation.deadline && !isOutOfRetries(rotation);
  const step = mayGoOn ? nextAttempt(rotation, health, turns, now) : undefined;
  if (step) return step;
  if (last?.outcome.kind === 'empty') return { kind: 'deliver' };
  return { kind: 'exhausted', verdict: verdictOf(rotation.candidates, rotation.tried, health, now) };
}

function nextAttempt(rotation: Rotation, health: Health, turns: Turns, now: number): Step | undefined {
  const { due, candidates, tried, deadline } = rotation;
  if (due?.kind === 'again' && !isLimited(due.candidate, health, now)) {
    return { kind: 'send', candidate: due.candidate, turns };
  }
  const fresh = candidates.filter(({ account }) => !tried.has(account));
  const free = fresh.filter((candidate) => !openRest(health, candidate, now));
  const choice = choose(free, rotation.owner, rotation.strategy, turns);
  if (choice) return { kind: 'send', ...choice };

  const again = worthAnother(rotation, health, now);
  if (again) return sendAt(rotation.pauseUntil, again, turns, now, deadline);
  return waitForSoftRest(fresh, health, now, deadline);
}

function isOutOfRetries({ last, retriesLeft }: Rotation): boolean {
  return last !== undefined && costsRetry(last.outcome) && retriesLeft < 0;
}

/** Failures that may pass by themselves: each further attempt after one counts against `requestRetry`. */
function costsRetry({ kind }: Outcome): boolean {
  return kind === 'transport' || kind === 'slow' || kind === 'overload';
}

/** Whether a rest is open that this request's own bad luck does not explain: another has learnt of a limit meanwhile. */
function isLimited(candidate: Candidate, health: Health, now: number): boolean {
  const open = openRest(health, candidate, now);
  return open !== undefined && !isSoft(open.kind);
}

/** Where no other account is left, the same one once more: the failure was not its fault. */
function worthAnother(rotation: Rotation, health: Health, now: number): Candidate | undefined {
  const { tried, empties, candidates, last } = rotation;
  const unlimited = candidates.filter((candidate) => !isLimited(candidate, health, now));
  const outcomeOf = ({ account }: Candidate) => tried.get(account)?.outcome;
  const emptied = unlimited.find((candidate) => outcomeOf(candidate)?.kind === 'empty');
  if (emptied && empties < 2) return emptied;
  const again = unlimited.filter((candidate) => {
    const outcome = outcomeOf(candidate);
    return outcome !== undefined && costsRetry(outcome) && outcome.waitMs === undefined;
  });
  const other = again.find(({ account }) => account !== last?.candidate.account);
  return other ?? again[0];
}

function sendAt(
  at: number,
  candidate: Candidate,
  turns: Turns,
  now: number,
  deadline: number,
): Step | undefined {
  if (now >= at) return { kind: 'send', candidate, turns };
  return at < deadline ? { kind: 'wait', until: at } : undefined;
}

/** Nobody was tried because all rest; where a rest is a guess of ours and short, sitting it out beats refusing. */
function waitForSoftRest(
  fresh: readonly Candidate[],
  health: Health,
  now: number,
  deadline: number,
): Step | undefined {
  const soonest = fresh
    .map((candidate) => openRest(health, candidate, now))
    .filter((rest) => rest !== undefined && isSoft(rest.kind))
    .reduce((least, rest) => Math.min(least, rest?.until ?? Infinity), Infinity);
  const latest = Math.min(deadline, now + WORTHWHILE_WAIT_MS);
  return soonest < latest ? { kind: 'wait', until: soonest } : undefined;
}

export interface Learned {
  readonly rotation: Rotation;
  readonly health: Health;
}

/**
 * Takes in what an attempt taught.
 * @param chance a number in [0, 1) for the jitter of rests and pauses
 */
export function learn(
  rotation: Rotation,
  health: Health,
  tried: Tried,
  now: number,
  chance: number,
): Learned {
  const { candidate, outcome } = tried;
  const { account } = candidate;
  const next = { ...withoutDue(rotation), attempts: rotation.attempts + 1, last: tried };
  const known: Rotation = { ...next, tried: new Map(rotation.tried).set(account, tried) };

  if (outcome.kind === 'request') return { rotation: { ...known, due: { kind: 'deliver' } }, health };
  if (outcome.kind === 'auth' && candidate.refreshable && !rotation.refreshed.has(account)) {
    return { rotation: { ...known, due: { kind: 'refresh', candidate } }, health };
  }
  const rested = rest(health, candidate, outcome, now, chance);
  if (outcome.status === 429 && !candidate.switchOn429) {
    return { rotation: { ...known, due: { kind: 'deliver' } }, health: rested };
  }
  if (outcome.kind === 'empty') {
    const empties = rotation.empties + 1;
    return {
      rotation: { ...known, empties, ...(empties > 1 ? { due: { kind: 'deliver' as const } } : {}) },
      health: rested,
    };
  }
  return {
    rotation: costsRetry(outcome) ? paid(known, rotation.attempts, now, chance) : known,
    health: rested,
  };
}

/** Takes one retry off, and asks for a pause before the same account is tried once more. */
function paid(rotation: Rotation, attempts: number, now: number, chance: number): Rotation {
  const pauseMs = FIRST_PAUSE_MS * 2 ** Math.min(attempts, 4) * (0.5 + chance);
  return { ...rotation, retriesLeft: rotation.retriesLeft - 1, pauseUntil: now + pauseMs };
}

/**
 * Takes in what came of a refresh: the same account once more, or, with an outcome, another one. A refresh that failed
 * by chance says nothing about the credential: it costs a retry, and a later 401 is answered by another refresh.
 */
export function learnRefresh(
  rotation: Rotation,
  health: Health,
  candidate: Candidate,
  failed: Outcome | undefined,
  now: number,
  chance: number,
): Learned {
  const { account } = candidate;
  const next = withoutDue(rotation);
  const refreshed = new Set(rotation.refreshed).add(account);
  if (!failed) {
    const tried = new Map(rotation.tried);
    tried.delete(account);
    return { rotation: { ...next, tried, refreshed, due: { kind: 'again', candidate } }, health };
  }
  const last: Tried = { candidate, outcome: failed };
  const known: Rotation = { ...next, last, tried: new Map(rotation.tried).set(account, last) };
  return {
    rotation: costsRetry(failed) ? paid(known, rotation.attempts, now, chance) : { ...known, refreshed },
    health: rest(health, candidate, failed, now, chance),
  };
}

/** Takes in that an account has answered. */
export function learnSuccess(health: Health, candidate: Candidate): Health {
  return recover(health, candidate);
}

/** Takes in a failure after the first content: nothing is tried again, but a limit that the provider named is kept. */
export function learnBroken(
  health: Health,
  candidate: Candidate,
  outcome: Outcome,
  now: number,
  chance: number,
): Health {
  return isSoft(outcome.kind) && outcome.waitMs === undefined
    ? health
    : rest(health, candidate, outcome, now, chance);
}

function withoutDue(rotation: Rotation): Omit<Rotation, 'due'> {
  const { due: _, ...others } = rotation;
  return others;
}
