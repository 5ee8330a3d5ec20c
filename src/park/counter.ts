/**
 * The counter under Semaphore: a word, and a queue for those who find it empty.
 *
 *   word: n ≥ 0   n units, nobody waits
 *         -1      no unit, and somebody stands in the queue
 *
 * -1 is set and replaced only under the record's latch. A release serves the queue first: a unit that somebody waits for is
 * handed over and never stands in the word, so nobody overtakes the line.
 */
import * as atomic from '../heap/atomic.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { comesSoon } from './patience.js';
import { latch, relatch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { ASIDE, defineAside, wasGiven } from './summons.js';
import { enqueue, enqueueFirst, freeWaiter, Kind, newWaiter, tryAgain, unlink, wake, Waiter, WOKEN } from './waiter.js';

const WORD: number = Record.BODY;
/** Size of the part behind the header; the words behind the first are the owner class's. */
export const COUNTER_WORDS = 2;
/** Largest count. */
export const COUNTER_MAX = 0x7fffffff;

const CONTENDED = -1;

/** Sets the count of a new counter. */
export function initialise(counter: number, value: number): void {
  i32[counter + WORD] = value;
}

/** Takes a unit if there is one. */
export function tryTake(counter: number): boolean {
  const at = counter + WORD;
  for (let count = atomic.load(at); count > 0; ) {
    const seen = atomic.compareExchange(at, count, count - 1);
    if (seen === count) return true;
    count = seen;
  }
  return false;
}

/** Waits for a unit; false if the time is up. */
export function* take(counter: number, limit: Limit): Steps<boolean> {
  if (comesSoon(Kind.COUNTER, () => tryTake(counter))) return true;
  const waiter = newWaiter(counter, Kind.COUNTER, 0);
  for (let put = enqueue; ; put = enqueueFirst) {
    latch(counter + Record.LATCH);
    // Either a unit came meanwhile, or the word goes from 0 to -1 (or is there already): then a release sees us.
    while (atomic.compareExchange(counter + WORD, 0, CONTENDED) > 0) {
      if (!tryTake(counter)) continue;
      unlatch(counter + Record.LATCH);
      freeWaiter(waiter);
      return true;
    }
    put(counter + Record.QUEUE_HEAD, waiter);
    unlatch(counter + Record.LATCH);
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(counter, waiter)) return gaveUp(waiter, limit);
    if (i32[waiter + Waiter.GIFT] !== ASIDE) break;
    if (!tryAgain(waiter)) return gaveUp(waiter, limit);
  }
  freeWaiter(waiter);
  return true;
}

/** Takes a waiter out of the line; false if it was given a unit at the last moment. */
function withdraw(counter: number, waiter: number): boolean {
  relatch(counter + Record.LATCH);
  const queued = i32[waiter + Waiter.QUEUE] !== 0;
  if (queued) {
    unlink(waiter);
    if (i32[counter + Record.QUEUE_HEAD] === 0) atomic.store(counter + WORD, 0);
  }
  unlatch(counter + Record.LATCH);
  return queued;
}

/** Adds `units`; false, and nothing changed, if the count would exceed `most`. */
export function give(counter: number, units: number, most: number): boolean {
  const at = counter + WORD;
  for (let count = atomic.load(at); count !== CONTENDED; ) {
    if (count + units > most) return false;
    const seen = atomic.compareExchange(at, count, count + units);
    if (seen === count) return true;
    count = seen;
  }
  return giveSlow(counter, units, most);
}

function giveSlow(counter: number, units: number, most: number): boolean {
  relatch(counter + Record.LATCH);
  if (atomic.load(counter + WORD) !== CONTENDED) {
    unlatch(counter + Record.LATCH);
    return give(counter, units, most);
  }
  // The limit is checked before anybody is served. A unit for a waiter is taken again at once and does not count.
  let waiting = 0;
  for (let w = i32[counter + Record.QUEUE_HEAD]; w !== 0 && waiting < units; w = i32[w + Waiter.NEXT]) waiting++;
  const rest = units - waiting;
  // A bounded count can never exceed its limit by a unit that somebody waits for either: Python compares before it wakes.
  const fits = units <= most;
  if (fits) {
    for (let k = 0; k < waiting; k++) {
      const waiter = i32[counter + Record.QUEUE_HEAD];
      unlink(waiter);
      wake(waiter, 1);
    }
    if (i32[counter + Record.QUEUE_HEAD] === 0) atomic.store(counter + WORD, rest);
  }
  unlatch(counter + Record.LATCH);
  return fits;
}

/** Units at hand. */
export function countOf(counter: number): number {
  return Math.max(0, atomic.load(counter + WORD));
}

defineAside(Kind.COUNTER, (waiter, counter) => withdraw(counter, waiter));

// A waiter whose thread is gone: out of the line, or its unit goes back.
defineBurial(Kind.COUNTER, (waiter, counter) => {
  if (!withdraw(counter, waiter) && wasGiven(waiter)) give(counter, 1, COUNTER_MAX);
});
