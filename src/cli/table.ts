import { fitted, plain, widthOf } from './plain-text.ts';

const GAP = '  ';
/** Below this a column says nothing any more. */
const NARROWEST = 6;

/**
 * Lines of a table, its titles first. Where it is wider than `columns`, the widest columns give way, and their texts
 * end in an ellipsis.
 */
export function tableLines(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): readonly string[] {
  const lines = [titles, ...rows].map((cells) => cells.map(plain));
  const widths = fittedWidths(
    titles.map((_, at) => widestIn(lines, at)),
    titles,
    columns,
  );
  return lines.map((cells) => lineOf(cells, widths));
}

function widestIn(lines: readonly (readonly string[])[], at: number): number {
  return Math.max(...lines.map((cells) => widthOf(cells[at] ?? '')));
}

function fittedWidths(
  natural: readonly number[],
  titles: readonly string[],
  columns: number,
): readonly number[] {
  const widths = [...natural];
  const least = titles.map((title) => Math.max(NARROWEST, widthOf(title)));
  const gaps = GAP.length * (widths.length - 1);
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, gaps);
    const spare = widths
      .map((width, at) => ({ at, width }))
      .filter(({ at, width }) => width > (least[at] ?? 0));
    const [widest] = spare.sort((one, other) => other.width - one.width);
    if (total <= columns || widest === undefined) return widths;
    widths[widest.at] = widest.width - 1;
  }
}

function lineOf(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, at) => {
      const text = fitted(cell, widths[at] ?? 0);
      return text + ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(text)));
    })
    .join(GAP)
    .trimEnd();
}
