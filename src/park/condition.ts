/**
 * The waiting room under Condition: a queue, nothing else. Whoever waits stands in it before he gives the mutex up, so a
 * notification under the mutex cannot be missed; a notification takes exactly the first n out, and nobody else wakes.
 */
import * as atomic from '../heap/atomic.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { verdictOn } from './giving-up.js';
import { latch, unlatch } from './latch.js';
import { wasGiven } from './summons.js';
import { enqueue, freeWaiter, Kind, newWaiter, unlink, wake, Waiter, WOKEN, withdraw } from './waiter.js';

/** Takes a place in the room: call it with the mutex held, then give that up and run `untilNotified`. */
export function join(room: number): number {
  const waiter = newWaiter(room, Kind.CONDITION, 0);
  latch(room + Record.LATCH);
  enqueue(room + Record.QUEUE_HEAD, waiter);
  unlatch(room + Record.LATCH);
  return waiter;
}

/**
 * Waits in the room; false if the time was up, or the wait was aborted, before a notification came; an error to be thrown
 * with the mutex held again if none could have come, or if a signal's listener threw it.
 */
export function* untilNotified(room: number, waiter: number): Steps<boolean | Error> {
  yield waiter;
  const notified = atomic.load(waiter + Waiter.STATE) === WOKEN || !withdraw(room, waiter);
  const verdict = notified ? undefined : verdictOn(waiter);
  freeWaiter(waiter);
  return verdict ?? notified;
}

/** Gives the place in the room up without having waited. A notification that came meanwhile passes to the next. */
export function withdrawAndFree(room: number, waiter: number): void {
  if (!withdraw(room, waiter)) notify(room, 1);
  freeWaiter(waiter);
}

/** Wakes the first `most` in the room. */
export function notify(room: number, most: number): void {
  if (most <= 0 || i32[room + Record.QUEUE_HEAD] === 0) return;
  latch(room + Record.LATCH);
  for (let k = 0; k < most && i32[room + Record.QUEUE_HEAD] !== 0; k++) {
    const waiter = i32[room + Record.QUEUE_HEAD];
    unlink(waiter);
    wake(waiter, 1);
  }
  unlatch(room + Record.LATCH);
}

// A notification for a thread that is gone passes to the next in the room. It may have died before it stood there.
defineBurial(Kind.CONDITION, (waiter, room) => {
  if (!withdraw(room, waiter) && wasGiven(waiter)) notify(room, 1);
});
