/**
 * The outcome under Future: it comes once and stays, and any number of threads wait for it.
 *
 *   STATE  PENDING    nothing happened
 *          RUNNING    somebody works on it
 *          CANCELLED  it will not be worked on, and whoever would have does not know yet
 *          NOTIFIED   the same, and known
 *          FINISHED   VALUE holds a value
 *          FAILED     VALUE holds an error
 *
 *   PENDING → RUNNING → FINISHED, FAILED      PENDING → CANCELLED → NOTIFIED      PENDING → FINISHED, FAILED
 *
 * Leaving PENDING is a compare-and-swap in all cases, so it is left once; a worker that begins needs no latch. What ends the
 * wait of others happens under the record's latch: VALUE is written first, then STATE, then all who wait are released. A
 * value is moved as two words (wire/slot.ts) and belongs to the record from then on.
 */
import * as atomic from '../heap/atomic.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { comesSoon } from './patience.js';
import { latch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { ASKED, DONE, FAILURE, FINAL, tell } from './meeting.js';
import { enqueue, freeWaiter, Kind, newWaiter, unlink, wake, Waiter, WOKEN, withdraw } from './waiter.js';

const STATE: number = Record.BODY;
/** 1: somebody asked it to end though it runs. */
const ASKED_FOR: number = Record.BODY + 1;
/** The value, a slot. */
export const VALUE: number = Record.BODY + 2;
/** Links of those who wait for several (meeting.ts). */
const LINKS: number = Record.BODY + 4;
/** Size of the part behind the header; the words behind it are the owner class's. */
export const OUTCOME_WORDS = 5;

export const PENDING = 0;
export const RUNNING = 1;
export const CANCELLED = 2;
export const NOTIFIED = 3;
export const FINISHED = 4;
export const FAILED = 5;

/** Which of the states it is in. */
export function stateOf(outcome: number): number {
  return atomic.load(outcome + STATE);
}

/** Whether nothing more will happen that ends a wait for the value. */
export function isDone(outcome: number): boolean {
  return atomic.load(outcome + STATE) >= CANCELLED;
}

/** Takes the right to work on it; false if it is not PENDING. */
export function begin(outcome: number): boolean {
  return atomic.compareExchange(outcome + STATE, PENDING, RUNNING) === PENDING;
}

/** Ends it with the value in the two words at `from`, as FINISHED or FAILED; false, and nothing changed, if it had ended. */
export function settle(outcome: number, state: number, from: number): boolean {
  latch(outcome + Record.LATCH);
  for (let before = atomic.load(outcome + STATE); before <= RUNNING; before = atomic.load(outcome + STATE)) {
    // Nobody looks at the value before the state says that it is there.
    i32[outcome + VALUE] = i32[from];
    i32[outcome + VALUE + 1] = i32[from + 1];
    if (atomic.compareExchange(outcome + STATE, before, state) !== before) continue;
    releaseAll(outcome);
    if (i32[outcome + LINKS] !== 0) tell(outcome + LINKS, state === FAILED ? DONE | FINAL | FAILURE : DONE | FINAL);
    unlatch(outcome + Record.LATCH);
    return true;
  }
  unlatch(outcome + Record.LATCH);
  return false;
}

/** Cancels it; false if somebody works on it or it has finished. `changed` in the result: it was PENDING. */
export function cancel(outcome: number): 'changed' | 'before' | false {
  latch(outcome + Record.LATCH);
  const before = atomic.compareExchange(outcome + STATE, PENDING, CANCELLED);
  if (before === PENDING) {
    releaseAll(outcome);
    tell(outcome + LINKS, DONE);
  }
  unlatch(outcome + Record.LATCH);
  if (before === PENDING) return 'changed';
  return before === CANCELLED || before === NOTIFIED ? 'before' : false;
}

/** Takes note of the cancellation; false if it was not CANCELLED. */
export function notice(outcome: number): boolean {
  if (atomic.load(outcome + STATE) !== CANCELLED) return false;
  latch(outcome + Record.LATCH);
  const first = atomic.compareExchange(outcome + STATE, CANCELLED, NOTIFIED) === CANCELLED;
  if (first) tell(outcome + LINKS, FINAL);
  unlatch(outcome + Record.LATCH);
  return first;
}

/** Asks whoever works on it to end; false if nobody does. */
export function ask(outcome: number): boolean {
  latch(outcome + Record.LATCH);
  const runs = atomic.load(outcome + STATE) === RUNNING;
  if (runs && atomic.exchange(outcome + ASKED_FOR, 1) === 0) tell(outcome + LINKS, ASKED);
  unlatch(outcome + Record.LATCH);
  return runs;
}

/** Whether somebody asked it to end. */
export function isAsked(outcome: number): boolean {
  return atomic.load(outcome + ASKED_FOR) === 1;
}

/** What `meeting.ts` may want to know of it. Under its latch. */
export function standing(outcome: number): number {
  switch (atomic.load(outcome + STATE)) {
    case CANCELLED:
      return DONE;
    case NOTIFIED:
    case FINISHED:
      return DONE | FINAL;
    case FAILED:
      return DONE | FINAL | FAILURE;
    default:
      return isAsked(outcome) ? ASKED : 0;
  }
}

/** The word that heads its list of links. */
export function linksOf(outcome: number): number {
  return outcome + LINKS;
}

function releaseAll(outcome: number): void {
  for (let waiter = i32[outcome + Record.QUEUE_HEAD]; waiter !== 0; waiter = i32[outcome + Record.QUEUE_HEAD]) {
    unlink(waiter);
    wake(waiter, 1);
  }
}

/** Waits until it is done; false if the time is up first. */
export function* untilDone(outcome: number, limit: Limit): Steps<boolean> {
  if (comesSoon(Kind.OUTCOME, () => isDone(outcome))) return true;
  const waiter = newWaiter(outcome, Kind.OUTCOME, 0);
  latch(outcome + Record.LATCH);
  const done = isDone(outcome);
  if (!done) enqueue(outcome + Record.QUEUE_HEAD, waiter);
  unlatch(outcome + Record.LATCH);
  if (!done) {
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(outcome, waiter)) return gaveUp(waiter, limit);
  }
  freeWaiter(waiter);
  return true;
}

defineBurial(Kind.OUTCOME, (waiter, outcome) => void withdraw(outcome, waiter));
