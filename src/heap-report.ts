/**
 * The report that `threadwork run --heap-report` asks for: what is in the shared heap when the process ends, on stderr.
 */
import { isFounder } from './heap/memory.js';
import { isSwitchedOn } from './host/variables.js';
import { memoryUsage } from './memory-usage.js';
import { writeError } from './supervisor/output.js';

const MEBIBYTE = 2 ** 20;

function size(bytes: number): string {
  return bytes < 10_240
    ? `${bytes} B`
    : bytes < MEBIBYTE
      ? `${(bytes / 1024).toFixed(1)} KiB`
      : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}

/** Columns: the first is text, the others are numbers. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k])))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}\n`)
    .join('');
}

/** The report's text. */
export function heapReport(): string {
  const { used, peak, limit, reserved, kinds, threads } = memoryUsage();
  const byKind = Object.entries(kinds).sort((a, b) => b[1].bytes - a[1].bytes);
  const rest = used - byKind.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  const held = (holds: Readonly<Record<string, number>>) =>
    Object.entries(holds)
      .sort((a, b) => b[1] - a[1])
      .map(([label, count]) => `${count} ${label}`)
      .join(', ');
  return (
    `shared heap: ${size(used)} used, ${size(peak)} at most; limit ${size(limit)}, reserved ${size(reserved)}\n` +
    table([
      ['kind', 'count', 'bytes'],
      ...byKind.map(([label, { count, bytes }]) => [label, String(count), size(bytes)]),
      ['values, names, threads', '', size(rest)],
    ]) +
    table([
      ['thread', 'handles', 'stock'],
      ...threads.map(({ name, handles, stock }) => [name, String(handles), size(stock)]),
    ]) +
    threads
      .filter(({ handles }) => handles > 0)
      .map(({ name, holds }) => `  ${name} has ${held(holds)}\n`)
      .join('')
  );
}

if (isFounder && isSwitchedOn('THREADWORK_HEAP_REPORT')) process.on('exit', () => writeError(heapReport()));
