import { keysOf, type Target, type TargetKeys } from './keys.ts';

/** An account that can serve a request, with the name its provider gives the model. */
export interface Candidate extends Target {
  readonly keys: TargetKeys;
  readonly priority: number;
  readonly weight: number;
  /** Whether the credential can be renewed: a first 401 is then answered by a refresh. */
  readonly refreshable: boolean;
  /** Whether a 429 of this account may be answered by another one. */
  readonly switchOn429: boolean;
  /** How many attempts may be under way on it at once; `Infinity` where nothing limits it. */
  readonly maxConcurrent: number;
  /** It finishes the conversations that it has, and takes no new one. */
  readonly draining: boolean;
  /** 0: has the model that was asked for. Above: has that of the so-many-th fallback, used when all before are spent. */
  readonly stage: number;
}

/** What a candidate may leave to its defaults. */
export type CandidateFacts = Target & Partial<Omit<Candidate, 'keys'>>;

export function makeCandidate(facts: CandidateFacts): Candidate {
  return {
    priority: 0,
    weight: 1,
    refreshable: true,
    switchOn429: true,
    maxConcurrent: Infinity,
    draining: false,
    stage: 0,
    ...facts,
    keys: keysOf(facts),
  };
}
