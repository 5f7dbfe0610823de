import { fairness, quantile, type Tally } from './tally.ts';

const percent = (part: number, whole: number) =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** What stands in a column, and what is worth knowing of it. */
const rows: readonly (readonly [string, (tally: Tally, accounts: number) => string])[] = [
  ['requests', ({ requests }) => String(requests)],
  ['answered', ({ answered, requests }) => percent(answered, requests)],
  ['refused', ({ refused }) => String(refused)],
  ['refused while an account was free', ({ refusedWhileFree }) => String(refusedWhileFree)],
  ['refused while one would have answered', ({ refusedForNothing }) => String(refusedForNothing)],
  ['attempts for each answer', ({ attempts, answered }) => (attempts / Math.max(1, answered)).toFixed(3)],
  ['429s met', ({ limited }) => String(limited)],
  ['429s spent on resting accounts', ({ limitedWhileResting }) => String(limitedWhileResting)],
  ['turns that kept their cache', ({ kept, laterTurns }) => percent(kept, laterTurns)],
  ['tokens read from a cache', ({ cachedTokens, readTokens }) => percent(cachedTokens, readTokens)],
  [
    'fairness (1: all alike)',
    ({ answeredBy }, accounts) =>
      fairness([
        ...answeredBy.values(),
        ...Array.from({ length: accounts - answeredBy.size }, () => 0),
      ]).toFixed(2),
  ],
  ['time to recover, median', ({ idleMs }) => seconds(quantile(idleMs, 0.5))],
  ['time to recover, 95 %', ({ idleMs }) => seconds(quantile(idleMs, 0.95))],
  ['first content, median', ({ waitedMs }) => seconds(quantile(waitedMs, 0.5))],
  ['first content, 99 %', ({ waitedMs }) => seconds(quantile(waitedMs, 0.99))],
  ['moved to one account in one second, at most', ({ herd }) => String(herd)],
];

/** A table in Markdown, a column for each run. */
export function reportOf(
  runs: readonly { readonly name: string; readonly tally: Tally }[],
  accounts: number,
): string {
  const table = [
    ['', ...runs.map(({ name }) => name)],
    ...rows.map(([label, value]) => [label, ...runs.map(({ tally }) => value(tally, accounts))]),
  ];
  const widths = table[0]?.map((_, at) => Math.max(3, ...table.map((row) => row[at]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const [head = [], ...body] = table;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
