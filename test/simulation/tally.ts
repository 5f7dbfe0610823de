/** What a run is judged by. */
export interface Tally {
  requests: number;
  answered: number;
  /** Ended in an error after its beginning, or for the client's own fault. */
  otherwise: number;
  refused: number;
  /** Refused although the engine held an account for usable: must be 0. */
  refusedWhileFree: number;
  /** Refused although an account would have answered, had it been asked: the price of resting on a guess. */
  refusedForNothing: number;
  attempts: number;
  /** Attempts that met a limit. */
  limited: number;
  /** Of these, on accounts that were resting: must be 0. */
  limitedWhileResting: number;
  /** Turns that are not the first of their conversation. */
  laterTurns: number;
  /** Of these, answered by the account that answered the one before. */
  kept: number;
  /** Turns answered by another account than the one before. */
  hops: number;
  /** Of these, away from an account whose windows had room: because of a short limit or the weather, or back from such a stay. */
  needlessHops: number;
  readTokens: number;
  cachedTokens: number;
  readonly answeredBy: Map<string, number>;
  /** From when a limit was over in truth until its account was used again, in milliseconds. */
  readonly idleMs: number[];
  /** From a request's arrival to its answer's first content, in milliseconds. */
  readonly waitedMs: number[];
  /** How many moved to one account within the same second, at most. */
  herd: number;
}

export function emptyTally(): Tally {
  return {
    requests: 0,
    answered: 0,
    otherwise: 0,
    refused: 0,
    refusedWhileFree: 0,
    refusedForNothing: 0,
    attempts: 0,
    limited: 0,
    limitedWhileResting: 0,
    laterTurns: 0,
    kept: 0,
    hops: 0,
    needlessHops: 0,
    readTokens: 0,
    cachedTokens: 0,
    answeredBy: new Map(),
    idleMs: [],
    waitedMs: [],
    herd: 0,
  };
}

/** Jain's index: 1 where all had the same, 1/n where one had all. */
export function fairness(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}

/** The value below which so large a share of them lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
