/**
 * Portraits of threads (wire/portrait.ts): so `worker.stop()` and `timer.cancel()` work from everywhere, though a thread's
 * object is elsewhere. What cannot be sent is no other thread's business: the thread itself can be, without class and fields.
 */
import { NotSendableError } from '../errors.js';
import { Handle } from '../heap/handle.js';
import * as portrait from '../wire/portrait.js';

export { type Fields, fieldsOf, refuseHiddenState } from '../wire/portrait.js';

function isOfSubclass(thread: Handle): boolean {
  return Object.getPrototypeOf(Object.getPrototypeOf(thread)) !== Handle.prototype;
}

/** Makes the thread's portrait, unless there is one: its object is about to be sent. */
export function draw(thread: Handle): void {
  if (!isOfSubclass(thread)) return;
  try {
    portrait.draw(thread);
  } catch (error) {
    if (!(error instanceof NotSendableError)) throw error;
  }
}

/** Gives a bare thread object its class and fields, where they were sent. */
export function dress(thread: Handle): Handle {
  try {
    return portrait.dress(thread);
  } catch {
    // A class that this thread cannot have: it can be joined nevertheless.
    return thread;
  }
}
