/**
 * Which function is which across threads. Every function that was sent has a process-wide number. The thread that it comes
 * from maps the number to the original, so that a function that comes back is the one that left; other threads map it to
 * the copy they made, so that a class that comes twice is one class.
 */
import { sweep } from '../heap/handle.js';
import { Control } from '../heap/layout.js';
import { i64 } from '../heap/memory.js';

/** Version of originals: no copy is newer. */
export const ORIGINAL = -1;

interface Entry {
  readonly ref: WeakRef<Function>;
  readonly version: number;
}

const functions = new Map<number, Entry>();
/** The table is swept of collected functions when it has grown to this. */
const SWEEP_START = 2048;
let sweepAt = SWEEP_START;

/** Numbers are taken from the process-wide counter in batches: the two words are one 64-bit counter that never wraps. */
const BATCH = 1024;
let next = 0;
let end = 0;

/** A number that no other function in the process has. */
export function newFunctionId(): number {
  if (next === end) {
    next = Number(Atomics.add(i64, Control.NEXT_CODE >> 1, BigInt(BATCH)));
    end = next + BATCH;
  }
  return next++;
}

/** For a process that exchanges functions with another: numbers from `first` on are its own. Before any function is sent. */
export function beginNumbersAt(first: number): void {
  Atomics.store(i64, Control.NEXT_CODE >> 1, BigInt(first));
}

/** The function with this number, if it is the original or its version is the wanted one. */
export function functionWith(id: number, version: number, anyVersion: boolean): Function | undefined {
  const entry = functions.get(id);
  if (entry === undefined) return undefined;
  if (entry.version !== ORIGINAL && entry.version !== version && !anyVersion) return undefined;
  return entry.ref.deref();
}

/** Enters an original (version ORIGINAL) or a copy. */
export function enterFunction(id: number, version: number, fn: Function): void {
  if (functions.size >= sweepAt) {
    // Sweeping the handles also lets the collector clear the WeakRefs of a long job.
    sweep();
    for (const [key, entry] of functions) if (entry.ref.deref() === undefined) functions.delete(key);
    sweepAt = Math.max(SWEEP_START, functions.size * 2);
  }
  functions.set(id, { ref: new WeakRef(fn), version });
}
