/**
 * The mutex under RWLock: many readers or one writer, in the order of arrival.
 *
 *   word: 0             free
 *         n             n readers inside
 *         WRITER        a writer inside
 *         … | ABANDONED the last writer died inside: whoever enters is told, up to and including the next writer
 *         … | WAITERS   and somebody stands in the queue; then nobody enters past the line
 *
 * WAITERS is set if and only if the queue is not empty and changes only under the latch. Who leaves last hands the lock to
 * the first in line: to a writer, or to all readers up to the next writer. So neither kind starves. (A fair queued
 * reader-writer lock as in Mellor-Crummey and Scott, "Scalable Reader-Writer Synchronization", with a central queue.)
 *
 * ABANDONED changes under the latch only. Who dies inside leaves: readers are accounted for by agents (readers.ts), a writer that
 * died is dismissed when somebody comes or waits. Whoever leaves looks at the word in the step that changes it: of several who leave
 * at once, though only one may, the others are refused.
 */
import * as atomic from '../heap/atomic.js';
import { self } from '../heap/agents.js';
import { isDead } from '../heap/deaths.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { comesSoon } from './patience.js';
import { latch, relatch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { ACQUIRED, type Acquisition, INHERITED, TIMED_OUT } from './mutex.js';
import { accountOf, closeReads } from './readers.js';
import { ASIDE, defineAside, wasGiven } from './summons.js';
import { enqueue, enqueueFirst, freeWaiter, Kind, newWaiter, tryAgain, unlink, wake, Waiter, WOKEN } from './waiter.js';

const WORD: number = Record.BODY;
/** Ident of the writing thread. */
const OWNER: number = Record.BODY + 1;
/** 1 once a reader was let out by a thread that is not known to be inside: then the dead cannot be told from the living. */
const STRANGERS: number = Record.BODY + 2;
/** Size of the part behind the header: up to LOCK_MARKS (lock-order.ts). */
export const RW_WORDS = 4;

const WAITERS = 0x80000000 | 0;
const WRITER = 0x40000000;
const ABANDONED = 0x20000000;
const INSIDE: number = ~(WAITERS | ABANDONED);

/** Enters as a reader if no writer is inside or in line. */
export function tryRead(lock: number): boolean {
  const at = lock + WORD;
  const account = accountOf(self.address, lock, true);
  for (let word = atomic.load(at); word >= 0 && word < ABANDONED; ) {
    const seen = atomic.compareExchange(at, word, word + 1);
    if (seen === word) {
      if (account !== 0) i32[account]++;
      return true;
    }
    word = seen;
  }
  return false;
}

/** Enters as the writer if nobody is inside or in line. */
export function tryWrite(lock: number, ident: number): boolean {
  if (atomic.compareExchange(lock + WORD, 0, WRITER) !== 0) return false;
  i32[lock + OWNER] = ident;
  return true;
}

/** For who does not wait, after `tryRead` or `tryWrite` has failed: enters what a writer left who died. */
export function tryInherit(lock: number, kind: number, ident: number): Acquisition {
  const writer = writerOf(lock);
  if ((atomic.load(lock + WORD) & ABANDONED) === 0 && (writer === 0 || !isDead(writer))) return TIMED_OUT;
  latch(lock + Record.LATCH);
  dismissDead(lock);
  const result = enterNow(lock, kind, ident, 0);
  unlatch(lock + Record.LATCH);
  return result;
}

/** Waits to enter as a reader. */
export function* read(lock: number, limit: Limit): Steps<Acquisition> {
  if (comesSoon(Kind.READ, () => tryRead(lock))) return ACQUIRED;
  return yield* enter(lock, Kind.READ, 0, limit);
}

/** Waits to enter as the writer. */
export function* write(lock: number, ident: number, limit: Limit): Steps<Acquisition> {
  if (comesSoon(Kind.WRITE, () => tryWrite(lock, ident))) return ACQUIRED;
  return yield* enter(lock, Kind.WRITE, ident, limit);
}

function* enter(lock: number, kind: number, ident: number, limit: Limit): Steps<Acquisition> {
  const waiter = newWaiter(lock, kind, ident);
  for (let put = enqueue; ; put = enqueueFirst) {
    latch(lock + Record.LATCH);
    dismissDead(lock);
    const result = enterNow(lock, kind, ident, WAITERS);
    if (result === TIMED_OUT) put(lock + Record.QUEUE_HEAD, waiter);
    // Back at the front after it stepped aside, it may fit in with those inside.
    if (result === TIMED_OUT && put === enqueueFirst) serve(lock, atomic.load(lock + WORD) & INSIDE);
    unlatch(lock + Record.LATCH);
    if (result !== TIMED_OUT) {
      freeWaiter(waiter);
      return result;
    }
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(lock, waiter)) break;
    const gift = i32[waiter + Waiter.GIFT];
    if (gift !== ASIDE) {
      const account = kind === Kind.READ ? accountOf(self.address, lock, true) : 0;
      if (account !== 0) {
        // From here on the account says that it is inside, no longer the waiter (see its burial).
        i32[waiter + Waiter.GIFT] = ASIDE;
        i32[account]++;
      }
      freeWaiter(waiter);
      return gift as Acquisition;
    }
    if (!tryAgain(waiter)) break;
  }
  gaveUp(waiter, limit);
  return TIMED_OUT;
}

