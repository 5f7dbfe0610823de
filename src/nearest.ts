/**
 * Of the known names those that a person probably meant, nearest first, each once. Case does not count; up to a third
 * of the letters may be wrong, at least one; a name that contains the other counts as near.
 */
export function nearest(name: string, known: Iterable<string>, most = 3): readonly string[] {
  const wanted = normal(name);
  return [...new Set(known)]
    .map((candidate) => ({ candidate, ...judge(wanted, normal(candidate)) }))
    .filter(({ distance, allowed }) => distance <= allowed)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** A name may come from a client and be of any length; beyond this it is no slip of the hand. */
const MAX_LENGTH = 100;

function normal(name: string): string {
  return name.slice(0, MAX_LENGTH).toLowerCase();
}

function judge(wanted: string, candidate: string): { readonly distance: number; readonly allowed: number } {
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
  const shorter = Math.min(wanted.length, candidate.length);
  const isPart = shorter >= 3 && (candidate.includes(wanted) || wanted.includes(candidate));
  const distance = editDistance(wanted, candidate);
  return { distance: isPart ? Math.min(1, distance) : distance, allowed };
}

/**
 * How many letters must be added, removed, replaced or swapped with their neighbour to make one word of the other
 * (optimal string alignment: no stretch is edited twice).
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swapped = isSwap(from, to, row, column) ? at(beforeLast, column - 2) + 1 : Infinity;
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function isSwap(from: string, to: string, row: number, column: number): boolean {
  return row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
