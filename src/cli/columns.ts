import { printable } from '../config/printable.ts';

const GAP = '  ';
const LONGEST_CELL = 254;

/** Rows of cells under each other. What people typed into accounts cannot move the cursor of who lists them. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((cells) => cells.map((cell) => printable(cell, LONGEST_CELL)));
  const widths: number[] = [];
  for (const cells of safe) {
    for (const [column, { length }] of cells.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, length);
    }
  }
  return safe
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** An instant as people and programs both read it. */
export function inISO(instant: number): string {
  return new Date(instant).toISOString();
}
