/**
 * The mutex under RWLock: many readers or one writer, in the order of arrival.
 *
 *   word: 0             free
 *         n             n readers inside
 *         WRITER        a writer inside
 *         … | WAITERS   and somebody stands in the queue; then nobody enters past the line
 *
 * WAITERS is set if and only if the queue is not empty and changes only under the latch. Who leaves last hands the lock to
 * the first in line: to a writer, or to all readers up to the next writer. So neither kind starves. (A fair queued
 * reader-writer lock as in Mellor-Crummey and Scott, "Scalable Reader-Writer Synchronization", with a central queue.)
 */
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineBurial } from './burial.js';
import { gaveUp, SPINS, type Steps } from './drive.js';
import { latch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { ASIDE, defineAside, wasGiven } from './summons.js';
import { enqueue, enqueueFirst, freeWaiter, Kind, newWaiter, tryAgain, unlink, wake, Waiter, WOKEN } from './waiter.js';

const WORD: number = Record.BODY;
/** Ident of the writing thread. */
const OWNER: number = Record.BODY + 1;
/** Size of the part behind the header: up to LOCK_MARKS (lock-order.ts). */
export const RW_WORDS = 4;

const WAITERS = 0x80000000 | 0;
const WRITER = 0x40000000;

/** Enters as a reader if no writer is inside or in line. */
export function tryRead(lock: number): boolean {
  const at = lock + WORD;
  for (let word = Atomics.load(i32, at); word >= 0 && word < WRITER; ) {
    const seen = Atomics.compareExchange(i32, at, word, word + 1);
    if (seen === word) return true;
    word = seen;
  }
  return false;
}

/** Enters as the writer if nobody is inside or in line. */
export function tryWrite(lock: number, ident: number): boolean {
  if (Atomics.compareExchange(i32, lock + WORD, 0, WRITER) !== 0) return false;
  i32[lock + OWNER] = ident;
  return true;
}

/** Waits to enter as a reader; false if the time is up. */
export function* read(lock: number, limit: Limit): Steps<boolean> {
  for (let spin = 0; spin < SPINS; spin++) if (tryRead(lock)) return true;
  return yield* enter(lock, Kind.READ, 0, limit);
}

/** Waits to enter as the writer; false if the time is up. */
export function* write(lock: number, ident: number, limit: Limit): Steps<boolean> {
  for (let spin = 0; spin < SPINS; spin++) if (tryWrite(lock, ident)) return true;
  return yield* enter(lock, Kind.WRITE, ident, limit);
}

function* enter(lock: number, kind: number, ident: number, limit: Limit): Steps<boolean> {
  const waiter = newWaiter(lock, kind, ident);
  for (let put = enqueue; ; put = enqueueFirst) {
    latch(lock + Record.LATCH);
    const inside = enterOrAnnounce(lock, kind, ident);
    if (!inside) put(lock + Record.QUEUE_HEAD, waiter);
    // Back at the front after it stepped aside, it may fit in with those inside.
    if (!inside && put === enqueueFirst) serve(lock, Atomics.load(i32, lock + WORD) & ~WAITERS);
    unlatch(lock + Record.LATCH);
    if (inside) break;
    yield waiter;
    if (Atomics.load(i32, waiter + Waiter.STATE) !== WOKEN && withdraw(lock, waiter)) return gaveUp(waiter, limit);
    if (i32[waiter + Waiter.GIFT] !== ASIDE) break;
    if (!tryAgain(waiter)) return gaveUp(waiter, limit);
  }
  freeWaiter(waiter);
  return true;
}

/** Under the latch: enters if that is possible; else sets WAITERS. */
function enterOrAnnounce(lock: number, kind: number, ident: number): boolean {
  for (;;) {
    if (kind === Kind.READ ? tryRead(lock) : tryWrite(lock, ident)) return true;
    const word = Atomics.load(i32, lock + WORD);
    // A free word means that the last one left between the two looks: try again.
    if (word !== 0 && Atomics.compareExchange(i32, lock + WORD, word, word | WAITERS) === word) return false;
  }
}

/** Takes a waiter out of the line; false if it was let in. Those behind it may be able to enter now. */
function withdraw(lock: number, waiter: number): boolean {
  latch(lock + Record.LATCH);
  const queued = i32[waiter + Waiter.QUEUE] !== 0;
  if (queued) {
    unlink(waiter);
    const word = Atomics.load(i32, lock + WORD);
    serve(lock, word & ~WAITERS);
  }
  unlatch(lock + Record.LATCH);
  return queued;
}

/**
 * Under the latch, with WAITERS set and `inside` the state of those inside: lets in whoever is first and fits. The word
 * changes before anybody is woken: who enters may leave again at once.
 */
function serve(lock: number, inside: number): void {
  let state = inside;
  let first = 0;
  let last = 0;
  for (let waiter = i32[lock + Record.QUEUE_HEAD]; waiter !== 0; waiter = i32[lock + Record.QUEUE_HEAD]) {
    const writes = i32[waiter + Waiter.KIND] === Kind.WRITE;
    if (writes ? state !== 0 : state >= WRITER) break;
    state = writes ? WRITER : state + 1;
    if (writes) i32[lock + OWNER] = i32[waiter + Waiter.WISH];
    unlink(waiter);
    i32[waiter + Waiter.NEXT] = 0;
    if (first === 0) first = waiter;
    else i32[last + Waiter.NEXT] = waiter;
    last = waiter;
  }
  settle(lock, inside, state);
  for (let waiter = first; waiter !== 0; ) {
    const next = i32[waiter + Waiter.NEXT];
    wake(waiter, 1);
    waiter = next;
  }
}

/** Replaces `inside` by `state`. Readers may leave beside us (never enter: WAITERS is set), so the difference is applied. */
function settle(lock: number, inside: number, state: number): void {
  const waiters = i32[lock + Record.QUEUE_HEAD] === 0 ? 0 : WAITERS;
  for (;;) {
    const word = Atomics.load(i32, lock + WORD);
    const next = ((word & ~WAITERS) + (state - inside)) | waiters;
    if (Atomics.compareExchange(i32, lock + WORD, word, next) === word) return;
  }
}

/** Leaves as a reader; false if no reader is inside. */
export function leaveRead(lock: number): boolean {
  const at = lock + WORD;
  for (;;) {
    const word = Atomics.load(i32, at);
    const inside = word & ~WAITERS;
    if (inside === 0 || inside >= WRITER) return false;
    // The last reader of a contended lock leaves under the latch, where the next are let in.
    if (inside === 1 && word < 0) return leaveLast(lock, 1);
    if (Atomics.compareExchange(i32, at, word, word - 1) === word) return true;
  }
}

/** Leaves as the writer; false if no writer is inside. */
export function leaveWrite(lock: number): boolean {
  const at = lock + WORD;
  if ((Atomics.load(i32, at) & WRITER) === 0) return false;
  i32[lock + OWNER] = 0;
  if (Atomics.compareExchange(i32, at, WRITER, 0) === WRITER) return true;
  return leaveLast(lock, WRITER);
}

function leaveLast(lock: number, mine: number): boolean {
  latch(lock + Record.LATCH);
  for (;;) {
    const word = Atomics.load(i32, lock + WORD);
    const rest = (word & ~WAITERS) - mine;
    // Without WAITERS (a waiter gave up meanwhile) others may enter and leave beside us.
    if (Atomics.compareExchange(i32, lock + WORD, word, rest | (word & WAITERS)) !== word) continue;
    if (rest === 0 && (word & WAITERS) !== 0) serve(lock, 0);
    break;
  }
  unlatch(lock + Record.LATCH);
  return true;
}

/** Readers inside; -1 while a writer is. */
export function insideOf(lock: number): number {
  const inside = Atomics.load(i32, lock + WORD) & ~WAITERS;
  return inside >= WRITER ? -1 : inside;
}

/** Ident of the writer inside, or 0. */
export function writerOf(lock: number): number {
  return insideOf(lock) === -1 ? i32[lock + OWNER] : 0;
}

defineAside(Kind.READ, (waiter, lock) => withdraw(lock, waiter));
defineAside(Kind.WRITE, (waiter, lock) => withdraw(lock, waiter));

defineBurial(Kind.READ, (waiter, lock) => {
  if (!withdraw(lock, waiter) && wasGiven(waiter)) leaveRead(lock);
});
defineBurial(Kind.WRITE, (waiter, lock) => {
  if (!withdraw(lock, waiter) && wasGiven(waiter)) leaveWrite(lock);
});
