import type { OutcomeKind } from '../outcome.ts';
import type { Candidate } from './candidate.ts';
import { choose, type Turns } from './choose.ts';
import type { Admission } from './load.ts';
import { detour } from './detour.ts';
import { isGuess } from './rests.ts';
import { askerOf, costsRetry, isOutOfRetries, triedAt, type Rotation } from './rotation.ts';
import { isMove, standingOf, type Asker, type Standing, type View } from './standing.ts';
import { verdictOf, type Verdict } from './verdict.ts';

export type Step =
  /** Take the place, send, and give it back when the attempt is over. */
  | {
      readonly kind: 'send';
      readonly candidate: Candidate;
      readonly turns: Turns;
      readonly admission: Admission;
    }
  | { readonly kind: 'refresh'; readonly candidate: Candidate }
  /** Ask again at `until`, or as soon as anything has changed. */
  | {
      readonly kind: 'wait';
      readonly until: number;
      /** A place in the queue for accounts that are busy; absent where only time is waited for. */
      readonly queue?: { readonly accounts: readonly string[]; readonly ramped: readonly string[] };
    }
  /** Hand the upstream's last answer to the caller as it is. */
  | { readonly kind: 'deliver' }
  | { readonly kind: 'exhausted'; readonly verdict: Verdict };

/** All that a step depends on besides the request itself. */
export interface Surroundings extends View {
  readonly turns: Turns;
  /** A number in [0, 1), for the strategy that goes by chance. */
  readonly chance: number;
}

/** A wait for what is only a guess of ours is worth it up to this long; beyond it an error serves the caller better. */
const WORTHWHILE_WAIT_MS = 10_000;

/** What to do now. Asking twice without telling an outcome in between gives the same answer. */
export function nextStep(rotation: Rotation, around: Surroundings): Step {
  const { due, last, deadline } = rotation;
  if (due?.kind === 'deliver') return due;
  if (due?.kind === 'refresh') return { kind: 'refresh', candidate: due.candidate };
  if (due?.kind === 'owner') return ownerStep(rotation, due.candidate, around);
  const step = around.now < deadline ? nextAttempt(rotation, around) : undefined;
  if (step) return step;
  if (last?.outcome.kind === 'empty') return { kind: 'deliver' };
  const asker = askerOf(rotation, 0);
  return { kind: 'exhausted', verdict: verdictOf(rotation.candidates, rotation.tried, asker, around) };
}

/** Nobody but the owner can read what the request leans on: it is waited for, or named with its time, as if it were alone. */
function ownerStep(rotation: Rotation, owner: Candidate, around: Surroundings): Step {
  const { deadline, pauseUntil, candidates, tried } = rotation;
  const { now } = around;
  const asker = askerOf(rotation, owner.stage);
  const isAgain = triedAt(rotation, owner) !== undefined;
  const standing = standingOf(owner, asker, around, isAgain);
  if (now < deadline) {
    const step = isUsable(standing)
      ? isAgain && now < pauseUntil
        ? waitUntil(pauseUntil, deadline)
        : sendTo(rotation, owner, standing, around)
      : (waitForRoom(rotation, [[owner, standing]], around) ?? waitForRest(rotation, standing, now));
    if (step) return step;
  }
  const known = candidates.filter((one) => one === owner || triedAt(rotation, one) !== undefined);
  const verdict = verdictOf(known, tried, asker, around);
  return verdict.retryAt === undefined ? { kind: 'deliver' } : { kind: 'exhausted', verdict };
}

function waitUntil(until: number, deadline: number): Step | undefined {
  return until < deadline ? { kind: 'wait', until } : undefined;
}

/** Where there is no other account a short rest is sat out, whoever named it. */
function waitForRest({ deadline }: Rotation, standing: Standing, now: number): Step | undefined {
  if (standing.state !== 'resting') return undefined;
  return waitUntil(standing.rest.until, Math.min(deadline, now + WORTHWHILE_WAIT_MS));
}

