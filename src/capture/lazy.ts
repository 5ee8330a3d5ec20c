/**
 * Capturing functions is a fifth of the library, and most threads that others started never need it: there it is loaded at the
 * first capture, synchronously. Whoever imports the library has it: under a loader such as tsx, to require a module gives a
 * second copy of what it imports (complete.ts).
 */
import { fileURLToPath } from 'node:url';
import type { Bound, Captured, Reference } from './captured.js';
import type * as Entry from './entry.js';
import { quietRequire } from './modules.js';
import type { PrivateMembers } from './private.js';

let entry: typeof Entry | undefined;

function load(): typeof Entry {
  return (entry ??= quietRequire(fileURLToPath(new URL('./entry.js', import.meta.url))) as typeof Entry);
}

/** Gives the thread what captures functions. */
export function provideCapture(loaded: typeof Entry): void {
  entry = loaded;
}

/** As `captureFunction` in capture.ts. */
export function captureFunction(fn: Function, path: string): Captured | Bound | Reference {
  return load().captureFunction(fn, path);
}

/** As `settledCapture` in capture.ts. */
export function settledCapture(fn: Function): Captured | null {
  return load().settledCapture(fn);
}

/** As `privateMembersOf` in private.ts. */
export function privateMembersOf(type: Function): PrivateMembers {
  return load().privateMembersOf(type);
}
