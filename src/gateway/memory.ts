import { makeAffinity, type Affinity } from '../rotation/affinity.ts';
import { noTurns, type Turns } from '../rotation/choose.ts';
import { noRests, prune, reset, type Health } from '../rotation/rests.ts';

/** What the gateway knows from one request to the next. The values are rotation's; this only holds them. */
export interface Memory {
  readonly health: Health;
  setHealth(health: Health, now: number): void;
  turns(model: string): Turns;
  setTurns(model: string, turns: Turns): void;
  readonly affinity: Affinity;
  reset(account: string | undefined): void;
}

/** Models that turns are kept for; beyond this the oldest begin anew, which costs nothing but evenness. */
const MOST_MODELS = 500;

/** @param onHealth told of each change, so that rests outlive the process */
export function makeMemory(known: Health | undefined, onHealth: (health: Health) => void): Memory {
  let health = known ?? noRests;
  const turnsByModel = new Map<string, Turns>();
  return {
    get health() {
      return health;
    },
    setHealth(next, now) {
      if (next === health) return;
      health = prune(next, now);
      onHealth(health);
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
    reset(account) {
      health = reset(health, account);
      onHealth(health);
    },
  };
}
