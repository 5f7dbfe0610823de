import type { Outcome, QuotaWindow } from '../../src/outcome.ts';
import { makeAffinity } from '../../src/rotation/affinity.ts';
import type { Candidate } from '../../src/rotation/candidate.ts';
import { noTurns } from '../../src/rotation/choose.ts';
import { learn, learnBroken, learnRefresh, learnSuccess, type Learned } from '../../src/rotation/learn.ts';
import {
  admit,
  endTrials,
  enqueue,
  leave,
  noLoad,
  release,
  type Admission,
  type Load,
} from '../../src/rotation/load.ts';
import { ownerAfter } from '../../src/rotation/ownership.ts';
import { noRests, prune, type Health } from '../../src/rotation/rests.ts';
import { begin, type RequestLimits, type Rotation } from '../../src/rotation/rotation.ts';
import { nextStep, type Step } from '../../src/rotation/steps.ts';
import type { Verdict } from '../../src/rotation/verdict.ts';
import { noteWindows } from '../../src/rotation/windows.ts';
import { makeAgenda } from './agenda.ts';

/**
 * Many requests over the engine as it is, in time that only this moves on: what the gateway's shell does, without sockets.
 * All times are milliseconds since the beginning.
 */
export interface VirtualWorld {
  readonly candidates: readonly Candidate[];
  readonly limits: RequestLimits;
  readonly deadlineMs: number;
  readonly holdMs?: number;
  /** Numbers in [0, 1). */
  chance(): number;
  reply(call: Call): Reply;
  /** What becomes of a refresh; it takes no time. By default it succeeds. */
  renew?(account: string, at: number): Outcome | undefined;
  /** Told of each attempt before it is sent. */
  onSend?(call: Call, view: Seen, step: Extract<Step, { kind: 'send' }>): void;
  /** Told of each change of what is known. */
  onHealth?(before: Health, after: Health, at: number): void;
  /** Told of each end; what it returns comes on top of what is to arrive. */
  onEnd?(end: RequestEnd, view: Seen): readonly Arrival[] | undefined | void;
}

export interface Arrival {
  readonly at: number;
  /** Names the conversation, for affinity. */
  readonly conversation?: string;
  /** The account that holds its cache, where affinity is not to be asked. */
  readonly owner?: string;
  readonly hangsUpAfterMs?: number;
}

export interface Call {
  readonly request: number;
  readonly arrival: Arrival;
  readonly candidate: Candidate;
  readonly at: number;
}

export interface Reply {
  /** How long the attempt takes. */
  readonly ms: number;
  /** Absent where it is answered well. */
  readonly outcome?: Outcome;
  /** When the first content comes; at the end where it is absent. An outcome of an attempt that has one is a broken stream. */
  readonly firstMs?: number;
  readonly windows?: readonly QuotaWindow[];
}

export interface Seen {
  readonly now: number;
  readonly health: Health;
  readonly load: Load;
}

export interface RequestEnd {
  readonly arrival: Arrival;
  readonly rotation: Rotation;
  readonly kind: 'answered' | 'broken' | 'delivered' | 'exhausted' | 'hung-up';
  readonly at: number;
  /** Who answered. */
  readonly candidate?: Candidate;
  readonly verdict?: Verdict;
}

interface Journey {
  readonly arrival: Arrival;
  readonly request: number;
  rotation: Rotation;
  attempt?: Attempt;
  isWaiting: boolean;
  isOver: boolean;
  /** Of several wake-ups that are noted only the last counts. */
  wakeUp: number;
}

interface Attempt {
  readonly call: Call;
  readonly admission: Admission;
  readonly reply: Reply;
  /** Whose the conversation is if it is answered. */
  readonly owner: string;
  hasBegun: boolean;
}

type Happening =
  | { readonly kind: 'arrival'; readonly arrival: Arrival }
  | { readonly kind: 'look'; readonly journey: Journey; readonly wakeUp: number }
  | { readonly kind: 'content' | 'end'; readonly journey: Journey; readonly attempt: Attempt }
  | { readonly kind: 'hang-up'; readonly journey: Journey };

/** A request that takes more steps than this at one moment turns in a circle. */
const MOST_STEPS = 1000;

