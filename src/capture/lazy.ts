/**
 * Capturing functions is a third of the library, and a thread that starts no others never needs it: it is loaded at the first
 * capture, synchronously.
 */
import { fileURLToPath } from 'node:url';
import type { Bound, Captured, Reference } from './captured.js';
import type * as Entry from './entry.js';
import { quietRequire } from './modules.js';

let entry: typeof Entry | undefined;

function load(): typeof Entry {
  return (entry ??= quietRequire(fileURLToPath(new URL('./entry.js', import.meta.url))) as typeof Entry);
}

/** As `captureFunction` in capture.ts. */
export function captureFunction(fn: Function, path: string): Captured | Bound | Reference {
  return load().captureFunction(fn, path);
}

/** As `settledCapture` in capture.ts. */
export function settledCapture(fn: Function): Captured | null {
  return load().settledCapture(fn);
}