function nextAttempt(rotation: Rotation, around: Surroundings): Step | undefined {
  const { due } = rotation;
  if (due?.kind === 'again') {
    const standing = standingOf(due.candidate, askerOf(rotation, due.candidate.stage), around, true);
    if (isUsable(standing)) return sendTo(rotation, due.candidate, standing, around);
  }
  const stages = 1 + (rotation.candidates.at(-1)?.stage ?? 0);
  for (let stage = 0; stage < stages; stage += 1) {
    if (isOutOfRetries(rotation, stage)) continue;
    const step = stageStep(rotation, stage, around);
    if (step) return step;
  }
  return hold(rotation, around);
}

/** What can be done with the accounts that have one of the models. */
function stageStep(rotation: Rotation, stage: number, around: Surroundings): Step | undefined {
  const asker = askerOf(rotation, stage);
  const { owner } = asker;
  const home = atHome(rotation, stage, asker, around);
  if (home) return home;
  const free: Candidate[] = [];
  const spare: Candidate[] = [];
  const standings: (readonly [Candidate, Standing])[] = [];
  for (const candidate of rotation.candidates) {
    if (candidate.stage !== stage || triedAt(rotation, candidate) !== undefined) continue;
    const standing = standingOf(candidate, asker, around);
    standings.push([candidate, standing]);
    if (standing.state === 'free') free.push(candidate);
    else if (standing.state === 'near-limit') spare.push(candidate);
  }
  const { health, turns, chance, now } = around;
  const choosing = { owner, strategy: rotation.limits.strategy, turns, health, now, chance };
  const choice = choose(detour(rotation, free.length > 0 ? free : spare), choosing);
  const [, chosen] = standings.find(([candidate]) => candidate === choice?.candidate) ?? [];
  if (choice && chosen && isUsable(chosen)) {
    return { ...sendTo(rotation, choice.candidate, chosen, around), turns: choice.turns };
  }
  const spares = sparesRetries(rotation, stage, standings);
  return (
    (spares ? waitForRoom(rotation, standings, around) : undefined) ??
    tryAgain(rotation, stage, standings, around) ??
    waitForRoom(rotation, standings, around) ??
    waitForGuess(rotation, standings, around)
  );
}

/** Most requests go to the account that holds their conversation: where it is free nobody else need be looked at. */
function atHome(rotation: Rotation, stage: number, asker: Asker, around: Surroundings): Step | undefined {
  if (asker.owner === undefined || rotation.attempts > 0) return undefined;
  const home = rotation.candidates.find((one) => one.account === asker.owner && one.stage === stage);
  if (!home) return undefined;
  const standing = standingOf(home, asker, around);
  return standing.state === 'free' ? sendTo(rotation, home, standing, around) : undefined;
}

type Standings = readonly (readonly [Candidate, Standing])[];

/** Whether no more retries are left than accounts which have not been asked yet and are only busy: theirs is the better chance. */
function sparesRetries({ limits, paid }: Rotation, stage: number, untried: Standings): boolean {
  const attemptsLeft = limits.requestRetry + 1 - (paid[stage] ?? 0);
  let busy = 0;
  for (const [, { state }] of untried) if (state === 'busy') busy += 1;
  return busy > 0 && attemptsLeft <= busy;
}

type Usable = Extract<Standing, { readonly trials: readonly string[] }>;

function isUsable(standing: Standing): standing is Usable {
  return standing.state === 'free' || standing.state === 'near-limit';
}

function sendTo(
  rotation: Rotation,
  candidate: Candidate,
  { trials }: Usable,
  { turns }: Surroundings,
): Extract<Step, { kind: 'send' }> {
  const { request } = rotation;
  const moved = isMove(candidate.account, askerOf(rotation, candidate.stage));
  return {
    kind: 'send',
    candidate,
    turns,
    admission: { request, account: candidate.account, moved, trials },
  };
}

