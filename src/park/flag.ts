/**
 * The flag under Event, and under everything that happens once and is waited for (a thread's end): a word and a queue.
 *
 *   word: 0   down
 *         1   up
 *
 * Waiters queue and are released under the record's latch, so that one `raise` releases exactly those who waited before it,
 * also when `lower` follows at once.
 */
import * as atomic from '../heap/atomic.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { latch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { enqueue, freeWaiter, Kind, newWaiter, unlink, wake, Waiter, WOKEN, withdraw } from './waiter.js';

const WORD: number = Record.BODY;
/** Size of the part behind the header; the words behind the first are the owner class's. */
export const FLAG_WORDS = 2;

/** Whether the flag is up. */
export function isUp(flag: number): boolean {
  return atomic.load(flag + WORD) === 1;
}

/** Raises the flag and releases all who wait. */
export function raise(flag: number): void {
  if (atomic.load(flag + WORD) === 1) return;
  latch(flag + Record.LATCH);
  atomic.store(flag + WORD, 1);
  for (let waiter = i32[flag + Record.QUEUE_HEAD]; waiter !== 0; waiter = i32[flag + Record.QUEUE_HEAD]) {
    unlink(waiter);
    wake(waiter, 1);
  }
  unlatch(flag + Record.LATCH);
}

/** Lowers the flag. */
export function lower(flag: number): void {
  atomic.store(flag + WORD, 0);
}

/** Waits until the flag is up; false if the time is up first. `kind` says what the flag stands for. */
export function* untilUp(
  flag: number,
  limit: Limit,
  kind: typeof Kind.FLAG | typeof Kind.END = Kind.FLAG,
): Steps<boolean> {
  const waiter = newWaiter(flag, kind, 0);
  latch(flag + Record.LATCH);
  const up = isUp(flag);
  if (!up) enqueue(flag + Record.QUEUE_HEAD, waiter);
  unlatch(flag + Record.LATCH);
  if (!up) {
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(flag, waiter)) return gaveUp(waiter, limit);
  }
  freeWaiter(waiter);
  return true;
}

for (const kind of [Kind.FLAG, Kind.END]) defineBurial(kind, (waiter, flag) => void withdraw(flag, waiter));
