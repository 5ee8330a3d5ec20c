/**
 * Waiters: one record of 18 words for each wait in progress, blocking or asynchronous alike. It stands in the queue of what
 * it waits for and in its agent's list, where whoever buries a dead thread finds it.
 *
 * state word, the only one that is slept on:
 *   AWAKE    0  the waiter has not gone to sleep (it spins, or has not reached its event loop)
 *   ASLEEP   1  it sleeps, or its promise is pending: a wake-up must notify
 *   WOKEN    2  somebody took it out of the queue and gave it what it waited for, or a chance to try again
 *   ABORTED  3  it was told to give up (AbortSignal, deadlock report)
 *   POKED    4  it was asleep, and its thread is to look at what others want of it (summons.ts); then it sleeps on
 *
 * WOKEN is set under the queue's latch by whoever takes the waiter out; ABORTED by a compare-and-swap from AWAKE, ASLEEP or
 * POKED; POKED by one from ASLEEP, and the waiter's thread takes that back by one to AWAKE or ASLEEP. WOKEN and ABORTED stay
 * until that thread has seen them.
 * So a waiter that times out or is aborted takes the latch and looks at its QUEUE word: 0 means that it was woken after all.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { allocate } from '../heap/allocator.js';
import { i32 } from '../heap/memory.js';
import { Record } from '../heap/layout.js';
import { release, retain } from '../heap/records.js';
import { clockWord } from '../host/clock.js';
import { latch, relatch, seeToStack, unlatch } from './latch.js';

export const Waiter = {
  STATE: 0,
  NEXT: 1,
  PREV: 2,
  /** Address of the head word of the queue that it stands in; 0 when it stands in none. */
  QUEUE: 3,
  /** The record it waits for. */
  OBJECT: 4,
  /** Slot of its agent. */
  SLOT: 5,
  /** Ident of its thread. */
  IDENT: 6,
  /** What the waker hands over: an index, a permission; defined by each algorithm. */
  GIFT: 7,
  /** What it asks for: defined by each algorithm. */
  WISH: 8,
  /** Why it waits: a Kind, for reports. */
  KIND: 9,
  AGENT_NEXT: 10,
  AGENT_PREV: 11,
  /** When it began to wait: host/clock.ts's clockWord. */
  SINCE: 12,
  /** 1 when it has waited so long that it must be served next. */
  URGENT: 13,
  /** Two words that the wait is about, such as an item; even. Defined by each algorithm. */
  CARGO: 14,
  /** Address of a text: the wait was given up for its thread, as nobody could have ended it; 0 else. */
  DOOM: 16,
  /**
   * 1 when it may be long in coming once it is woken: an event loop, a signal's listeners or a report must be through first, or its
   * thread is a guest, which may be gone without anybody's notice.
   */
  TARDY: 17,
  WORDS: 18,
} as const;

export const AWAKE = 0;
export const ASLEEP = 1;
export const WOKEN = 2;
export const ABORTED = 3;
export const POKED = 4;

/** What a thread can wait for. */
export const Kind = {
  MUTEX: 1,
  COUNTER: 2,
  FLAG: 3,
  CONDITION: 4,
  BARRIER: 5,
  READ: 6,
  WRITE: 7,
  SLEEP: 8,
  /** A parked worker: the runtime's own wait, no thread's. */
  DISPATCH: 9,
  /** What another thread does for this one. */
  ERRAND: 10,
  /** For an item of a queue, for room in it, for its last item to be done. */
  GET: 11,
  PUT: 12,
  JOIN: 13,
  /** A future's value. */
  OUTCOME: 14,
  /** Several futures. */
  MEETING: 15,
  /** An idle worker of a pool. */
  POOL: 16,
  /** The end of a pool's workers. */
  POOL_END: 17,
  /** The end of a thread. */
  END: 18,
} as const;

/**
 * A waiter for `object`, not yet in a queue. It refers to the object, which lives on though its handles be collected during
 * an asynchronous wait. Throws HeapExhaustedError, and RangeError where the stack has no room for what follows.
 */
export function newWaiter(object: number, kind: number, wish: number): number {
  const agent = self.address;
  seeToStack();
  let waiter = i32[agent + Agent.SPARE_WAITERS];
  if (waiter === 0) waiter = allocate(Waiter.WORDS * 4);
  else i32[agent + Agent.SPARE_WAITERS] = i32[waiter + Waiter.NEXT];
  if (object !== 0) retain(object);
  i32[waiter + Waiter.STATE] = AWAKE;
  i32[waiter + Waiter.NEXT] = 0;
  i32[waiter + Waiter.PREV] = 0;
  i32[waiter + Waiter.QUEUE] = 0;
  i32[waiter + Waiter.OBJECT] = object;
  i32[waiter + Waiter.SLOT] = self.slot;
  i32[waiter + Waiter.IDENT] = self.ident;
  i32[waiter + Waiter.GIFT] = 0;
  i32[waiter + Waiter.WISH] = wish;
  i32[waiter + Waiter.URGENT] = 0;
  i32[waiter + Waiter.DOOM] = 0;
  i32[waiter + Waiter.TARDY] = i32[agent + Agent.GUEST];
  i32[waiter + Waiter.KIND] = kind;
  i32[waiter + Waiter.SINCE] = clockWord();
  const first = i32[agent + Agent.WAITERS];
  i32[waiter + Waiter.AGENT_NEXT] = first;
  i32[waiter + Waiter.AGENT_PREV] = 0;
  if (first !== 0) i32[first + Waiter.AGENT_PREV] = waiter;
  i32[agent + Agent.WAITERS] = waiter;
  return waiter;
}

