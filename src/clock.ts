/** Where "now" and chance come from. Pure code takes their values as arguments; only the composition root makes the real ones. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

export const systemClock: Clock = { now: () => Date.now() };
