/**
 * What ends a wait before it is served: its time is up, its signal was aborted, it was found to be part of a deadlock, or something
 * went wrong in the waiting thread itself (an error of a signal's listener, no stack or heap is left).
 */
import { DeadlockError } from '../errors.js';
import { free } from '../heap/allocator.js';
import { i32 } from '../heap/memory.js';
import { readText } from '../heap/text.js';
import { errorOfCaller, raise } from '../host/stack.js';
import { type Limit, throwIfAborted } from './limit.js';
import { abort, freeWaiter, Waiter } from './waiter.js';

/** What ended a wait from inside, thrown by the call that waits. */
interface Interruption {
  readonly waiter: number;
  readonly error: Error;
  readonly tooLate: (() => void) | undefined;
}
let interruption: Interruption | undefined;

/** Has the wait of this thread end with `error`. If it is served before it can end that is of no account, and `tooLate` is called. */
export function interrupt(waiter: number, error: Error, tooLate?: () => void): void {
  interruption = { waiter, error, tooLate };
  if (!abort(waiter)) servedAfterAll(waiter);
}

/** The waiter was served, and its algorithm has its result: what was to end the wait comes too late. */
export function servedAfterAll(waiter: number): void {
  if (interruption?.waiter !== waiter) return;
  const { tooLate } = interruption;
  interruption = undefined;
  tooLate?.();
}

/**
 * Puts the waiter away whose wait ended without success: throws the signal's reason if that ended it, a DeadlockError if it
 * could not have ended otherwise, what interrupted it; else returns.
 */
export function gaveUp(waiter: number, limit: Limit): false {
  const verdict = verdictOn(waiter);
  freeWaiter(waiter);
  if (verdict !== undefined) raise(verdict);
  throwIfAborted(limit);
  return false;
}

/** What a wait ends with that was interrupted, or given up because nobody could have ended it; undefined if it ended otherwise. */
export function verdictOn(waiter: number): Error | undefined {
  if (interruption?.waiter === waiter) {
    const { error } = interruption;
    interruption = undefined;
    return error;
  }
  const doom = i32[waiter + Waiter.DOOM];
  if (doom === 0) return undefined;
  i32[waiter + Waiter.DOOM] = 0;
  const text = readText(doom);
  free(doom);
  return errorOfCaller(DeadlockError, text);
}