/** Puts a waiter of this thread away that stands in no queue. */
export function freeWaiter(waiter: number): void {
  const agent = self.address;
  const next = i32[waiter + Waiter.AGENT_NEXT];
  const prev = i32[waiter + Waiter.AGENT_PREV];
  if (prev === 0) i32[agent + Agent.WAITERS] = next;
  else i32[prev + Waiter.AGENT_NEXT] = next;
  if (next !== 0) i32[next + Waiter.AGENT_PREV] = prev;
  const object = i32[waiter + Waiter.OBJECT];
  i32[waiter + Waiter.OBJECT] = 0;
  i32[waiter + Waiter.NEXT] = i32[agent + Agent.SPARE_WAITERS];
  i32[agent + Agent.SPARE_WAITERS] = waiter;
  if (object !== 0) release(object);
}

/*
 * Queues: two words, head and tail, in the record; all of this under the record's latch.
 */

/** Puts the waiter at the end of the queue at word `queue`. */
export function enqueue(queue: number, waiter: number): void {
  const tail = i32[queue + 1];
  i32[waiter + Waiter.NEXT] = 0;
  i32[waiter + Waiter.PREV] = tail;
  i32[waiter + Waiter.QUEUE] = queue;
  if (tail === 0) i32[queue] = waiter;
  else i32[tail + Waiter.NEXT] = waiter;
  i32[queue + 1] = waiter;
}

/** Puts the waiter at the front: it was woken and came too late, and keeps its place in the line. */
export function enqueueFirst(queue: number, waiter: number): void {
  const head = i32[queue];
  i32[waiter + Waiter.NEXT] = head;
  i32[waiter + Waiter.PREV] = 0;
  i32[waiter + Waiter.QUEUE] = queue;
  if (head === 0) i32[queue + 1] = waiter;
  else i32[head + Waiter.PREV] = waiter;
  i32[queue] = waiter;
}

/** Takes the waiter out of its queue. */
export function unlink(waiter: number): void {
  const queue = i32[waiter + Waiter.QUEUE];
  const next = i32[waiter + Waiter.NEXT];
  const prev = i32[waiter + Waiter.PREV];
  if (prev === 0) i32[queue] = next;
  else i32[prev + Waiter.NEXT] = next;
  if (next === 0) i32[queue + 1] = prev;
  else i32[next + Waiter.PREV] = prev;
  i32[waiter + Waiter.QUEUE] = 0;
}

/** Takes a waiter that gives up out of its queue in `record`, under the latch; false if it was served at the last moment. */
export function withdraw(record: number, waiter: number): boolean {
  relatch(record + Record.LATCH);
  const queued = i32[waiter + Waiter.QUEUE] !== 0;
  if (queued) unlink(waiter);
  unlatch(record + Record.LATCH);
  return queued;
}

/**
 * Marks a waiter as woken that was just taken out of its queue, still under the latch: afterwards its owner may put the
 * record away at any moment. Returns whether `ring` must follow, once the latch is free.
 */
export function mark(waiter: number, gift: number): boolean {
  i32[waiter + Waiter.GIFT] = gift;
  const before = atomic.exchange(waiter + Waiter.STATE, WOKEN);
  // Who poked it notifies as well, unless that thread has died in between.
  return before === ASLEEP || before === POKED;
}

/**
 * Wakes the sleeper on a marked waiter. It may reach the record's next use: every sleeper looks at its state again, so
 * that does no harm.
 */
export function ring(waiter: number): void {
  Atomics.notify(i32, waiter + Waiter.STATE);
}

/** `mark` and `ring` in one, for loops that wake many under the latch. */
export function wake(waiter: number, gift: number): void {
  if (mark(waiter, gift)) ring(waiter);
}

/** Tells a waiter to give up; false if it was woken already. */
export function abort(waiter: number): boolean {
  const at = waiter + Waiter.STATE;
  for (let state = atomic.load(at); state === AWAKE || state === ASLEEP || state === POKED; ) {
    const seen = atomic.compareExchange(at, state, ABORTED);
    if (seen === state) {
      if (state !== AWAKE) Atomics.notify(i32, at);
      return true;
    }
    state = seen;
  }
  return false;
}

/** Tells a waiter to give up because nobody could end its wait; `text` is the address of what to say. False: it was woken. */
export function doom(waiter: number, text: number): boolean {
  i32[waiter + Waiter.DOOM] = text;
  if (abort(waiter)) return true;
  i32[waiter + Waiter.DOOM] = 0;
  return false;
}

/** For a waiter that was woken in vain: makes it AWAKE again; false if it was told to give up instead. */
export function tryAgain(waiter: number): boolean {
  return atomic.compareExchange(waiter + Waiter.STATE, WOKEN, AWAKE) === WOKEN;
}

/** Number of waiters in the record's main queue, for text forms. */
export function queueLength(record: number): number {
  let count = 0;
  latch(record + Record.LATCH);
  for (let w = i32[record + Record.QUEUE_HEAD]; w !== 0; w = i32[w + Waiter.NEXT]) count++;
  unlatch(record + Record.LATCH);
  return count;
}
