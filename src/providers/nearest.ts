/** Of the known ids those that a person may have meant, best first, at most three: a slip of a few letters, or a part of the name. */
export function nearestIds(id: string, known: readonly string[]): readonly string[] {
  const wanted = id.toLowerCase();
  return known
    .map((candidate) => ({ candidate, distance: distanceBetween(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function distanceBetween(wanted: string, candidate: string): number {
  const isPart = wanted.length >= 3 && (candidate.includes(wanted) || wanted.includes(candidate));
  return isPart ? 1 : editDistance(wanted, candidate);
}

/** Levenshtein's distance: how many letters to put in, take out or change. */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    const line = [index + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const change = (above[column] ?? 0) + (letter === other ? 0 : 1);
      line.push(Math.min(change, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
