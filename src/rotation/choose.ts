/** An account that can serve a request, with the name its provider gives the model. */
export interface Candidate {
  readonly account: string;
  readonly provider: string;
  readonly model: string;
  readonly priority: number;
  readonly weight: number;
  /** Whether the credential can be renewed: a first 401 is then answered by a refresh. */
  readonly refreshable: boolean;
  /** Whether a 429 of this account may be answered by another one. */
  readonly switchOn429: boolean;
}

/** `round-robin`: turns by weight. `fill-first`: the first one until it is spent, which keeps its caches warm. */
export type Strategy = 'round-robin' | 'fill-first';

/** The running credit of each account in smooth weighted round robin; one such record for each model. */
export type Turns = ReadonlyMap<string, number>;

export const noTurns: Turns = new Map();

export interface Choice {
  readonly candidate: Candidate;
  readonly turns: Turns;
}

/**
 * Picks one of the candidates that may be used now: the affinity owner if it is among them, otherwise by the
 * strategy within the highest priority tier. The owner's turns are not counted: sessions are spread when they begin.
 */
export function choose(
  available: readonly Candidate[],
  owner: string | undefined,
  strategy: Strategy,
  turns: Turns,
): Choice | undefined {
  const owned = owner === undefined ? undefined : available.find(({ account }) => account === owner);
  if (owned) return { candidate: owned, turns };
  const tier = topTier(available);
  const first = tier[0];
  if (!first) return undefined;
  if (strategy === 'fill-first' || tier.length === 1) return { candidate: first, turns };
  return nextTurn(tier, first, turns);
}

function topTier(candidates: readonly Candidate[]): readonly Candidate[] {
  const top = candidates.reduce((most, { priority }) => Math.max(most, priority), -Infinity);
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
