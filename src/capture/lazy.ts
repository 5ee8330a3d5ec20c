/**
 * Capturing functions is a third of the library, and a thread that starts no others never needs it: it is loaded at the first
 * capture, synchronously.
 */
import { fileURLToPath } from 'node:url';
import type { Bound, Captured, Reference } from './captured.js';
import type * as Entry from './entry.js';
import { quietRequire } from './modules.js';

let entry: typeof Entry | undefined;

/** As `captureFunction` in capture.ts. */
export function captureFunction(fn: Function, path: string): Captured | Bound | Reference {
  entry ??= quietRequire(fileURLToPath(new URL('./entry.js', import.meta.url))) as typeof Entry;
  return entry.captureFunction(fn, path);
}
