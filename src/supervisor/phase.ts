import { RuntimeError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';

/** Phases of the process: main runs, main has ended and the other threads are waited for, the process exits. */
export const MAIN_ENDED = 1;
export const EXITING = 2;

/** The phase that the process is in. */
export function phase(): number {
  return atomic.load(Control.PHASE);
}

/** Moves the process on; it never goes back. */
export function advanceTo(next: number): void {
  if (phase() < next) atomic.store(Control.PHASE, next);
}

/** Throws unless threads can still be started. */
export function mustBeRunning(): void {
  if (phase() === EXITING) throw new RuntimeError("can't create new thread at interpreter shutdown");
}
