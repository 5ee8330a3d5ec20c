/**
 * The mutex under Lock and RLock: a word, and a queue for those who must wait.
 *
 *   word: 0                free
 *         WAITERS          free, and somebody stands in the queue (one of them was woken and will try)
 *         owner            held
 *         owner | WAITERS  held, and somebody stands in the queue
 *
 * `owner` is the ident of a thread or the token of an asynchronous owner. WAITERS is set if and only if the queue is not
 * empty, and changes only under the record's latch; ownership is taken with a compare-and-swap by anybody who finds the
 * word without an owner, and given up by the holder, with a compare-and-swap while WAITERS is not set, else under the latch.
 *
 * Release wakes the first in line, who competes with whoever comes by (handing the lock over would make every contended
 * release wait for a thread switch). A waiter that was woken and came too late goes back to the front of the line; after
 * 1 ms of that it is urgent, and the next release hands the lock over to it: bounded waiting. This is parking_lot's word
 * lock with the starvation rule of Go's sync.Mutex.
 */
import * as atomic from '../heap/atomic.js';
import { self } from '../heap/agents.js';
import { isDead } from '../heap/deaths.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { clock } from '../host/clock.js';
import { gaveUp, type Steps } from './drive.js';
import { comesSoon } from './patience.js';
import { latch, relatch, unlatch } from './latch.js';
import { LOCK_MARKS, SIGNAL } from './lock-order.js';
import type { Limit } from './limit.js';
import { defineBurial } from './burial.js';
import { defineAside } from './summons.js';
import {
  enqueue,
  enqueueFirst,
  freeWaiter,
  Kind,
  mark,
  newWaiter,
  ring,
  tryAgain,
  unlink,
  Waiter,
  WOKEN,
} from './waiter.js';

/** Words of a mutex's record, behind the header. */
const WORD: number = Record.BODY;
/** How often the owner holds it beyond once; its own business (RLock). */
const DEPTH: number = Record.BODY + 1;
/** Ident of the thread that an asynchronous owner runs on. */
const HOLDER: number = Record.BODY + 2;
/**
 * Bit SIGNAL: it was given up by a thread that did not hold it. Then it serves as a signal, and its holder says little. The other
 * bits are the lock's place in the graph of debug mode (lock-order.ts).
 */
const MARKS: number = LOCK_MARKS;
/** Size of the part behind the header. */
export const MUTEX_WORDS = 4;

const WAITERS = 0x80000000 | 0;
const OWNER = 0x7fffffff;

/** What a waiter is woken with. */
const TRY_AGAIN = 1;
const HANDED_OVER = 2;

/** Go's bound: a waiter that lost the race for this long is served next. */
const PATIENCE_MS = 1;

/** Result of an acquire by the slow path. */
export const TIMED_OUT = 0;
export const ACQUIRED = 1;
/** Acquired, and the holder before had died. */
export const INHERITED = 2;
export type Acquisition = typeof TIMED_OUT | typeof ACQUIRED | typeof INHERITED;

/** Takes the mutex if it is free and nobody stands in line. */
export function tryAcquire(mutex: number, owner: number): boolean {
  return atomic.compareExchange(mutex + WORD, 0, owner) === 0;
}

/** Takes the mutex if nobody holds it, though others may stand in line. */
export function tryBarge(mutex: number, owner: number): boolean {
  const at = mutex + WORD;
  for (let word = atomic.load(at); (word & OWNER) === 0; ) {
    const seen = atomic.compareExchange(at, word, word | owner);
    if (seen === word) return true;
    word = seen;
  }
  return false;
}

/** As `acquire`, for who does not wait: after `tryBarge` has failed, takes the mutex from a holder who died. */
export function tryInherit(mutex: number, owner: number): Acquisition {
  const holder = holderOf(mutex);
  if (holder === 0 || !isDead(holder)) return TIMED_OUT;
  latch(mutex + Record.LATCH);
  const result = take(mutex, owner, 0);
  unlatch(mutex + Record.LATCH);
  return result;
}

