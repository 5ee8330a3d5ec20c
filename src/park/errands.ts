/**
 * Errands: what a thread does for others, because it takes an object that lives in its memory (the source of a serialised
 * iterator). A record stands for the object. Whoever wants something queues there with a wish and is handed the outcome; the
 * record's owner, the thread whose object it is, takes one wish after the other (summons.ts brings it to that).
 *
 *   OWNER ≠ 0   the first in line may be SERVING: its wish was taken, it stands in line until it is answered
 *   OWNER = 0   nobody serves any more: whoever comes is handed FAREWELL at once
 *
 * All words change under the record's latch. Wishes and outcomes are parcels: a small number, or the address of a message,
 * which the parcel owns, with marks in its two lowest bits; with the mark KEPT it owns nothing.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { release, retain } from '../heap/records.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { latch, relatch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { forgetRecord, servedCount, type Server, serveRecord, serverOf, summon, Summons } from './summons.js';
import { enqueue, freeWaiter, Kind, mark, newWaiter, ring, unlink, wake, Waiter, WOKEN } from './waiter.js';

const { OWNER, DUE } = Summons;
/** The waiter whose wish was taken and not answered yet, 0: there is none, or it has gone. */
const SERVING: number = Record.BODY + Summons.WORDS;
const FAREWELL: number = SERVING + 1;
/** The owner's list of what it serves. */
const OWNED_NEXT: number = SERVING + 2;
const OWNED_PREV: number = SERVING + 3;
/** Size of the part behind the header; the words behind are the owner class's. */
export const ERRAND_WORDS: number = Summons.WORDS + 4;

/** Parcels below this are no addresses. */
const FIRST_ADDRESS = 16;
/** Mark of a parcel that holds an address which it does not own. */
export const KEPT = 2;
const MARKS = 3;

/** Outcome: the owner's thread has ended. Outcomes from 3 to 15 are the owner class's. */
export const OWNER_GONE = 1;
/** Outcome: somebody told the waiter to give up. */
export const GAVE_UP = 2;
/** What `takeWish` returns when nobody waits. */
export const NOTHING = -1;

/** Frees a message; set by the room above that knows what is inside. */
let discardMessage: (address: number) => void = free;

/** Says how messages in parcels are freed. */
export function onDiscardParcel(discard: (address: number) => void): void {
  discardMessage = discard;
}

/** Frees what the parcel owns. */
export function discardParcel(parcel: number): void {
  if (parcel >= FIRST_ADDRESS && (parcel & KEPT) === 0) discardMessage(parcel & ~MARKS);
}

/** Address of the message in a parcel, 0 if it holds none. */
export function messageIn(parcel: number): number {
  return parcel < FIRST_ADDRESS ? 0 : parcel & ~MARKS;
}

/** How many records a thread may own before it looks for some that nobody else refers to. */
const SWEEP_START = 64;
let sweepAt = SWEEP_START;
let endsWithThread = false;

/** Makes this thread the owner of the new record, which lives on as long as others refer to it. Throws HeapExhaustedError. */
export function own(record: number, server: Server): void {
  if (servedCount() >= sweepAt) sweep();
  retain(record);
  const first = i32[self.address + Agent.OWNED];
  i32[record + OWNED_NEXT] = first;
  if (first !== 0) i32[first + OWNED_PREV] = record;
  i32[self.address + Agent.OWNED] = record;
  atomic.store(record + OWNER, self.address);
  serveRecord(record, server);
  if (endsWithThread || isFounder) return;
  endsWithThread = true;
  process.once('exit', disownAll);
}

/** Gives up records that only this thread refers to: nobody can want anything of them. */
function sweep(): void {
  for (let record = i32[self.address + Agent.OWNED]; record !== 0; ) {
    const next = i32[record + OWNED_NEXT];
    const alone = atomic.load(record + Record.REFS) === 1 && atomic.load(record + DUE) === 0;
    if (alone && serverOf(record)?.busy === false) disown(record, OWNER_GONE);
    record = next;
  }
  sweepAt = Math.max(SWEEP_START, servedCount() * 2);
}

/** Gives the record up. Those who wait, and whoever comes later, are handed `farewell`, a small number. */
export function disown(record: number, farewell: number): void {
  close(record, farewell);
  forgetRecord(record);
  const next = i32[record + OWNED_NEXT];
  const prev = i32[record + OWNED_PREV];
  if (prev === 0) i32[self.address + Agent.OWNED] = next;
  else i32[prev + OWNED_NEXT] = next;
  if (next !== 0) i32[next + OWNED_PREV] = prev;
  release(record);
}

