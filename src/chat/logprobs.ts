/** A token that a model could say. */
export interface LikelyToken {
  readonly token: string;
  /** The natural logarithm of its probability. */
  readonly logprob: number;
  /** Its UTF-8, where the upstream tells it: a token may be part of a character. */
  readonly bytes?: readonly number[];
}

/** A token that it said, and what was likely in its place. */
export interface SaidToken extends LikelyToken {
  readonly others: readonly LikelyToken[];
}

/** That a client wants to know how likely each token was. */
export interface LogprobsWish {
  /** How many others of each token's place; 0 where only those that were said are wanted. */
  readonly others: number;
  /** What the client's protocol calls the wish, for a refusal. */
  readonly param: string;
}