/** @returns what is known when all requests are over */
export function runVirtually(world: VirtualWorld, arrivals: readonly Arrival[]): Seen {
  const agenda = makeAgenda<Happening>();
  const affinity = makeAffinity();
  const waiting = new Set<Journey>();
  let health = noRests;
  let load = noLoad;
  let turns = noTurns;
  let now = 0;
  let requests = 0;

  for (const arrival of arrivals) agenda.add(arrival.at, { kind: 'arrival', arrival });
  for (let next = agenda.next(); next; next = agenda.next()) {
    now = Math.max(now, next.at);
    happen(next.item);
  }
  return seen();

  function seen(): Seen {
    return { now, health, load };
  }

  function happen(one: Happening): void {
    if (one.kind === 'arrival') return arrive(one.arrival);
    const { journey } = one;
    if (journey.isOver) return;
    if (one.kind === 'hang-up') return hangUp(journey);
    if (one.kind === 'look')
      return journey.isWaiting && journey.wakeUp === one.wakeUp ? go(journey) : undefined;
    if (journey.attempt !== one.attempt) return;
    if (one.kind === 'content') begun(one.attempt);
    else conclude(journey, one.attempt);
  }

  function arrive(arrival: Arrival): void {
    requests += 1;
    const { conversation } = arrival;
    const owner =
      arrival.owner ?? (conversation === undefined ? undefined : affinity.owner(conversation, now));
    const { candidates, limits } = world;
    const deadline = now + world.deadlineMs;
    const holdUntil = now + (world.holdMs ?? 0);
    const rotation = begin({ request: requests, candidates, owners: [owner], limits, deadline, holdUntil });
    const journey: Journey = {
      arrival,
      request: requests,
      rotation,
      isWaiting: false,
      isOver: false,
      wakeUp: 0,
    };
    if (arrival.hangsUpAfterMs !== undefined) {
      agenda.add(now + arrival.hangsUpAfterMs, { kind: 'hang-up', journey });
    }
    go(journey);
  }

  function go(journey: Journey): void {
    waiting.delete(journey);
    journey.isWaiting = false;
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const step = nextStep(journey.rotation, { health, load, turns, now, chance: world.chance() });
      if (step.kind === 'refresh') refresh(journey, step.candidate);
      else return perform(journey, step);
    }
    throw new Error('a request turns in a circle');
  }

  function perform(journey: Journey, step: Exclude<Step, { kind: 'refresh' }>): void {
    if (step.kind === 'send') return send(journey, step);
    if (step.kind === 'deliver') return end(journey, { kind: 'delivered' });
    if (step.kind === 'exhausted') return end(journey, { kind: 'exhausted', verdict: step.verdict });
    if (step.queue) load = enqueue(load, { request: journey.request, ...step.queue });
    if (!(step.until > now)) throw new Error('a request waits for what is over');
    journey.isWaiting = true;
    journey.wakeUp += 1;
    waiting.add(journey);
    agenda.add(step.until, { kind: 'look', journey, wakeUp: journey.wakeUp });
  }

  function send(journey: Journey, step: Extract<Step, { kind: 'send' }>): void {
    const { candidate, admission } = step;
    const call: Call = { request: journey.request, arrival: journey.arrival, candidate, at: now };
    world.onSend?.(call, seen(), step);
    ({ turns } = step);
    const view = { health, candidates: world.candidates, leaveAt: world.limits.leaveAt, now };
    const owner = ownerAfter(journey.rotation.owners[candidate.stage], candidate, view);
    load = admit(load, admission, now);
    const reply = world.reply(call);
    const attempt: Attempt = { call, admission, reply, owner, hasBegun: false };
    journey.attempt = attempt;
    if (reply.firstMs !== undefined) agenda.add(now + reply.firstMs, { kind: 'content', journey, attempt });
    agenda.add(now + reply.ms, { kind: 'end', journey, attempt });
  }

  function begun(attempt: Attempt): void {
    if (attempt.hasBegun) return;
    attempt.hasBegun = true;
    const { candidate, at } = attempt.call;
    know(noteWindows(health, candidate, attempt.reply.windows ?? [], now));
    know(learnSuccess(health, candidate, at, now));
    load = endTrials(load, attempt.admission);
    changed();
  }

  function conclude(journey: Journey, attempt: Attempt): void {
    const { call, reply } = attempt;
    const { candidate } = call;
    const { outcome } = reply;
    if (outcome === undefined) begun(attempt);
    else know(noteWindows(health, candidate, reply.windows ?? [], now));
    if (outcome && attempt.hasBegun) {
      const moment = { now, chance: world.chance(), request: journey.request };
      know(learnBroken(health, candidate, outcome, moment));
    } else if (outcome) {
      take(journey, learn(journey.rotation, health, { candidate, outcome }, { now, chance: world.chance() }));
    }
    giveBack(journey, attempt);
    if (outcome && !attempt.hasBegun) return go(journey);
    if (outcome) return end(journey, { kind: 'broken', candidate });
    keepConversation(journey.arrival, attempt.owner);
    end(journey, { kind: 'answered', candidate });
  }

  function hangUp(journey: Journey): void {
    const { attempt } = journey;
    if (attempt) giveBack(journey, attempt);
    if (attempt?.hasBegun) keepConversation(journey.arrival, attempt.owner);
    end(journey, { kind: 'hung-up' });
  }

  function giveBack(journey: Journey, { admission }: Attempt): void {
    delete journey.attempt;
    load = release(load, admission);
    changed();
  }

  function refresh(journey: Journey, candidate: Candidate): void {
    const failed = world.renew?.(candidate.account, now);
    take(journey, learnRefresh(journey.rotation, health, candidate, failed, { now, chance: world.chance() }));
  }

  function keepConversation({ conversation }: Arrival, owner: string): void {
    if (conversation !== undefined) affinity.own(conversation, owner, now);
  }

  function end(journey: Journey, how: Pick<RequestEnd, 'kind' | 'candidate' | 'verdict'>): void {
    journey.isOver = true;
    waiting.delete(journey);
    load = leave(load, journey.request);
    const { arrival, rotation } = journey;
    const more = world.onEnd?.({ arrival, rotation, at: now, ...how }, seen()) ?? [];
    for (const next of more) agenda.add(next.at, { kind: 'arrival', arrival: next });
    changed();
  }

  function take(journey: Journey, learned: Learned): void {
    journey.rotation = learned.rotation;
    know(learned.health);
  }

  function know(next: Health): void {
    if (next === health) return;
    const before = health;
    health = prune(next, now);
    world.onHealth?.(before, health, now);
    changed();
  }

  /** Whoever waits looks again, in the order in which they began to wait. */
  function changed(): void {
    for (const journey of waiting) {
      journey.wakeUp += 1;
      agenda.add(now, { kind: 'look', journey, wakeUp: journey.wakeUp });
    }
  }
}
