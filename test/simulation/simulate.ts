import { makeCandidate } from '../../src/rotation/candidate.ts';
import { openRest } from '../../src/rotation/rests.ts';
import { askerOf, isOutOfRetries, triedAt, type RequestLimits } from '../../src/rotation/rotation.ts';
import { standingOf } from '../../src/rotation/standing.ts';
import {
  runVirtually,
  type Arrival,
  type Call,
  type RequestEnd,
  type Seen,
} from '../rotation/virtual-time.ts';
import { makeAccount, type AccountPlan, type SimulatedAccount } from './account.ts';
import { makeRandom } from './random.ts';
import { makeDesk, type Desk, type SessionPlan } from './sessions.ts';
import { emptyTally, type Tally } from './tally.ts';
import type { Weather } from './weather.ts';

const SECOND = 1000;
/** What an assistant bears to be told: it comes back after so long, whatever the answer says. */
const LONGEST_RETRY_MS = 60 * SECOND;

/** Rests are drawn out by up to half a minute so that accounts do not return in step, and the first to return is on trial. */
const RETURN_MS = 45 * SECOND;

/** Up to a tenth is added to each wait: who had room for less than this could not be known to have any. */
const JITTER_MS = SECOND;

export interface Scene {
  readonly accounts: readonly AccountPlan[];
  readonly desks: number;
  readonly session: SessionPlan;
  readonly weather: Weather;
  readonly limits: RequestLimits;
  readonly holdMs: number;
  readonly maxConcurrent: number;
  readonly affinity: boolean;
  readonly seed: number;
  readonly hours: number;
}

const MODEL = 'm';

/** Runs the engine over simulated people and accounts. Nothing in it depends on anything but the scene. */
export function simulate(scene: Scene): Tally {
  const random = makeRandom(scene.seed);
  const tally = emptyTally();
  const accounts = new Map(scene.accounts.map((plan) => [plan.name, makeAccount(plan)]));
  const desks = Array.from({ length: scene.desks }, (_, at) => makeDesk(`d${at}`, scene.session, random));
  const people: People = { desks, arrivals: new Map(), lastBy: new Map() };
  const limitedUntil = new Map<string, number>();
  const moves = new Map<string, number[]>();
  let isResting = false;
  const endMs = scene.hours * 3600 * SECOND;

  runVirtually(
    {
      candidates: scene.accounts.map(({ name, provider }) => {
        const { maxConcurrent } = scene;
        return makeCandidate({ account: name, provider, model: MODEL, maxConcurrent, refreshable: false });
      }),
      limits: scene.limits,
      deadlineMs: 600 * SECOND,
      holdMs: scene.holdMs,
      chance: random.next,
      onSend(call, { health }, { admission }) {
        tally.attempts += 1;
        const open = openRest(health, call.candidate.keys, call.at);
        isResting = open !== undefined && admission.trials.length === 0;
        if (admission.moved) noteMove(moves, call, tally);
      },
      reply: (call) => reply(call),
      onEnd: (end, view) => concluded(end, view),
    },
    desks.map((_, at) => arrivalOf(people, at, random.between(0, 60 * SECOND), scene.affinity)),
  );
  return tally;

  function reply(call: Call) {
    const { candidate, at } = call;
    const account = known(accounts, candidate.account);
    const desk = deskOf(people, call.arrival);
    const storm = scene.weather.meets(candidate.provider, candidate.account, at);
    const served = storm ? { outcome: storm, cachedTokens: 0, windows: [] } : account.serve(desk.turn, at);
    const { outcome, cachedTokens, windows } = served;
    if (outcome) {
      if (outcome.status === 429) tally.limited += 1;
      if (outcome.status === 429 && isResting) tally.limitedWhileResting += 1;
      const freeAt = trulyFreeAt(account, at);
      if (freeAt < Infinity) limitedUntil.set(candidate.account, freeAt);
      return {
        ms: outcome.status === undefined ? random.between(200, 3000) : random.between(100, 600),
        outcome,
        windows,
      };
    }
    const since = limitedUntil.get(candidate.account);
    if (since !== undefined) tally.idleMs.push(Math.max(0, at - since));
    limitedUntil.delete(candidate.account);
    const before = people.lastBy.get(desk.turn.conversation);
    if (before !== undefined && before !== candidate.account) noteHop(known(accounts, before), at);
    const firstMs = random.between(400, 2500);
    tally.waitedMs.push(at + firstMs - call.arrival.at);
    tally.readTokens += desk.turn.readTokens;
    tally.cachedTokens += cachedTokens;
    return { firstMs, ms: firstMs + random.between(2000, 25_000), windows };
  }

  function trulyFreeAt({ plan, freeAt }: SimulatedAccount, at: number): number {
    return Math.max(freeAt(at), scene.weather.clearAt(plan.provider, plan.name, at));
  }

  function concluded(end: RequestEnd, view: Seen): readonly Arrival[] {
    const { arrival, at, verdict } = end;
    const index = people.arrivals.get(arrival) ?? 0;
    const desk = deskOf(people, arrival);
    people.arrivals.delete(arrival);
    tally.requests += 1;
    if (end.kind === 'exhausted') {
      tally.refused += 1;
      if (isFree(end, view)) tally.refusedWhileFree += 1;
      if (wouldAnswer(end)) tally.refusedForNothing += 1;
    } else if (end.kind === 'answered' && end.candidate) {
      answered(desk, end.candidate.account);
    } else tally.otherwise += 1;
    const retryMs = Math.min(LONGEST_RETRY_MS, Math.max(SECOND, (verdict?.retryAt ?? Infinity) - at));
    const nextAt = at + (end.kind === 'answered' ? desk.pauseMs() : retryMs);
    return nextAt < endMs ? [arrivalOf(people, index, nextAt, scene.affinity)] : [];
  }

  function answered(desk: Desk, account: string): void {
    const { conversation } = desk.turn;
    const before = people.lastBy.get(conversation);
    tally.answered += 1;
    tally.answeredBy.set(account, (tally.answeredBy.get(account) ?? 0) + 1);
    if (before !== undefined) tally.laterTurns += 1;
    if (before === account) tally.kept += 1;
    people.lastBy.set(conversation, account);
    desk.next();
    if (desk.turn.conversation !== conversation) people.lastBy.delete(conversation);
  }

  function noteHop(left: SimulatedAccount, at: number): void {
    tally.hops += 1;
    if (!left.wasUsedUp(scene.limits.leaveAt, at, RETURN_MS)) tally.needlessHops += 1;
  }

  function wouldAnswer({ rotation, at }: RequestEnd): boolean {
    return rotation.candidates.some((candidate) => {
      const account = known(accounts, candidate.account);
      const since = at - JITTER_MS;
      return triedAt(rotation, candidate) === undefined && trulyFreeAt(account, since) <= since;
    });
  }
}