/** Under the latch: enters if that is possible; else adds `announcement` (WAITERS or nothing) to the word. */
function enterNow(lock: number, kind: number, ident: number, announcement: number): Acquisition {
  const at = lock + WORD;
  const account = kind === Kind.READ ? accountOf(self.address, lock, true) : 0;
  for (let word = atomic.load(at); ; ) {
    const inside = word & INSIDE;
    const fits = word >= 0 && (kind === Kind.READ ? inside < WRITER : inside === 0);
    const wanted = fits ? (kind === Kind.READ ? word + 1 : WRITER) : word | announcement;
    const seen = atomic.compareExchange(at, word, wanted);
    if (seen !== word) {
      word = seen;
      continue;
    }
    if (!fits) return TIMED_OUT;
    if (kind === Kind.WRITE) i32[lock + OWNER] = ident;
    else if (account !== 0) i32[account]++;
    return tidings(word);
  }
}

/** What those who enter are told, with this word before. */
function tidings(word: number): Acquisition {
  return (word & ABANDONED) === 0 ? ACQUIRED : INHERITED;
}

/** Takes a waiter out of the line; false if it was let in. Those behind it may be able to enter now. */
function withdraw(lock: number, waiter: number): boolean {
  relatch(lock + Record.LATCH);
  const queued = i32[waiter + Waiter.QUEUE] !== 0;
  if (queued) {
    unlink(waiter);
    const word = atomic.load(lock + WORD);
    serve(lock, word & INSIDE);
  }
  unlatch(lock + Record.LATCH);
  return queued;
}

/**
 * Under the latch, with WAITERS set and `inside` the state of those inside: lets in whoever is first and fits. The word
 * changes before anybody is woken: who enters may leave again at once.
 */
function serve(lock: number, inside: number): void {
  const gift = tidings(atomic.load(lock + WORD));
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
    wake(waiter, gift);
    waiter = next;
  }
}

/** Replaces `inside` by `state`. Readers may leave beside us (never enter: WAITERS is set), so the difference is applied. */
function settle(lock: number, inside: number, state: number): void {
  const waiters = i32[lock + Record.QUEUE_HEAD] === 0 ? 0 : WAITERS;
  for (;;) {
    const word = atomic.load(lock + WORD);
    const abandoned = state === WRITER ? 0 : word & ABANDONED;
    const next = ((word & INSIDE) + (state - inside)) | abandoned | waiters;
    if (atomic.compareExchange(lock + WORD, word, next) === word) return;
  }
}

/** Leaves as a reader; false if no reader is inside. */
export function leaveRead(lock: number): boolean {
  const account = accountOf(self.address, lock, false);
  if (account === 0) i32[lock + STRANGERS] = 1;
  return letReaderOut(lock, account);
}

