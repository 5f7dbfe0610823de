import { expect } from 'vitest';
import type { Outcome } from '../../src/outcome.ts';
import { makeCandidate, type Candidate, type CandidateFacts } from '../../src/rotation/candidate.ts';
import { noTurns, type Strategy } from '../../src/rotation/choose.ts';
import { learn, learnRefresh, learnSuccess, type Learned } from '../../src/rotation/learn.ts';
import { admit, noLoad, release } from '../../src/rotation/load.ts';
import { noRests, openRest, type Health, type Rest } from '../../src/rotation/rests.ts';
import { begin } from '../../src/rotation/rotation.ts';
import { nextStep } from '../../src/rotation/steps.ts';
import type { Verdict } from '../../src/rotation/verdict.ts';

/** Milliseconds since the epoch. */
export const START = 1_800_000_000_000;

export type Answer = Outcome | 'ok';

export interface World {
  readonly candidates: readonly Candidate[];
  /** What an account answers to an attempt that begins so many milliseconds after the start, and is its so-many-th, from 0. */
  answer(account: string, afterMs: number, attempt: number): Answer;
  /** What becomes of a refresh; by default it succeeds. */
  renew?(account: string, refresh: number): Outcome | undefined;
  /** What other requests do to the rests meanwhile, before each step. */
  meanwhile?(health: Health, now: number, step: number): Health;
  readonly health?: Health;
  readonly owners?: readonly (string | undefined)[];
  readonly owner?: string;
  readonly strategy?: Strategy;
  readonly requestRetry?: number;
  readonly deadlineMs?: number;
  readonly holdMs?: number;
  readonly attemptMs?: number;
  readonly chance?: number;
}

export interface Sent {
  readonly kind: 'sent';
  readonly account: string;
  readonly model: string;
  readonly answer: Answer;
  readonly afterMs: number;
  readonly open: Rest | undefined;
  /** Accounts that were neither tried nor resting at that moment. */
  readonly free: readonly string[];
}

export type Event =
  | Sent
  | { readonly kind: 'renewed' | 'not-renewed'; readonly account: string }
  | { readonly kind: 'waited'; readonly ms: number };

export interface Journey {
  readonly end: 'success' | 'deliver' | Verdict;
  readonly events: readonly Event[];
  readonly health: Health;
}

const MOST_STEPS = 200;

/** Drives one request through the world as the gateway does, with a clock that only attempts and waits move on. */
export function travel(world: World): Journey {
  const {
    candidates,
    strategy = 'round-robin',
    requestRetry = 3,
    attemptMs = 100,
    chance = 0,
    owner,
    owners = [owner],
  } = world;
  let health = world.health ?? noRests;
  let load = noLoad;
  let now = START;
  let turns = noTurns;
  const deadline = START + (world.deadlineMs ?? 600_000);
  let rotation = begin({
    request: 1,
    candidates,
    owners,
    limits: { strategy, requestRetry, leaveAt: 0.98, maxQueued: 100 },
    deadline,
    holdUntil: START + (world.holdMs ?? 0),
  });
  const events: Event[] = [];
  const count = (kind: Event['kind'], of: string) =>
    events.filter((one) => one.kind === kind && 'account' in one && one.account === of).length;
  const take = (learned: Learned) => ({ rotation, health } = learned);

  for (let at = 0; at < MOST_STEPS; at += 1) {
    health = world.meanwhile?.(health, now, at) ?? health;
    const around = { health, load, turns, now, chance };
    const step = nextStep(rotation, around);
    expect(nextStep(rotation, around)).toEqual(step);
    if (step.kind === 'exhausted') return { end: step.verdict, events, health };
    if (step.kind === 'deliver') return { end: 'deliver', events, health };
    if (step.kind === 'wait') {
      events.push({ kind: 'waited', ms: step.until - now });
      now = step.until;
      continue;
    }
    const { account } = step.candidate;
    if (step.kind === 'refresh') {
      const failed = world.renew?.(account, count('renewed', account) + count('not-renewed', account));
      now += attemptMs;
      events.push({ kind: failed ? 'not-renewed' : 'renewed', account });
      take(learnRefresh(rotation, health, step.candidate, failed, { now, chance }));
      continue;
    }
    const answer = world.answer(account, now - START, count('sent', account));
    const untried = candidates.filter(
      (one) => count('sent', one.account) === 0 && !openRest(health, one.keys, now),
    );
    const open = openRest(health, step.candidate.keys, now)?.rest;
    events.push({
      kind: 'sent',
      account,
      model: step.candidate.model,
      answer,
      afterMs: now - START,
      open,
      free: untried.map((one) => one.account),
    });
    turns = step.turns;
    load = admit(load, step.admission, now);
    const startedAt = now;
    now += attemptMs;
    load = release(load, step.admission);
    if (answer === 'ok') {
      return { end: 'success', events, health: learnSuccess(health, step.candidate, startedAt, now) };
    }
    take(learn(rotation, health, { candidate: step.candidate, outcome: answer }, { now, chance }));
  }
  throw new Error('the request does not end');
}

export function candidate(account: string, more: Partial<CandidateFacts> = {}): Candidate {
  return makeCandidate({ account, provider: 'lab', model: 'm', ...more });
}
