/**
 * Meetings: how one thread waits for many futures at once. Under wait(), asCompleted(), callbacks and `await`.
 *
 * A link stands for "this meeting wants to know when that future is so far". It hangs in the future's list until then, and in
 * the meeting's list of arrivals from then on, in the order in which the futures came so far.
 *
 *   link  HOME  address of the word at the future that heads its list; 0: it has arrived, or was withdrawn
 *         WANTS what it waits for: a set of the bits below
 *
 * A future's list and the HOME of its links change under the future's latch; arrivals, and what whoever waits is still short
 * of, under the meeting's. The future's latch is taken first. The meeting owns its links, and each link a reference on its
 * future; the future's list owns nothing: a meeting that ends takes its links out of there, under each future's latch, so
 * that whoever holds that latch meets living meetings only.
 */
import * as atomic from '../heap/atomic.js';
import { allocate, free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { release, retain } from '../heap/records.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { comesSoon } from './patience.js';
import { latch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { summon, Summons } from './summons.js';
import { enqueue, freeWaiter, Kind, newWaiter, tryAgain, unlink, wake, Waiter, WOKEN, withdraw } from './waiter.js';

const Link = {
  /** Neighbours in the future's list, which is a ring: the one before the first is the last. */
  NEXT: 0,
  PREV: 1,
  HOME: 2,
  FUTURE: 3,
  MEETING: 4,
  WANTS: 5,
  /** Next of the meeting's arrivals. */
  NEXT_ARRIVED: 6,
  /** Neighbours in the meeting's list of all its links. */
  NEXT_OWN: 7,
  PREV_OWN: 8,
  WORDS: 12,
} as const;

/** What a link can want: the future is done, also by a cancellation that nobody took note of yet. */
export const DONE = 1;
/** Its outcome is final: finished, or cancelled and noted by whoever would have run it. */
export const FINAL = 2;
/** Somebody asked it to end though it runs. */
export const ASKED = 4;
/** Comes with FINAL: it failed. */
export const FAILURE = 8;

/** A meeting can be summoned to (summons.ts), so it begins with the words for that. */
const LINKS: number = Record.BODY + Summons.WORDS;
const FIRST: number = LINKS + 1;
const LAST: number = LINKS + 2;
/** How many arrivals whoever waits is still short of; may fall below 0. */
const MISSING: number = LINKS + 3;
/** 1: a failure is as good as all that are missing. */
const IMPATIENT: number = LINKS + 4;
/** Size of the part behind the header. */
export const MEETING_WORDS: number = Summons.WORDS + 5;

/**
 * Makes the meeting want to know when `future` is so far. `home` is the future's list, and `standing` says what the future
 * is now, under its latch: where that is what is wanted, the link arrives at once. Returns the link. Throws
 * HeapExhaustedError.
 */
export function attend(
  meeting: number,
  future: number,
  home: number,
  wants: number,
  standing: (future: number) => number,
): number {
  const link = allocate(Link.WORDS * 4);
  retain(future);
  i32[link + Link.FUTURE] = future;
  i32[link + Link.MEETING] = meeting;
  i32[link + Link.WANTS] = wants;
  const own = i32[meeting + LINKS];
  i32[link + Link.NEXT_OWN] = own;
  if (own !== 0) i32[own + Link.PREV_OWN] = link;
  i32[meeting + LINKS] = link;
  latch(future + Record.LATCH);
  const now = standing(future);
  if ((now & wants) !== 0) arrive(link, now);
  else join(link, home);
  unlatch(future + Record.LATCH);
  return link;
}

/** Puts a link at the end of the list at `home`, under the future's latch: who came first is told first. */
function join(link: number, home: number): void {
  i32[link + Link.HOME] = home;
  if (i32[home] === 0) i32[home] = link;
  const first = i32[home];
  const last = first === link ? link : i32[first + Link.PREV];
  i32[link + Link.NEXT] = first;
  i32[link + Link.PREV] = last;
  i32[last + Link.NEXT] = link;
  i32[first + Link.PREV] = link;
}

/** Takes a link out of its future's list, under the future's latch. */
function leave(link: number): void {
  const next = i32[link + Link.NEXT];
  const prev = i32[link + Link.PREV];
  const home = i32[link + Link.HOME];
  i32[prev + Link.NEXT] = next;
  i32[next + Link.PREV] = prev;
  if (i32[home] === link) i32[home] = next === link ? 0 : next;
  i32[link + Link.HOME] = 0;
  i32[link + Link.NEXT] = 0;
  i32[link + Link.PREV] = 0;
}

/** A link's future is so far. Under the future's latch. */
function arrive(link: number, now: number): void {
  const meeting = i32[link + Link.MEETING];
  latch(meeting + Record.LATCH);
  const last = i32[meeting + LAST];
  if (last === 0) i32[meeting + FIRST] = link;
  else i32[last + Link.NEXT_ARRIVED] = link;
  i32[meeting + LAST] = link;
  if ((now & FAILURE) !== 0 && i32[meeting + IMPATIENT] === 1) i32[meeting + MISSING] = 0;
  else i32[meeting + MISSING]--;
  if (i32[meeting + MISSING] <= 0) {
    const waiter = i32[meeting + Record.QUEUE_HEAD];
    if (waiter !== 0) {
      unlink(waiter);
      wake(waiter, 1);
    }
    if (i32[meeting + Summons.OWNER] !== 0) summon(meeting);
  }
  unlatch(meeting + Record.LATCH);
}

/** The future whose list is at `home` has become `now`: whoever wants to know that is told. Under the future's latch. */
export function tell(home: number, now: number): void {
  const first = i32[home];
  if (first === 0) return;
  const last = i32[first + Link.PREV];
  for (let link = first, next = 0; ; link = next) {
    next = i32[link + Link.NEXT];
    if ((i32[link + Link.WANTS] & now) !== 0) {
      leave(link);
      arrive(link, now);
    }
    if (link === last) return;
  }
}

/** The next arrival that was not taken yet, 0 if there is none. For the meeting's thread, which then must `dismiss` it. */
export function takeArrival(meeting: number): number {
  if (atomic.load(meeting + FIRST) === 0) return 0;
  latch(meeting + Record.LATCH);
  const link = i32[meeting + FIRST];
  const next = i32[link + Link.NEXT_ARRIVED];
  i32[meeting + FIRST] = next;
  if (next === 0) i32[meeting + LAST] = 0;
  unlatch(meeting + Record.LATCH);
  return link;
}

/** The future that a link stands for. */
export function futureOf(link: number): number {
  return i32[link + Link.FUTURE];
}

/** Frees a link that was taken as an arrival. */
export function dismiss(link: number): void {
  const next = i32[link + Link.NEXT_OWN];
  const prev = i32[link + Link.PREV_OWN];
  if (prev === 0) i32[i32[link + Link.MEETING] + LINKS] = next;
  else i32[prev + Link.NEXT_OWN] = next;
  if (next !== 0) i32[next + Link.PREV_OWN] = prev;
  const future = i32[link + Link.FUTURE];
  free(link);
  release(future);
}

/** Ends the meeting: nobody is expected any more, and arrivals that were not taken are forgotten. */
export function disband(meeting: number): void {
  const links = i32[meeting + LINKS];
  // No link may go before all are out of their futures' lists: what arrives meanwhile is chained to the arrival before it.
  for (let link = links; link !== 0; link = i32[link + Link.NEXT_OWN]) {
    const future = i32[link + Link.FUTURE];
    latch(future + Record.LATCH);
    if (i32[link + Link.HOME] !== 0) leave(link);
    unlatch(future + Record.LATCH);
  }
  i32[meeting + LINKS] = 0;
  i32[meeting + FIRST] = 0;
  i32[meeting + LAST] = 0;
  for (let link = links, next = 0; link !== 0; link = next) {
    next = i32[link + Link.NEXT_OWN];
    const future = i32[link + Link.FUTURE];
    free(link);
    release(future);
  }
}

/**
 * Says that the thread of the agent at `agent` is to be summoned when somebody arrives, or is there already; 0: nobody is, since
 * that thread looks by itself.
 */
export function callOnArrival(meeting: number, agent: number): void {
  latch(meeting + Record.LATCH);
  i32[meeting + MISSING] = 0;
  i32[meeting + Summons.OWNER] = agent;
  if (agent !== 0 && i32[meeting + FIRST] !== 0) summon(meeting);
  unlatch(meeting + Record.LATCH);
}

/** Says how many arrivals are needed from now on; with `impatient`, a failure will do. For a new meeting. */
export function expect(meeting: number, count: number, impatient: boolean): void {
  i32[meeting + MISSING] = count;
  i32[meeting + IMPATIENT] = impatient ? 1 : 0;
}

/** Whether those are there who are needed. */
export function isMet(meeting: number): boolean {
  return atomic.load(meeting + MISSING) <= 0;
}

/** A wait for futures, as a report has it. */
export interface Expectation {
  /** How many more of them it takes. */
  readonly missing: number;
  readonly all: number;
  /** Those that have not arrived. */
  readonly absent: readonly number[];
}

/** More futures than this nobody reads about. */
const MOST_LINKS = 100_000;

/** What the thread at the meeting waits for. For reports: from another thread it may be wrong, since that changes the list unasked. */
export function expectationAt(meeting: number): Expectation {
  const absent: number[] = [];
  let all = 0;
  for (let link = i32[meeting + LINKS]; link > 0 && all < MOST_LINKS; link = i32[link + Link.NEXT_OWN], all++) {
    if (i32[link + Link.HOME] !== 0) absent.unshift(i32[link + Link.FUTURE]);
  }
  return { missing: Math.max(1, i32[meeting + MISSING]), all, absent };
}

/** Waits until those are there who are needed; false if the time is up first. */
export function* untilMet(meeting: number, limit: Limit): Steps<boolean> {
  if (comesSoon(Kind.MEETING, () => isMet(meeting))) return true;
  const waiter = newWaiter(meeting, Kind.MEETING, 0);
  for (;;) {
    latch(meeting + Record.LATCH);
    const met = i32[meeting + MISSING] <= 0;
    if (!met) enqueue(meeting + Record.QUEUE_HEAD, waiter);
    unlatch(meeting + Record.LATCH);
    if (met) break;
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(meeting, waiter)) return gaveUp(waiter, limit);
    if (!tryAgain(waiter)) return gaveUp(waiter, limit);
  }
  freeWaiter(waiter);
  return true;
}

/** Waits until there is an arrival to take; false if the time is up first. */
export function* untilArrival(meeting: number, limit: Limit): Steps<boolean> {
  latch(meeting + Record.LATCH);
  i32[meeting + MISSING] = i32[meeting + FIRST] === 0 ? 1 : 0;
  unlatch(meeting + Record.LATCH);
  return yield* untilMet(meeting, limit);
}

// Only its own thread waits for a meeting; the links go with the record.
defineBurial(Kind.MEETING, (waiter, meeting) => void withdraw(meeting, waiter));
