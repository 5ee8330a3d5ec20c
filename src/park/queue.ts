/**
 * The waiting of queues, whatever the order of their items (park/queue-storage.ts). All words change under the record's
 * latch only; a section there moves an entry of two words, and maybe takes a waiter out of its line.
 *
 *   STATE: OPEN     entries come and go
 *          SHUT     none comes any more; those inside can be taken
 *          DRAINED  none comes any more, and those that were inside are gone
 *
 * Three lines: getters (the record's own), putters, and joiners. Always, outside of the latch:
 *
 *   a getter waits  ⇒  the storage is empty, and the queue open
 *   a putter waits  ⇒  the storage is full (COUNT ≥ LIMIT), and the queue open
 *   a joiner waits  ⇒  UNFINISHED > 0
 *
 * So entries are handed to the first getter and never lie about while one waits, and a putter's entry is moved in by the
 * getter that made room: nobody overtakes a line, and nobody is woken in vain. A waiter carries the entry that it
 * brings or is given in its CARGO. If a getter dies with an entry that it did not come to see, that is put back as the next one.
 */
import * as atomic from '../heap/atomic.js';
import { free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { f64, i32 } from '../heap/memory.js';
import { clock } from '../host/clock.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { APART, latch, latchPatiently, standBack, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { LONG_LOOK_MS, looksPay, paid, SHORT_LOOK_MS } from './patience.js';
import { stampNode } from './priorities.js';
import {
  BUFFER,
  CAPACITY,
  COUNT,
  detach,
  disciplineOf,
  entryAt,
  FIRST,
  grow,
  hasPlace,
  insert,
  outgrown,
  PRIORITIES,
  remove,
  restore,
  setDiscipline,
  STORAGE_WORDS,
} from './queue-storage.js';
import { ASIDE, defineAside, wasGiven } from './summons.js';
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
  wake,
  Waiter,
  WOKEN,
  withdraw,
} from './waiter.js';

const OWN: number = Record.BODY + STORAGE_WORDS;
/** Entries that were put and not yet reported done, a double: whoever never reports must not make it overflow. */
const UNFINISHED: number = OWN;
/** Entries put so far, a double, for the order of equal priorities. */
const ARRIVALS: number = OWN + 2;
/** Entries that may be inside. */
const LIMIT: number = OWN + 4;
const STATE: number = OWN + 5;
const GETTERS: number = Record.QUEUE_HEAD;
const PUTTERS: number = OWN + 6;
const JOINERS: number = OWN + 8;
/** Size of the part behind the header; the words from there on are the owner class's. Even: a double may follow. */
export const QUEUE_WORDS: number = STORAGE_WORDS + 10;

const OPEN = 0;
const SHUT_DOWN = 1;
const DRAINED = 2;

/** Any number of entries. */
export const UNBOUNDED = 0x7fffffff;

/** How a put or a take ended. */
export const DONE = 0;
/** There is no place, or no entry, and no time to wait for one. */
export const NOT_NOW = 1;
/** The queue was shut down. */
export const SHUT = 2;
/** The entry cannot be compared with those inside. */
export const UNORDERED = 3;
export type Outcome = typeof DONE | typeof NOT_NOW | typeof SHUT | typeof UNORDERED;
/** The block is full. */
const NO_PLACE = 4;

let dropSlot: (at: number) => void = () => undefined;

/** Says how a slot gives up what it owns. */
export function onDropSlot(drop: (at: number) => void): void {
  dropSlot = drop;
}

/** Gives up the entry at `at`. */
export function dropEntry(queue: number, at: number): void {
  if (disciplineOf(queue) === PRIORITIES) {
    dropSlot(i32[at]);
    free(i32[at]);
  } else dropSlot(at);
}

/** Sets what a new queue is. */
export function initialise(queue: number, discipline: number, limit: number): void {
  setDiscipline(queue, discipline);
  i32[queue + LIMIT] = limit;
}

/** A waiter to be rung once the latch is free; 0: none. Only of use within one call. */
let served = 0;

/** Wakes a waiter that was just taken out of its line. */
function serve(waiter: number, gift: number): void {
  if (!mark(waiter, gift)) return;
  if (served !== 0) ring(served);
  served = waiter;
}

function leave(queue: number): void {
  const waiter = served;
  served = 0;
  unlatch(queue + Record.LATCH);
  if (waiter !== 0) ring(waiter);
}

