/** How many insertions, deletions, replacements and swaps of neighbours lie between two words. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
        isSwap ? (before[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/**
 * The names that a mistyped one may have meant, the likeliest first: those within a third of its length, and those
 * that begin or end with it.
 */
export function nearest(name: string, known: readonly string[], most = 3): readonly string[] {
  const wanted = name.slice(0, 100).toLowerCase();
  return known
    .map((candidate) => {
      const other = candidate.slice(0, 100).toLowerCase();
      const isPart = wanted.length > 2 && (other.startsWith(wanted) || other.endsWith(wanted));
      return { candidate, score: isPart ? 0.5 : distance(wanted, other) };
    })
    .filter(({ score }) => score <= Math.max(1, wanted.length / 3))
    .sort((one, other) => one.score - other.score)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}