/** Where no other account is left, the same one once more: the failure was not its fault. */
function tryAgain(
  rotation: Rotation,
  stage: number,
  untried: Standings,
  around: Surroundings,
): Step | undefined {
  const asker = askerOf(rotation, stage);
  const again = worthAnother(rotation, stage)
    .map((candidate) => ({ candidate, standing: standingOf(candidate, asker, around, true) }))
    .filter(({ standing }) => standing.state !== 'draining');
  const lastAccount = rotation.last?.candidate.account;
  const usable = again.filter(({ standing }) => isUsable(standing));
  const best = usable.find(({ candidate }) => candidate.account !== lastAccount) ?? usable[0];
  if (best && isUsable(best.standing)) {
    const { now } = around;
    const at = triedAt(rotation, best.candidate)?.kind === 'empty' ? now : rotation.pauseUntil;
    if (now >= at) return sendTo(rotation, best.candidate, best.standing, around);
    return waitUntil(at, rotation.deadline);
  }
  if (untried.some(([, { state }]) => state === 'busy')) return undefined;
  const standings = again.map(({ candidate, standing }) => [candidate, standing] as const);
  return waitForRoom(rotation, standings, around) ?? waitForGuess(rotation, standings, around);
}

function worthAnother(rotation: Rotation, stage: number): readonly Candidate[] {
  const tried = rotation.candidates.filter(
    (one) => one.stage === stage && triedAt(rotation, one) !== undefined,
  );
  const emptied = tried.find((one) => triedAt(rotation, one)?.kind === 'empty');
  if (emptied && rotation.empties < 2) return [emptied];
  return tried.filter((candidate) => {
    const outcome = triedAt(rotation, candidate);
    return outcome !== undefined && costsRetry(outcome) && outcome.waitMs === undefined;
  });
}

/** Somebody will make room: waits in the queue, which has an end. */
function waitForRoom(
  { request, deadline, limits }: Rotation,
  standings: Standings,
  { load }: Surroundings,
): Step | undefined {
  const accounts: string[] = [];
  const ramped: string[] = [];
  let until = deadline;
  for (const [{ account }, standing] of standings) {
    if (standing.state !== 'busy') continue;
    (standing.why === 'ramp' ? ramped : accounts).push(account);
    until = Math.min(until, standing.until ?? deadline);
  }
  if (accounts.length + ramped.length === 0) return undefined;
  const isInside = load.queue.some((one) => one.request === request);
  if (!isInside && load.queue.length >= limits.maxQueued) return undefined;
  return { kind: 'wait', until, queue: { accounts, ramped } };
}

/** All rest; where a rest is a guess of ours and short, sitting it out beats refusing. */
function waitForGuess({ deadline }: Rotation, standings: Standings, { now }: Surroundings): Step | undefined {
  return waitUntil(soonestGuess(standings), Math.min(deadline, now + WORTHWHILE_WAIT_MS));
}

function soonestGuess(standings: Standings): number {
  let soonest = Infinity;
  for (const [, standing] of standings) {
    if (standing.state !== 'resting' || !isGuess(standing.key, standing.rest)) continue;
    soonest = Math.min(soonest, standing.rest.until);
  }
  return soonest;
}

/** Between two attempts of one request on an account whose rest is over: a hint of a millisecond is no reason to hammer. */
const HOLD_PAUSE_MS = 250;

/** The caller's settings would rather wait than be refused: whose limit has passed meanwhile is asked once more. */
function hold(rotation: Rotation, around: Surroundings): Step | undefined {
  const { holdUntil, deadline, candidates, failedAt } = rotation;
  const latest = Math.min(holdUntil, deadline);
  if (around.now >= latest) return undefined;
  let soonest = Infinity;
  for (const candidate of candidates) {
    if (isOutOfRetries(rotation, candidate.stage)) continue;
    const outcome = triedAt(rotation, candidate);
    if (outcome && !isLimit(outcome.kind)) continue;
    const standing = standingOf(candidate, askerOf(rotation, candidate.stage), around);
    const at = standing.state === 'resting' ? standing.rest.until : around.now;
    const pausedUntil = outcome ? Math.max(at, failedAt + HOLD_PAUSE_MS) : at;
    if (isUsable(standing) && pausedUntil <= around.now) return sendTo(rotation, candidate, standing, around);
    if (standing.state === 'resting' || isUsable(standing)) soonest = Math.min(soonest, pausedUntil);
  }
  return waitUntil(soonest, latest);
}

/** Kinds that time alone mends, and that count as no bad luck of this request. */
function isLimit(kind: OutcomeKind): boolean {
  return kind === 'throttle' || kind === 'window-spent' || kind === 'billing' || kind === 'overload';
}