function move(from: number, to: number): void {
  i32[to] = i32[from];
  i32[to + 1] = i32[from + 1];
}

/** Under the latch: hands the entry at `at` to a getter, or puts it in. */
function putIn(queue: number, at: number): Outcome | typeof NO_PLACE {
  if (i32[queue + STATE] !== OPEN) return SHUT;
  const getter = i32[queue + GETTERS];
  if (getter === 0) {
    if (i32[queue + COUNT] >= i32[queue + LIMIT]) return NOT_NOW;
    if (!hasPlace(queue)) return NO_PLACE;
    return arrive(queue, at) ? DONE : UNORDERED;
  }
  stamp(queue, at);
  f64[(queue + UNFINISHED) >> 1]++;
  handOver(at, getter);
  return DONE;
}

/** Under the latch: gives the entry at `at` to the getter. */
function handOver(at: number, getter: number): void {
  unlink(getter);
  move(at, getter + Waiter.CARGO);
  serve(getter, DONE);
}

/** Under the latch: numbers an entry that is ordered by its arrival. */
function stamp(queue: number, at: number): void {
  if (disciplineOf(queue) === PRIORITIES) stampNode(i32[at], f64[(queue + ARRIVALS) >> 1]++);
}

/** Under the latch: puts the entry at `at` in, which is new; false if it has no order. */
function arrive(queue: number, at: number): boolean {
  stamp(queue, at);
  if (!insert(queue, i32[at], i32[at + 1])) return false;
  f64[(queue + UNFINISHED) >> 1]++;
  return true;
}

/**
 * Puts the entry at `at` in without waiting. If that is NOT_NOW possible the caller still owns the entry; otherwise it is
 * inside or given up, also when there is no memory (HeapExhaustedError).
 */
export function tryPut(queue: number, at: number): Outcome {
  for (;;) {
    latchPatiently(queue + Record.LATCH);
    const outcome = putIn(queue, at);
    leave(queue);
    if (outcome !== NO_PLACE) {
      if (outcome > NOT_NOW) dropEntry(queue, at);
      return outcome;
    }
    growFor(queue, at);
  }
}

function growFor(queue: number, at: number): void {
  try {
    grow(queue);
  } catch (error) {
    dropEntry(queue, at);
    throw error;
  }
}

/**
 * Tries again and again for `ms`, if looking pays in waits of this kind and while nobody stands in `line`. Not all the time: that would
 * take the words out of the other side's cache at each of its steps; so it gets some done between two tries.
 */
function tryFor(ms: number, kind: number, line: number, attempt: () => Outcome): Outcome {
  const end = looksPay(kind) ? clock() + ms : 0;
  while (i32[line] === 0 && clock() < end) {
    standBack(APART);
    const outcome = attempt();
    if (outcome === NOT_NOW) continue;
    paid(kind);
    return outcome;
  }
  return NOT_NOW;
}

/** Puts the entry at `at` in, waiting for room. If it is not inside in the end, it was given up. */
export function* put(queue: number, at: number, limit: Limit): Steps<Outcome> {
  const early = tryFor(SHORT_LOOK_MS, Kind.PUT, queue + PUTTERS, () =>
    atomic.load(queue + COUNT) >= i32[queue + LIMIT] ? NOT_NOW : tryPut(queue, at),
  );
  if (early !== NOT_NOW) return early;
  const waiter = waiterFor(queue, at);
  let outcome = NO_PLACE as Outcome | typeof NO_PLACE;
  while (outcome === NO_PLACE) {
    latch(queue + Record.LATCH);
    outcome = putIn(queue, at);
    if (outcome === NOT_NOW) enqueue(queue + PUTTERS, waiter);
    leave(queue);
    if (outcome === NO_PLACE) growOrFree(queue, at, waiter);
  }
  if (outcome === NOT_NOW) {
    yield waiter;
    const gaveUpWaiting = atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(queue, waiter);
    outcome = gaveUpWaiting ? NOT_NOW : (i32[waiter + Waiter.GIFT] as Outcome);
    if (outcome !== DONE) dropEntry(queue, waiter + Waiter.CARGO);
    if (gaveUpWaiting) gaveUp(waiter, limit);
    else freeWaiter(waiter);
    return outcome;
  }
  freeWaiter(waiter);
  if (outcome !== DONE) dropEntry(queue, at);
  return outcome;
}