/** Lets a reader out, and out of its account, if it has one. */
function letReaderOut(lock: number, account: number): boolean {
  const at = lock + WORD;
  for (;;) {
    const word = atomic.load(at);
    const inside = word & INSIDE;
    if (inside === 0 || inside >= WRITER) return false;
    // The last reader of a contended lock leaves under the latch, where the next are let in.
    if (inside === 1 && word < 0) return leaveLast(lock, 1, account);
    if (atomic.compareExchange(at, word, word - 1) !== word) continue;
    if (account !== 0) i32[account]--;
    return true;
  }
}

/** Leaves as the writer; false if no writer is inside. */
export function leaveWrite(lock: number): boolean {
  const at = lock + WORD;
  if ((atomic.load(at) & WRITER) === 0) return false;
  i32[lock + OWNER] = 0;
  if (atomic.compareExchange(at, WRITER, 0) === WRITER) return true;
  return leaveLast(lock, WRITER, 0);
}

function leaveLast(lock: number, mine: number, account: number): boolean {
  relatch(lock + Record.LATCH);
  const left = depart(lock, mine, account);
  unlatch(lock + Record.LATCH);
  return left;
}

/**
 * Under the latch: takes `mine` off the word, and lets in whoever is first in line if then nobody is inside. False, and nothing
 * changed, if no such one is inside any more.
 */
function depart(lock: number, mine: number, account: number): boolean {
  for (;;) {
    const word = atomic.load(lock + WORD);
    const inside = word & INSIDE;
    if (mine === WRITER ? inside !== WRITER : inside === 0 || inside >= WRITER) return false;
    // Without WAITERS (a waiter gave up meanwhile) others may enter and leave beside us.
    if (atomic.compareExchange(lock + WORD, word, word - mine) !== word) continue;
    if (account !== 0) i32[account]--;
    if (inside === mine && (word & WAITERS) !== 0) serve(lock, 0);
    return true;
  }
}

/** Under the latch: takes the writer inside off the word if it died. */
function dismissDead(lock: number): void {
  const writer = writerOf(lock);
  if (writer !== 0 && isDead(writer)) abandon(lock);
}

/** Under the latch: replaces WRITER by ABANDONED. */
function abandon(lock: number): void {
  const at = lock + WORD;
  for (let word = atomic.load(at); (word & WRITER) !== 0; word = atomic.load(at)) {
    i32[lock + OWNER] = 0;
    // Unless somebody else gives it up beside us, as any thread may.
    if (atomic.compareExchange(at, word, (word & WAITERS) | ABANDONED) !== word) continue;
    if (word < 0) serve(lock, 0);
    return;
  }
}

/** Lets those in who wait for a writer that died. */
export function reconsiderWriter(lock: number): void {
  latch(lock + Record.LATCH);
  dismissDead(lock);
  unlatch(lock + Record.LATCH);
}

/** The agent at `agent` has died: it is no reader any more. */
export function leaveReads(agent: number): void {
  closeReads(agent, (lock, times) => {
    for (let k = 0; k < times && i32[lock + STRANGERS] === 0; k++) letReaderOut(lock, 0);
  });
}

/** Readers inside; -1 while a writer is. */
export function insideOf(lock: number): number {
  const inside = atomic.load(lock + WORD) & INSIDE;
  return inside >= WRITER ? -1 : inside;
}

/** Ident of the writer inside, or 0. */
export function writerOf(lock: number): number {
  return insideOf(lock) === -1 ? i32[lock + OWNER] : 0;
}

defineAside(Kind.READ, (waiter, lock) => withdraw(lock, waiter));
defineAside(Kind.WRITE, (waiter, lock) => withdraw(lock, waiter));

defineBurial(Kind.READ, (waiter, lock) => {
  if (!withdraw(lock, waiter) && wasGiven(waiter)) letReaderOut(lock, 0);
});
// Unless somebody has inherited it already. The news that it was to be told goes to the next.
defineBurial(Kind.WRITE, (waiter, lock) => {
  if (withdraw(lock, waiter) || !wasGiven(waiter)) return;
  latch(lock + Record.LATCH);
  if (writerOf(lock) === i32[waiter + Waiter.WISH]) {
    if (i32[waiter + Waiter.GIFT] === INHERITED) abandon(lock);
    else {
      i32[lock + OWNER] = 0;
      depart(lock, WRITER, 0);
    }
  }
  unlatch(lock + Record.LATCH);
});
