import type { Effort, ReasoningWish } from './request.ts';

const inOrder: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** A word of a protocol as an effort; unknown words are none of them. */
export function readEffort(word: unknown): Effort | undefined {
  return inOrder.find((effort) => effort === word);
}

/** What the wish comes to where only efforts can be said. */
export function effortOf(wish: ReasoningWish | undefined): Effort | undefined {
  if (wish?.effort !== undefined || wish?.budgetTokens === undefined) return wish?.effort;
  if (wish.budgetTokens < 0) return undefined;
  if (wish.budgetTokens === 0) return 'none';
  if (wish.budgetTokens <= 4096) return 'low';
  return wish.budgetTokens <= 16_384 ? 'medium' : 'high';
}

/**
 * The effort that is nearest to the wished one among those that are taken; of two, the lower.
 * @param taken in any order; undefined where all are
 */
export function nearestEffort<Word extends string>(
  wished: Effort,
  taken: readonly Word[] | undefined,
): Effort | Word {
  if (!taken || taken.length === 0) return wished;
  const place = inOrder.indexOf(wished);
  const distance = (word: Word) => {
    const there = inOrder.findIndex((effort) => effort === word);
    return there < 0 ? Number.POSITIVE_INFINITY : Math.abs(there - place) + (there > place ? 0.5 : 0);
  };
  return taken.reduce((best, word) => (distance(word) < distance(best) ? word : best));
}