/** Waits for the mutex. */
export function* acquire(mutex: number, owner: number, limit: Limit): Steps<Acquisition> {
  if (comesSoon(Kind.MUTEX, () => tryBarge(mutex, owner))) {
    setHolder(mutex, holderFor(owner, self.ident));
    return ACQUIRED;
  }
  const waiter = newWaiter(mutex, Kind.MUTEX, owner);
  const start = clock();
  for (let first = true; ; first = false) {
    latch(mutex + Record.LATCH);
    const result = take(mutex, owner, WAITERS);
    if (result !== TIMED_OUT) {
      unlatch(mutex + Record.LATCH);
      freeWaiter(waiter);
      return result;
    }
    if (first) enqueue(mutex + Record.QUEUE_HEAD, waiter);
    else enqueueFirst(mutex + Record.QUEUE_HEAD, waiter);
    unlatch(mutex + Record.LATCH);
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(mutex, waiter)) {
      gaveUp(waiter, limit);
      return TIMED_OUT;
    }
    if (i32[waiter + Waiter.GIFT] === HANDED_OVER) {
      freeWaiter(waiter);
      return ACQUIRED;
    }
    if (!tryAgain(waiter)) {
      gaveUp(waiter, limit);
      return TIMED_OUT;
    }
    if (clock() - start > PATIENCE_MS) i32[waiter + Waiter.URGENT] = 1;
  }
}

/** Under the latch: takes the mutex if it is free or its holder died; else adds `announcement` (WAITERS or nothing) to its word. */
function take(mutex: number, owner: number, announcement: number): Acquisition {
  const at = mutex + WORD;
  for (let word = atomic.load(at); ; ) {
    const holder = word & OWNER;
    const dead = holder !== 0 && isDead(i32[mutex + HOLDER] || holder);
    const wanted = holder === 0 || dead ? (word & WAITERS) | owner : word | announcement;
    const seen = word === wanted ? word : atomic.compareExchange(at, word, wanted);
    if (seen !== word) {
      word = seen;
      continue;
    }
    if (holder !== 0 && !dead) return TIMED_OUT;
    setHolder(mutex, holderFor(owner, self.ident));
    if (!dead) return ACQUIRED;
    i32[mutex + DEPTH] = 0;
    return INHERITED;
  }
}

/** Takes a waiter out of the line that gives up; false if it was woken at the last moment. */
function withdraw(mutex: number, waiter: number): boolean {
  relatch(mutex + Record.LATCH);
  const queued = i32[waiter + Waiter.QUEUE] !== 0;
  if (queued) {
    unlink(waiter);
    if (i32[mutex + Record.QUEUE_HEAD] === 0) atomic.and(mutex + WORD, OWNER);
  }
  unlatch(mutex + Record.LATCH);
  return queued;
}

/** Gives the mutex up, whoever holds it; false if nobody does. */
export function release(mutex: number): boolean {
  const at = mutex + WORD;
  // A plain read is enough: the compare-and-swap verifies it.
  const word = i32[at];
  if ((word & OWNER) !== self.ident && word !== 0) atomic.or(mutex + MARKS, SIGNAL);
  if (word > 0 && atomic.compareExchange(at, word, 0) === word) return true;
  return releaseSlow(mutex);
}

function releaseSlow(mutex: number): boolean {
  const at = mutex + WORD;
  relatch(mutex + Record.LATCH);
  let word = atomic.load(at);
  // Without WAITERS a release or an acquire beside us may still change the word.
  while (word >= 0) {
    const seen = word === 0 ? 0 : atomic.compareExchange(at, word, 0);
    if (seen === word) {
      unlatch(mutex + Record.LATCH);
      return word !== 0;
    }
    word = seen;
  }
  const held = (word & OWNER) !== 0;
  const woken = held ? serveNext(mutex) : 0;
  unlatch(mutex + Record.LATCH);
  if (woken !== 0) ring(woken);
  return held;
}