function waiterFor(queue: number, at: number): number {
  try {
    const waiter = newWaiter(queue, Kind.PUT, 0);
    move(at, waiter + Waiter.CARGO);
    return waiter;
  } catch (error) {
    dropEntry(queue, at);
    throw error;
  }
}

function growOrFree(queue: number, at: number, waiter: number): void {
  try {
    growFor(queue, at);
  } catch (error) {
    freeWaiter(waiter);
    throw error;
  }
}

/** Under the latch: takes the next entry to `at`, and lets in what waits for its place. */
function takeOut(queue: number, at: number): Outcome {
  if (i32[queue + COUNT] === 0) return i32[queue + STATE] === OPEN ? NOT_NOW : SHUT;
  remove(queue, at);
  if (i32[queue + PUTTERS] !== 0) admit(queue);
  return DONE;
}

/** Under the latch: lets putters in while there is room. */
function admit(queue: number): void {
  for (let putter = i32[queue + PUTTERS]; putter !== 0; putter = i32[queue + PUTTERS]) {
    if (i32[queue + COUNT] >= i32[queue + LIMIT] || !hasPlace(queue)) return;
    unlink(putter);
    serve(putter, arrive(queue, putter + Waiter.CARGO) ? DONE : UNORDERED);
  }
}

/** Takes the next entry to `at`, if there is one. */
export function tryTake(queue: number, at: number): Outcome {
  latchPatiently(queue + Record.LATCH);
  const outcome = takeOut(queue, at);
  const block = outgrown(queue);
  leave(queue);
  if (block !== 0) free(block);
  return outcome;
}

/**
 * Takes the next entry to `at`, waiting for one. The place is used at the end only, in one go with the return. `blocking` says
 * that this thread has nothing else to do meanwhile.
 */
export function* take(queue: number, at: number, limit: Limit, blocking: boolean): Steps<Outcome> {
  const early = tryFor(blocking ? LONG_LOOK_MS : SHORT_LOOK_MS, Kind.GET, queue + GETTERS, () =>
    atomic.load(queue + COUNT) === 0 && i32[queue + STATE] === OPEN ? NOT_NOW : tryTake(queue, at),
  );
  if (early !== NOT_NOW) return early;
  const waiter = newWaiter(queue, Kind.GET, 0);
  for (let stand = enqueue; ; stand = enqueueFirst) {
    latch(queue + Record.LATCH);
    const outcome = takeOut(queue, at);
    if (outcome === NOT_NOW) stand(queue + GETTERS, waiter);
    leave(queue);
    if (outcome !== NOT_NOW) {
      freeWaiter(waiter);
      return outcome;
    }
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(queue, waiter)) break;
    const gift = i32[waiter + Waiter.GIFT];
    if (gift !== ASIDE) {
      if (gift === DONE) move(waiter + Waiter.CARGO, at);
      freeWaiter(waiter);
      return gift as Outcome;
    }
    if (!tryAgain(waiter)) break;
  }
  gaveUp(waiter, limit);
  return NOT_NOW;
}

/**
 * Sets how many entries may be inside, and lets in who waits for room that there is now. Where there is no memory for them nothing
 * changes (HeapExhaustedError): so nobody waits though there is room.
 */
export function setLimit(queue: number, limit: number): void {
  for (;;) {
    latch(queue + Record.LATCH);
    const enough = placesWanted(queue, limit) <= i32[queue + CAPACITY];
    if (enough) {
      atomic.store(queue + LIMIT, limit);
      admit(queue);
    }
    leave(queue);
    if (enough) return;
    grow(queue);
  }
}

/** Under the latch: how many entries there will be with that limit, once those are let in who wait. */
function placesWanted(queue: number, limit: number): number {
  let count = i32[queue + COUNT];
  for (let putter = i32[queue + PUTTERS]; putter !== 0 && count < limit; putter = i32[putter + Waiter.NEXT]) count++;
  return count;
}

/** Reports one entry done; false if all are already. */
export function finish(queue: number): boolean {
  latch(queue + Record.LATCH);
  const due = f64[(queue + UNFINISHED) >> 1] > 0;
  if (due) finishMany(queue, 1);
  leave(queue);
  return due;
}

/** Under the latch: `count` entries less are unfinished. */
function finishMany(queue: number, count: number): void {
  if ((f64[(queue + UNFINISHED) >> 1] -= count) > 0) return;
  for (let joiner = i32[queue + JOINERS]; joiner !== 0; joiner = i32[queue + JOINERS]) {
    unlink(joiner);
    wake(joiner, DONE);
  }
}

