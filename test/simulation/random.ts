/** Numbers that look like chance and are the same for the same seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** In [min, max). */
  between(min: number, max: number): number;
  /** Exponentially distributed: how long until something comes that comes once in `mean` on average. */
  until(mean: number): number;
}

/** Marsaglia's xorshift with 32 bits: short, and good enough to draw arrivals from. */
export function makeRandom(seed: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 8; warmUp += 1) next();
  return {
    next,
    between: (min, max) => min + (max - min) * next(),
    until: (mean) => -mean * Math.log(1 - next()),
  };
}
