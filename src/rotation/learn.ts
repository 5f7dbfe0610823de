import type { Outcome } from '../outcome.ts';
import type { Candidate } from './candidate.ts';
import { rest, type Moment } from './resting.ts';
import { isSoft, openRest, recover, type Health } from './rests.ts';
import { costsRetry, type Due, type Rotation, type Tried } from './rotation.ts';
import { passesByItself, triedKey } from './verdict.ts';

export interface Learned {
  readonly rotation: Rotation;
  readonly health: Health;
}

/** When an outcome came, and a number in [0, 1) for the jitter of rests and pauses. */
export type Instant = Omit<Moment, 'request'>;

const FIRST_PAUSE_MS = 250;

/** Takes in what an attempt taught. */
export function learn(rotation: Rotation, health: Health, tried: Tried, at: Instant): Learned {
  const { candidate, outcome } = tried;
  const { account } = candidate;
  const known = taken(rotation, tried, at.now);
  if (outcome.kind === 'request') return { rotation: { ...known, due: { kind: 'deliver' } }, health };
  if (outcome.kind === 'affinity')
    return { rotation: { ...known, due: backToOwner(rotation, candidate) }, health };
  if (outcome.kind === 'auth' && candidate.refreshable && !rotation.refreshed.has(account)) {
    return { rotation: { ...known, due: { kind: 'refresh', candidate } }, health };
  }
  const rested = rest(health, candidate, outcome, { ...at, request: rotation.request });
  if (outcome.status === 429 && !candidate.switchOn429) {
    return { rotation: { ...known, due: { kind: 'deliver' } }, health: rested };
  }
  if (outcome.kind === 'empty') {
    const empties = rotation.empties + 1;
    const next =
      empties > 1 ? { ...known, empties, due: { kind: 'deliver' as const } } : { ...known, empties };
    return { rotation: next, health: rested };
  }
  const widened = widen(known, candidate, outcome, rested, at.now);
  const isPaid = costsRetry(widened.last?.outcome ?? outcome);
  return {
    rotation: isPaid ? paid(widened, candidate.stage, rotation.attempts, at) : widened,
    health: rested,
  };
}

/** The outcome as part of the record. */
function taken(rotation: Rotation, tried: Tried, failedAt: number): Rotation {
  return {
    ...withoutDue(rotation),
    attempts: rotation.attempts + 1,
    last: tried,
    failedAt,
    tried: new Map(rotation.tried).set(triedKey(tried.candidate), tried),
  };
}

function backToOwner({ owners, candidates, tried }: Rotation, { account, stage }: Candidate): Due {
  const owner = owners[stage];
  const home = candidates.find((one) => one.stage === stage && one.account === owner);
  if (!home || owner === account) return { kind: 'deliver' };
  const before = tried.get(triedKey(home))?.outcome.kind;
  return before === undefined || passesByItself(before)
    ? { kind: 'owner', candidate: home }
    : { kind: 'deliver' };
}

/** A limit that turned out to be the provider's, not the account's: whoever met it in this request may be asked again. */
function widen(
  rotation: Rotation,
  candidate: Candidate,
  outcome: Outcome,
  health: Health,
  now: number,
): Rotation {
  if (outcome.kind !== 'throttle' || outcome.waitMs) return rotation;
  if (openRest(health, candidate.keys, now)?.key !== candidate.keys.provider) return rotation;
  const tried = new Map(rotation.tried);
  for (const [key, one] of tried) {
    const { kind, waitMs } = one.outcome;
    if (kind !== 'throttle' || waitMs || one.candidate.provider !== candidate.provider) continue;
    tried.set(key, { ...one, outcome: { ...one.outcome, scope: 'provider' } });
  }
  const last = tried.get(triedKey(candidate));
  return { ...rotation, tried, ...(last ? { last } : {}) };
}

/** Takes one retry off, and asks for a pause before the same account is tried once more. */
function paid(rotation: Rotation, stage: number, attempts: number, { now, chance }: Instant): Rotation {
  // Whole milliseconds, as clocks tell them: a fraction could be waited for at the very moment when it is over.
  const pauseMs = Math.ceil(FIRST_PAUSE_MS * 2 ** Math.min(attempts, 4) * (0.5 + chance));
  const sums = [...rotation.paid];
  for (let at = sums.length; at <= stage; at += 1) sums.push(0);
  sums[stage] = (sums[stage] ?? 0) + 1;
  return { ...rotation, paid: sums, pauseUntil: now + pauseMs };
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
  at: Instant,
): Learned {
  const next = withoutDue(rotation);
  const refreshed = new Set(rotation.refreshed).add(candidate.account);
  if (!failed) {
    const tried = new Map(rotation.tried);
    tried.delete(triedKey(candidate));
    return { rotation: { ...next, tried, refreshed, due: { kind: 'again', candidate } }, health };
  }
  const last: Tried = { candidate, outcome: failed };
  const known: Rotation = { ...next, last, tried: new Map(rotation.tried).set(triedKey(candidate), last) };
  return {
    rotation: costsRetry(failed)
      ? paid(known, candidate.stage, rotation.attempts, at)
      : { ...known, refreshed },
    health: rest(health, candidate, failed, { ...at, request: rotation.request }),
  };
}

/**
 * Takes in that an account has answered: at the first content, not at the end, which may be minutes later.
 * @param startedAt when the attempt began, in milliseconds since the epoch
 */
export function learnSuccess(health: Health, candidate: Candidate, startedAt: number, now: number): Health {
  return recover(health, candidate.keys, startedAt, now);
}

/** Takes in a failure after the first content: nothing is tried again, but a limit that the provider named is kept. */
export function learnBroken(health: Health, candidate: Candidate, outcome: Outcome, moment: Moment): Health {
  return isSoft(outcome.kind) && outcome.waitMs === undefined
    ? health
    : rest(health, candidate, outcome, moment);
}

function withoutDue(rotation: Rotation): Rotation {
  const { due: _, ...others } = rotation;
  return others;
}
