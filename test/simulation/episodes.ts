import type { Random } from './random.ts';

/** A stretch of time in which something is wrong, in milliseconds since the beginning. */
export interface Episode {
  readonly from: number;
  readonly to: number;
}

export interface EpisodePlan {
  /** The mean time from the end of one to the beginning of the next. */
  readonly everyMs: number;
  readonly shortestMs: number;
  readonly longestMs: number;
}

export function drawEpisodes(
  { everyMs, shortestMs, longestMs }: EpisodePlan,
  untilMs: number,
  random: Random,
): readonly Episode[] {
  const episodes: Episode[] = [];
  let at = random.until(everyMs);
  while (at < untilMs) {
    const to = at + random.between(shortestMs, longestMs);
    episodes.push({ from: at, to });
    at = to + random.until(everyMs);
  }
  return episodes;
}

export function during(episodes: readonly Episode[], at: number): Episode | undefined {
  return episodes.find(({ from, to }) => from <= at && at < to);
}