/** Waits until no entry is unfinished; false if the time is up. */
export function* join(queue: number, limit: Limit): Steps<boolean> {
  if (unfinishedIn(queue) === 0) return true;
  const waiter = newWaiter(queue, Kind.JOIN, 0);
  latch(queue + Record.LATCH);
  const waits = f64[(queue + UNFINISHED) >> 1] > 0;
  if (waits) enqueue(queue + JOINERS, waiter);
  unlatch(queue + Record.LATCH);
  if (waits) yield waiter;
  if (waits && atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(queue, waiter)) {
    return gaveUp(waiter, limit);
  }
  freeWaiter(waiter);
  return true;
}

/** Lets nothing in any more and wakes all getters and putters; with `drain`, gives up what is inside. */
export function shutDown(queue: number, drain: boolean): void {
  latch(queue + Record.LATCH);
  const state = drain ? DRAINED : Math.max(i32[queue + STATE], SHUT_DOWN);
  atomic.store(queue + STATE, state);
  turnAway(queue + GETTERS);
  turnAway(queue + PUTTERS);
  const block = i32[queue + BUFFER];
  const capacity = i32[queue + CAPACITY];
  const first = i32[queue + FIRST];
  const count = i32[queue + COUNT];
  if (drain) {
    detach(queue);
    finishMany(queue, count);
  }
  unlatch(queue + Record.LATCH);
  if (!drain || block === 0) return;
  for (let k = 0; k < count; k++) dropEntry(queue, entryAt(block, capacity, first + k));
  free(block);
}

/** Under the latch: wakes the whole line. */
function turnAway(line: number): void {
  for (let waiter = i32[line]; waiter !== 0; waiter = i32[line]) {
    unlink(waiter);
    wake(waiter, SHUT);
  }
}

/** Gives up what is inside a queue that nobody can reach any more. */
export function dispose(queue: number): void {
  const block = i32[queue + BUFFER];
  const first = i32[queue + FIRST];
  for (let k = 0; k < i32[queue + COUNT]; k++) dropEntry(queue, entryAt(block, i32[queue + CAPACITY], first + k));
  if (block !== 0) free(block);
}

/** Entries inside. */
export function sizeOf(queue: number): number {
  return atomic.load(queue + COUNT);
}

/** Entries that may be inside. */
export function limitOfQueue(queue: number): number {
  return atomic.load(queue + LIMIT);
}

/** Whether the queue lets nothing in any more. */
export function isShut(queue: number): boolean {
  return atomic.load(queue + STATE) !== OPEN;
}

/** Entries that were put and not yet reported done. */
export function unfinishedIn(queue: number): number {
  latch(queue + Record.LATCH);
  const count = f64[(queue + UNFINISHED) >> 1];
  unlatch(queue + Record.LATCH);
  return count;
}

/** Puts an entry back that was given to a getter who died before it knew. Where there is no memory for that it is lost (HeapExhaustedError). */
function giveBack(queue: number, at: number): void {
  for (let failure: unknown; ; ) {
    latch(queue + Record.LATCH);
    const getter = i32[queue + GETTERS];
    const fits = getter !== 0 || hasPlace(queue);
    const lost = i32[queue + STATE] === DRAINED || (failure !== undefined && !fits);
    if (lost) finishMany(queue, 1);
    else if (getter !== 0) handOver(at, getter);
    else if (fits) restore(queue, i32[at], i32[at + 1]);
    leave(queue);
    if (lost) dropEntry(queue, at);
    if (lost && failure !== undefined) throw failure;
    if (lost || fits) return;
    try {
      grow(queue);
    } catch (error) {
      failure = error;
    }
  }
}

defineAside(Kind.GET, (waiter, queue) => withdraw(queue, waiter));

defineBurial(Kind.GET, (waiter, queue) => {
  if (withdraw(queue, waiter) || !wasGiven(waiter) || i32[waiter + Waiter.GIFT] !== DONE) return;
  giveBack(queue, waiter + Waiter.CARGO);
});

// What a putter brought, and did not get rid of, goes with it.
defineBurial(Kind.PUT, (waiter, queue) => {
  const refused = withdraw(queue, waiter) || (wasGiven(waiter) && i32[waiter + Waiter.GIFT] !== DONE);
  if (refused) dropEntry(queue, waiter + Waiter.CARGO);
});

defineBurial(Kind.JOIN, (waiter, queue) => void withdraw(queue, waiter));