/** Under the latch, with the mutex held and a queue: gives it to an urgent waiter, else frees it and wakes the first. */
function serveNext(mutex: number): number {
  const waiter = i32[mutex + Record.QUEUE_HEAD];
  unlink(waiter);
  const rest = i32[mutex + Record.QUEUE_HEAD] !== 0 ? WAITERS : 0;
  // What a dead thread is handed, the next owner would take for abandoned.
  const urgent = i32[waiter + Waiter.URGENT] !== 0 && !isDead(i32[waiter + Waiter.IDENT]);
  const owner = i32[waiter + Waiter.WISH];
  if (urgent) setHolder(mutex, holderFor(owner, i32[waiter + Waiter.IDENT]));
  atomic.store(mutex + WORD, urgent ? owner | rest : rest);
  return mark(waiter, urgent ? HANDED_OVER : TRY_AGAIN) ? waiter : 0;
}

/** Ident or token of the holder, 0 if the mutex is free. */
export function ownerOf(mutex: number): number {
  return atomic.load(mutex + WORD) & OWNER;
}

/** Ident of the thread that holds the mutex, also for an asynchronous owner; 0 if it is free. */
export function holderOf(mutex: number): number {
  const owner = ownerOf(mutex);
  return owner === 0 ? 0 : i32[mutex + HOLDER] || owner;
}

/** For the owner: notes the thread that it runs on (0: the owner is the thread itself). */
export function setHolder(mutex: number, ident: number): void {
  i32[mutex + HOLDER] = ident;
}

function holderFor(owner: number, ident: number): number {
  return owner === ident ? 0 : ident;
}

/** Whether other threads than its holder have given it up. */
export function isSignal(mutex: number): boolean {
  return (i32[mutex + MARKS] & SIGNAL) !== 0;
}

/** How often the owner holds the mutex beyond once. Meaningful for the owner. */
export function depthOf(mutex: number): number {
  return i32[mutex + DEPTH];
}

/** For the owner: sets the depth. */
export function setDepth(mutex: number, depth: number): void {
  i32[mutex + DEPTH] = depth;
}

defineAside(Kind.MUTEX, (waiter, mutex) => withdraw(mutex, waiter));

// A waiter whose thread is gone: out of the line. If it had been handed the mutex, it gives that up, unless somebody has
// inherited it already; if it had been woken to try, or to inherit the mutex, somebody else must.
defineBurial(Kind.MUTEX, (waiter, mutex) => {
  if (withdraw(mutex, waiter)) return;
  latch(mutex + Record.LATCH);
  const at = mutex + WORD;
  const owner = i32[waiter + Waiter.GIFT] === HANDED_OVER ? i32[waiter + Waiter.WISH] : 0;
  for (let word = atomic.load(at); owner !== 0 && (word & OWNER) === owner; word = atomic.load(at)) {
    setHolder(mutex, 0);
    atomic.compareExchange(at, word, word & WAITERS);
  }
  const next = takeFirst(mutex);
  unlatch(mutex + Record.LATCH);
  if (next !== 0) ring(next);
});

/** Wakes the first in line so that it looks at the mutex again: for when its holder has died. */
export function reconsider(mutex: number): void {
  latch(mutex + Record.LATCH);
  const waiter = takeFirst(mutex);
  unlatch(mutex + Record.LATCH);
  if (waiter !== 0) ring(waiter);
}

/** Under the latch: marks the first in line as woken to try, and returns it; 0 if there is none. */
function takeFirst(mutex: number): number {
  const waiter = i32[mutex + Record.QUEUE_HEAD];
  if (waiter === 0) return 0;
  unlink(waiter);
  if (i32[mutex + Record.QUEUE_HEAD] === 0) atomic.and(mutex + WORD, OWNER);
  mark(waiter, TRY_AGAIN);
  return waiter;
}
