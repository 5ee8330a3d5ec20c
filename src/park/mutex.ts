/**
 * The mutex under Lock and RLock: a word, and a queue for those who must wait.
 *
 *   word: 0        free
 *         owner    held
 *   and to either of them may be added
 *         WAITERS  somebody stands in the queue
 *         COMING   a thread that stood in the queue was woken, and will try
 *
 * `owner` is the ident of a thread or the token of an asynchronous owner. WAITERS is set if and only if the queue is not
 * empty, and changes only under the record's latch; ownership is taken with a compare-and-swap by anybody who finds the
 * word without an owner. The holder gives it up with a compare-and-swap where nobody waits or somebody is coming; else, to wake
 * the first in line, under the latch.
 *
 * Who was woken competes with whoever comes by (handing the lock over would make every contended release wait for a thread
 * switch). Until it has tried, releases wake nobody else: the tens of microseconds that it needs would be enough to wake the whole line.
 * COMING is set by whoever wakes it, and taken away by its own attempt, whatever that comes to: with the lock, or back at the front of the
 * line, in one step with WAITERS, so that the next release sees that. If it dies before, whoever buries it does both. Who waits
 * on an event loop may be long in coming, and others are woken besides.
 *
 * A waiter that has tried in vain for 1 ms is urgent, and the next release hands the lock over to it. As only the first in line tries,
 * that happens once in a millisecond at most, and the k-th in line is served within some k ms: bounded waiting, and no convoy
 * where everybody waits longer than that. This is parking_lot's word lock with the two rules of Go's sync.Mutex.
 */
import * as atomic from '../heap/atomic.js';
import { self } from '../heap/agents.js';
import { isDead } from '../heap/deaths.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { clock } from '../host/clock.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
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
const COMING = 0x40000000;
const OWNER = 0x3fffffff;

/** What a waiter is woken with: the lock, a chance to try, or such a chance that others know of (COMING). */
const TRY_AGAIN = 1;
const HANDED_OVER = 2;
const EXPECTED = 3;

/** Go's bound: a waiter that has tried in vain for this long is served next. */
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
  const result = take(mutex, owner, 0, 0);
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
  let inVainSince = 0;
  for (let arrival = 0; ; arrival = i32[waiter + Waiter.GIFT]) {
    latch(mutex + Record.LATCH);
    const result = take(mutex, owner, WAITERS, arrival === EXPECTED ? COMING : 0);
    if (result !== TIMED_OUT) {
      unlatch(mutex + Record.LATCH);
      freeWaiter(waiter);
      return result;
    }
    if (arrival === 0) enqueue(mutex + Record.QUEUE_HEAD, waiter);
    else enqueueFirst(mutex + Record.QUEUE_HEAD, waiter);
    unlatch(mutex + Record.LATCH);
    if (arrival !== 0) {
      if (inVainSince === 0) inVainSince = clock();
      else if (clock() - inVainSince > PATIENCE_MS) i32[waiter + Waiter.URGENT] = 1;
    }
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(mutex, waiter)) {
      gaveUp(waiter, limit);
      return TIMED_OUT;
    }
    if (i32[waiter + Waiter.GIFT] === HANDED_OVER) {
      freeWaiter(waiter);
      return ACQUIRED;
    }
    // Else it had stepped aside, and was told to give up meanwhile.
    if (!tryAgain(waiter)) {
      gaveUp(waiter, limit);
      return TIMED_OUT;
    }
  }
}

/**
 * Under the latch: takes the mutex if it is free or its holder died; else adds `announcement` (WAITERS or nothing) to its word. In either
 * case takes `arrived` (COMING or nothing) away.
 */
function take(mutex: number, owner: number, announcement: number, arrived: number): Acquisition {
  const at = mutex + WORD;
  for (let word = atomic.load(at); ; ) {
    const holder = word & OWNER;
    const dead = holder !== 0 && isDead(i32[mutex + HOLDER] || holder);
    const flags = word & ~OWNER & ~arrived;
    const wanted = holder === 0 || dead ? flags | owner : flags | holder | announcement;
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
    if (i32[mutex + Record.QUEUE_HEAD] === 0) atomic.and(mutex + WORD, ~WAITERS);
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
  if (word > 0 && word <= OWNER && atomic.compareExchange(at, word, 0) === word) return true;
  return releaseSlow(mutex);
}

/** Whether releasing a mutex with this word wakes somebody: there is a line, and nobody of it on the way. */
function wakes(word: number): boolean {
  return (word & (WAITERS | COMING)) === WAITERS;
}

/** Gives the mutex up if somebody holds it and that wakes nobody. Returns the word as it was. */
function releaseQuietly(at: number): number {
  for (let word = atomic.load(at); ; ) {
    if ((word & OWNER) === 0 || wakes(word)) return word;
    const seen = atomic.compareExchange(at, word, word & ~OWNER);
    if (seen === word) return word;
    word = seen;
  }
}

function releaseSlow(mutex: number): boolean {
  const at = mutex + WORD;
  let word = releaseQuietly(at);
  if (wakes(word)) {
    relatch(mutex + Record.LATCH);
    // Meanwhile somebody may have come, or left the line.
    word = releaseQuietly(at);
    const woken = wakes(word) && (word & OWNER) !== 0 ? serveNext(mutex) : 0;
    unlatch(mutex + Record.LATCH);
    if (woken !== 0) ring(woken);
  }
  return (word & OWNER) !== 0;
}

/** Under the latch, with the mutex held, a queue, and nobody coming: gives it to an urgent waiter, else frees it and wakes the first. */
function serveNext(mutex: number): number {
  const waiter = i32[mutex + Record.QUEUE_HEAD];
  unlink(waiter);
  const rest = i32[mutex + Record.QUEUE_HEAD] !== 0 ? WAITERS : 0;
  // What a dead thread is handed, the next owner would take for abandoned.
  const urgent = i32[waiter + Waiter.URGENT] !== 0 && !isDead(i32[waiter + Waiter.IDENT]);
  if (urgent) {
    const owner = i32[waiter + Waiter.WISH];
    setHolder(mutex, holderFor(owner, i32[waiter + Waiter.IDENT]));
    atomic.store(mutex + WORD, owner | rest);
    return mark(waiter, HANDED_OVER) ? waiter : 0;
  }
  const expected = i32[waiter + Waiter.TARDY] === 0;
  // Woken first: it cannot try before the latch is free, and COMING without anybody who comes would be a wait without an end.
  const sleeps = mark(waiter, expected ? EXPECTED : TRY_AGAIN);
  atomic.store(mutex + WORD, expected ? COMING | rest : rest);
  return sleeps ? waiter : 0;
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
    atomic.compareExchange(at, word, word & ~OWNER);
  }
  // It may have come, and somebody else be expected by now: then one is woken too many.
  if (i32[waiter + Waiter.GIFT] === EXPECTED) atomic.and(at, ~COMING);
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
  if (i32[mutex + Record.QUEUE_HEAD] === 0) atomic.and(mutex + WORD, ~WAITERS);
  mark(waiter, TRY_AGAIN);
  return waiter;
}
