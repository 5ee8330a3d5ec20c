/**
 * Rows as a table for the terminal.
 */
import { stripVTControlCharacters } from 'node:util';
import colors from 'picocolors';
import type { Row } from './row.js';

/** Three digits that matter. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}

function verdict({ target, met }: Row): string {
  if (target === null) return '';
  if (met === null) return colors.yellow(`${target}  ?`);
  return met ? colors.green(`${target}  met`) : colors.red(`${target}  missed`);
}

function cells(row: Row): string[] {
  return [
    row.name,
    row.ours === null ? '–' : `${digits(row.ours)} ${row.unit}`,
    row.yardstickValue === null ? '–' : `${digits(row.yardstickValue)} ${row.unit}`,
    row.ratio === null ? '–' : `${row.ratio.toFixed(2)} ×`,
    verdict(row),
    row.yardstick ?? '',
  ];
}

const HEADS = ['', 'ours', 'yardstick', 'ratio', 'target', 'yardstick is'];
/** Numbers stand at the right of their column. */
const RIGHT = new Set([1, 2, 3]);

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** The table, line by line; notes follow their row. */
export function tableOf(rows: readonly Row[]): string {
  const all = [HEADS.map((head) => colors.dim(head)), ...rows.map(cells)];
  const widths = HEADS.map((_, column) => Math.max(...all.map((line) => widthOf(line[column]))));
  const lineOf = (line: string[]): string =>
    line
      .map((text, column) => {
        const blanks = ' '.repeat(widths[column] - widthOf(text));
        return RIGHT.has(column) ? blanks + text : text + blanks;
      })
      .join('  ')
      .trimEnd();
  const lines = [lineOf(all[0])];
  for (const [k, row] of rows.entries()) {
    if (k > 0 && rows[k - 1].topic !== row.topic) lines.push('');
    lines.push(lineOf(all[k + 1]));
    if (row.note !== null) lines.push(colors.dim(`  ${row.note}`));
  }
  return lines.join('\n');
}