function close(record: number, farewell: number): void {
  latch(record + Record.LATCH);
  i32[record + FAREWELL] = farewell;
  atomic.store(record + OWNER, 0);
  i32[record + SERVING] = 0;
  for (let waiter = i32[record + Record.QUEUE_HEAD]; waiter !== 0; waiter = i32[record + Record.QUEUE_HEAD]) {
    unlink(waiter);
    wake(waiter, farewell);
  }
  unlatch(record + Record.LATCH);
}

/** The running thread ends, and what it owned with it. */
export function disownAll(): void {
  for (let record = i32[self.address + Agent.OWNED]; record !== 0; record = i32[self.address + Agent.OWNED]) {
    disown(record, OWNER_GONE);
  }
}

/** As `disownAll`, for the agent at `agent`, which runs no more. Before its waiters are buried: it can be poked until then. */
export function buryErrands(agent: number): void {
  for (let record = i32[agent + Agent.OWNED]; record !== 0; ) {
    const next = i32[record + OWNED_NEXT];
    close(record, OWNER_GONE);
    release(record);
    record = next;
  }
  i32[agent + Agent.OWNED] = 0;
}

/** What those who come are handed, 0 while the record has an owner. */
export function farewellOf(record: number): number {
  return atomic.load(record + OWNER) === 0 ? i32[record + FAREWELL] : 0;
}

/** Waits for the owner to do what `wish` says, and returns the outcome; GAVE_UP where the wait was ended. */
export function* request(record: number, wish: number, limit: Limit): Steps<number> {
  const waiter = newWaiter(record, Kind.ERRAND, wish);
  latch(record + Record.LATCH);
  const served = i32[record + OWNER] !== 0;
  if (served) {
    enqueue(record + Record.QUEUE_HEAD, waiter);
    summon(record);
  }
  unlatch(record + Record.LATCH);
  if (served) yield waiter;
  const left = served && atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(record, waiter);
  // A wish that the owner has not taken is still ours.
  discardParcel(i32[waiter + Waiter.WISH]);
  if (left) {
    gaveUp(waiter, limit);
    return GAVE_UP;
  }
  const outcome = served ? i32[waiter + Waiter.GIFT] : i32[record + FAREWELL];
  freeWaiter(waiter);
  return outcome;
}

/** Takes a waiter out that gives up; false if it was answered at the last moment. */
function withdraw(record: number, waiter: number): boolean {
  relatch(record + Record.LATCH);
  const queued = i32[waiter + Waiter.QUEUE] !== 0;
  if (queued) unlink(waiter);
  if (i32[record + SERVING] === waiter) i32[record + SERVING] = 0;
  unlatch(record + Record.LATCH);
  return queued;
}

/** For the owner: the wish of the first in line, who is to be answered next; NOTHING if nobody waits. */
export function takeWish(record: number): number {
  latch(record + Record.LATCH);
  const waiter = i32[record + Record.QUEUE_HEAD];
  let wish = NOTHING;
  if (waiter !== 0) {
    wish = i32[waiter + Waiter.WISH];
    i32[waiter + Waiter.WISH] = 0;
    i32[record + SERVING] = waiter;
  }
  unlatch(record + Record.LATCH);
  return wish;
}

/** For the owner: hands the outcome to whom it was got for, if he still waits. */
export function answer(record: number, outcome: number): void {
  latch(record + Record.LATCH);
  const waiter = i32[record + SERVING];
  i32[record + SERVING] = 0;
  if (waiter !== 0) unlink(waiter);
  const asleep = waiter !== 0 && mark(waiter, outcome);
  unlatch(record + Record.LATCH);
  if (asleep) ring(waiter);
  if (waiter === 0) discardParcel(outcome);
}

/** Whether anybody waits for the owner. */
export function isWanted(record: number): boolean {
  return atomic.load(record + Record.QUEUE_HEAD) !== 0;
}

/** For the owner, which could not serve the record for a while: brings those who came meanwhile to its attention again. */
export function recall(record: number): void {
  latch(record + Record.LATCH);
  if (i32[record + Record.QUEUE_HEAD] !== 0) summon(record);
  unlatch(record + Record.LATCH);
}

// Whoever died waiting: out of the line, with what was on its way to him.
defineBurial(Kind.ERRAND, (waiter, record) => {
  if (!withdraw(record, waiter)) discardParcel(i32[waiter + Waiter.GIFT]);
  discardParcel(i32[waiter + Waiter.WISH]);
});
