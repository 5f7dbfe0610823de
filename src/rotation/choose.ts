import type { Candidate } from './candidate.ts';
import type { Health } from './rests.ts';
import { fullest } from './windows.ts';

/**
 * `round-robin`: turns by weight. `fill-first`: the first one until it is spent, which keeps its caches warm. `least-used`: the
 * one with most room in its quota windows. `random`: by chance, weighted.
 */
export type Strategy = 'round-robin' | 'fill-first' | 'least-used' | 'random';

/** The running credit of each account in smooth weighted round robin; one such record for each model. */
export type Turns = ReadonlyMap<string, number>;

export const noTurns: Turns = new Map();

export interface Choice {
  readonly candidate: Candidate;
  readonly turns: Turns;
}

export interface Choosing {
  readonly owner: string | undefined;
  readonly strategy: Strategy;
  readonly turns: Turns;
  readonly health: Health;
  readonly now: number;
  /** A number in [0, 1). */
  readonly chance: number;
}

/**
 * Picks one of the candidates that may be used now: the affinity owner if it is among them, otherwise by the
 * strategy within the highest priority tier. The owner's turns are not counted: sessions are spread when they begin.
 */
export function choose(available: readonly Candidate[], choosing: Choosing): Choice | undefined {
  const { owner, strategy, turns, chance } = choosing;
  const owned = owner === undefined ? undefined : available.find(({ account }) => account === owner);
  if (owned) return { candidate: owned, turns };
  const tier = topTier(available);
  const first = tier[0];
  if (!first) return undefined;
  if (strategy === 'fill-first' || tier.length === 1) return { candidate: first, turns };
  if (strategy === 'random') return { candidate: byChance(tier, first, chance), turns };
  return nextTurn(strategy === 'least-used' ? roomiest(tier, choosing) : tier, first, turns);
}

function topTier(candidates: readonly Candidate[]): readonly Candidate[] {
  let top = -Infinity;
  for (const { priority } of candidates) if (priority > top) top = priority;
  return candidates.filter(({ priority }) => priority === top);
}

/**
 * Smooth weighted round robin: each gains its share of the turn, the richest serves and pays for it, so turns interleave
 * instead of clumping. Shares and not weights are counted: an account that rests now and then would otherwise pay more
 * for a turn in a large company than in a small one, and lose its share.
 */
function nextTurn(tier: readonly Candidate[], first: Candidate, turns: Turns): Choice {
  const next = new Map(turns);
  const sum = tier.reduce((total, { weight }) => total + weight, 0);
  let richest = first;
  let most = -Infinity;
  for (const candidate of tier) {
    const credit = (next.get(candidate.account) ?? 0) + candidate.weight / sum;
    next.set(candidate.account, credit);
    if (credit > most + ROUNDING) {
      most = credit;
      richest = candidate;
    }
  }
  next.set(richest.account, most - 1);
  return { candidate: richest, turns: next };
}

/** Credits that differ by less are equal: the first of them serves. */
const ROUNDING = 1e-9;

function byChance(tier: readonly Candidate[], first: Candidate, chance: number): Candidate {
  const sum = tier.reduce((total, { weight }) => total + weight, 0);
  let left = chance * sum;
  for (const candidate of tier) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  return first;
}

/** What is not known is neither full nor empty. */
const UNKNOWN_USE = 0.5;
/** Uses that differ by less are equal, and take turns: figures of different ages are no truer than that. */
const SAME_USE = 0.02;

function roomiest(tier: readonly Candidate[], { health, now }: Choosing): readonly Candidate[] {
  const uses = tier.map(({ account, model }) => {
    const windows = health.windows.get(account);
    return (windows && fullest(windows, model, now)?.used) ?? UNKNOWN_USE;
  });
  const least = Math.min(...uses);
  return tier.filter((_, at) => (uses[at] ?? UNKNOWN_USE) <= least + SAME_USE);
}