interface People {
  readonly desks: readonly Desk[];
  /** Whose desk an arrival is of. */
  readonly arrivals: Map<Arrival, number>;
  /** By conversation: who answered last. */
  readonly lastBy: Map<string, string>;
}

function deskOf({ desks, arrivals }: People, arrival: Arrival): Desk {
  const desk = desks[arrivals.get(arrival) ?? -1];
  if (!desk) throw new Error('an arrival is of nobody');
  return desk;
}

function arrivalOf(people: People, index: number, at: number, affinity: boolean): Arrival {
  const conversation = people.desks[index]?.turn.conversation;
  const arrival = { at, ...(affinity && conversation !== undefined ? { conversation } : {}) };
  people.arrivals.set(arrival, index);
  return arrival;
}

function known(accounts: ReadonlyMap<string, SimulatedAccount>, name: string): SimulatedAccount {
  const account = accounts.get(name);
  if (!account) throw new Error(`no account ${name}`);
  return account;
}

/** Whether the engine itself held an account for usable when it refused. */
function isFree({ rotation }: RequestEnd, { health, load, now }: Seen): boolean {
  if (now >= rotation.deadline || isOutOfRetries(rotation, 0)) return false;
  return rotation.candidates.some((candidate) => {
    if (triedAt(rotation, candidate) !== undefined) return false;
    const { state } = standingOf(candidate, askerOf(rotation, 0), { health, load, now });
    return state === 'free' || state === 'near-limit';
  });
}

function noteMove(moves: Map<string, number[]>, { candidate, at }: Call, tally: Tally): void {
  const recent = (moves.get(candidate.account) ?? []).filter((one) => at - one < SECOND);
  recent.push(at);
  moves.set(candidate.account, recent);
  tally.herd = Math.max(tally.herd, recent.length);
}
