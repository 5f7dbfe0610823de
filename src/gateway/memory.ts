import { makeAffinity, type Affinity } from '../rotation/affinity.ts';
import { noTurns, type Turns } from '../rotation/choose.ts';
import {
  admit,
  endTrials,
  enqueue,
  leave,
  noLoad,
  release,
  type Admission,
  type Load,
  type Waiting,
} from '../rotation/load.ts';
import { noRests, prune, reset, type Health } from '../rotation/rests.ts';

/** What the gateway knows from one request to the next. The values are rotation's; this only holds them. */
export interface Memory {
  readonly health: Health;
  readonly load: Load;
  setHealth(health: Health, now: number): void;
  /** Takes an attempt's place. */
  admit(admission: Admission, now: number): void;
  /** Gives it back; must follow every `admit`, however the attempt ends. */
  release(admission: Admission): void;
  /** The attempt has shown that it works, though it is not over. */
  endTrials(admission: Admission): void;
  enqueue(waiting: Waiting): void;
  /** The request is over: it waits for nothing. */
  leave(request: number): void;
  turns(model: string): Turns;
  setTurns(model: string, turns: Turns): void;
  readonly affinity: Affinity;
  /** Which account gave an answer, by the answer's id. */
  readonly answers: Affinity;
  /** The number of a request that has just come. */
  nextRequest(): number;
  /**
   * Calls when something has changed that a waiting request may wait for.
   * @returns what takes the listener off again
   */
  onChange(listener: () => void): () => void;
  reset(target: Parameters<typeof reset>[1]): void;
}

/** Providers keep an answer that a request may go on from for 30 days. */
const ANSWER_TTL_MS = 30 * 24 * 3_600_000;

/** Models that turns are kept for; beyond this the oldest begin anew, which costs nothing but evenness. */
const MOST_MODELS = 500;

/** @param onHealth told of each change, so that rests outlive the process */
export function makeMemory(known: Health | undefined, onHealth: (health: Health) => void): Memory {
  let health = known ?? noRests;
  let load = noLoad;
  let requests = 0;
  const turnsByModel = new Map<string, Turns>();
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const keep = (next: Health) => {
    if (next === health) return;
    health = next;
    onHealth(health);
    changed();
  };
  return {
    get health() {
      return health;
    },
    get load() {
      return load;
    },
    setHealth: (next, now) => keep(next === health ? next : prune(next, now)),
    admit(admission, now) {
      load = admit(load, admission, now);
    },
    release(admission) {
      load = release(load, admission);
      changed();
    },
    endTrials(admission) {
      const next = endTrials(load, admission);
      if (next === load) return;
      load = next;
      changed();
    },
    enqueue(waiting) {
      load = enqueue(load, waiting);
    },
    leave(request) {
      const next = leave(load, request);
      if (next === load) return;
      load = next;
      changed();
    },
    turns: (model) => turnsByModel.get(model) ?? noTurns,
    setTurns(model, turns) {
      const oldest = turnsByModel.keys().next();
      if (turnsByModel.size >= MOST_MODELS && !turnsByModel.has(model) && !oldest.done) {
        turnsByModel.delete(oldest.value);
      }
      turnsByModel.set(model, turns);
    },
    affinity: makeAffinity(),
    answers: makeAffinity({ ttlMs: ANSWER_TTL_MS }),
    nextRequest() {
      requests += 1;
      return requests;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reset: (target) => keep(reset(health, target)),
  };
}
