/**
 * The clock of all waiting: monotonic, and the same in all threads of the process. Not `performance`, which makes Node load a
 * dozen modules in each thread.
 */

/** Milliseconds, with fractions, since some moment in the past. */
export const clock: () => number = isNodes(process.hrtime.bigint) ? hrtimeOf(process.hrtime.bigint) : trueNow();

/** Fake timers may have been there before us. */
function isNodes(bigint: unknown): boolean {
  return typeof bigint === 'function' && bigint.name === 'hrtimeBigInt';
}

function hrtimeOf(bigint: () => bigint): () => number {
  return () => Number(bigint()) / 1e6;
}

/** Fake timers put theirs on the object itself; the class keeps the true one. Between threads it differs. */
function trueNow(): () => number {
  const { timeOrigin } = performance;
  const now = (Object.getPrototypeOf(performance) as typeof performance).now.bind(performance);
  return () => timeOrigin + now();
}

/** The same as a whole number that fits into a word of the heap: differences count, modulo 2³². */
export function clockWord(): number {
  return clock() | 0;
}
