/**
 * The latch: the short internal lock under every queue, list and free list of the library. It is not for users' critical
 * sections. Whoever holds one allocates no JavaScript object, calls no user code and takes no second latch out of order
 * (pools → pool, future → meeting, agents → a size class's stock → pages; stripes of a table by their number), so that a thread does not
 * get stuck inside. Nor does its stack run out there: that is seen to at the entry (`enter` and `reenter` of atomic.wat).
 *
 *   word: 0  free
 *         1  held
 *         2  held, and somebody may be asleep on it
 *
 * The algorithm is the third mutex of U. Drepper's "Futexes Are Tricky". It is the one file of park/ that heap/ uses.
 */
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';

/** A critical section takes 20 to 200 ns, a futex sleep 40 µs: look again for about 1 µs before sleeping. */
const SPINS = 200;

/**
 * What this thread holds, so that it can be given back when the thread is terminated from outside, which V8 does where a function or the
 * next turn of a loop begins: a stack of words in the agent's record, `last` the topmost, with the word of each latch (negative: of
 * a versioned one) and a 0 at its bottom. They are written in one go with the step that takes or gives back: no function begins in between.
 */
export const held: { last: number } = { last: Control.NOT_ENROLLED };

/** In ms: no critical section takes so long, but its thread may have been stopped by the system. */
const STUCK_MS = 1000;
let lookForDead: () => void = () => undefined;

/** Says what looks after holders who are gone. */
export function onStuck(look: () => void): void {
  lookForDead = look;
}

/** Sleeps until the latch at word `at` is given back, while its word is `word`. */
export function sleepAt(at: number, word: number): void {
  if (Atomics.wait(i32, at, word, STUCK_MS) === 'timed-out') lookForDead();
}

/** Gives back the latch that the dead have noted at `note`. */
export function freeFor(note: number): void {
  const at = i32[note];
  // Of those who come at the same time one gives it back.
  if (at === 0 || atomic.compareExchange(note, at, 0) !== at) return;
  if (at > 0) atomic.store(at, 0);
  else atomic.store(-at, nextVersion(atomic.load(-at)));
  Atomics.notify(i32, Math.abs(at));
}

/** The word of a versioned latch (versioned.ts) when it is free again after a change: the lowest two bits are its state. */
export function nextVersion(word: number): number {
  return (word & ~3) + 4;
}

/** Throws a RangeError where the stack has no room for a critical section: for who is about to take what must be given back. */
export function seeToStack(): void {
  // Changes nothing, of a word that is this thread's own.
  atomic.enter(held.last, 0, 0);
}

/** Takes the latch at word `at`, waiting as long as it takes. Throws a RangeError where the stack has no room for a critical section. */
export function latch(at: number): void {
  // Whoever is in a section already has seen to its stack, and must not be thrown out of there.
  const taken = i32[held.last] === 0 ? atomic.enter(at, 0, 1) : atomic.compareExchange(at, 0, 1);
  if (taken !== 0) latchSlow(at);
  i32[++held.last] = at;
}

/** As `latch`, for whoever has taken something and gives it back, or stands in a line and leaves it: that needs less room. */
export function relatch(at: number): void {
  const taken = i32[held.last] === 0 ? atomic.reenter(at, 0, 1) : atomic.compareExchange(at, 0, 1);
  if (taken !== 0) latchSlow(at);
  i32[++held.last] = at;
}

function latchSlow(at: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (atomic.load(at) === 0 && atomic.compareExchange(at, 0, 1) === 0) return;
  }
  // From here on the word is set to 2 by every taker: one sleeper may be woken too many, none is forgotten.
  while (atomic.exchange(at, 2) !== 0) sleepAt(at, 2);
}

/** How often a patient taker looks again before it sleeps. */
const LOOKS = 6;
/** How far apart, in turns of an empty loop: less than a microsecond. */
export const APART = 1000;

/** Does nothing for so many turns of an empty loop, and keeps its hands off what others are busy with meanwhile. */
export function standBack(turns: number): void {
  let turn = 0;
  while (turn < turns) turn++;
}

/**
 * Takes the latch at word `at` of a record that two threads are at all the time, such as a queue. Whoever comes second stands
 * back instead of looking all the time: so the first gets through a dozen sections with the words in its own cache, and both
 * together through twice as many.
 */
export function latchPatiently(at: number): void {
  const taken = i32[held.last] === 0 ? atomic.enter(at, 0, 1) : atomic.compareExchange(at, 0, 1);
  if (taken !== 0) latchStandingBack(at);
  i32[++held.last] = at;
}

function latchStandingBack(at: number): void {
  for (let look = 0; look < LOOKS; look++) {
    standBack(APART);
    if (atomic.load(at) === 0 && atomic.compareExchange(at, 0, 1) === 0) return;
  }
  latchSlow(at);
}

/** Gives the latch at word `at` back, which this thread has taken. */
export function unlatch(at: number): void {
  if (giveBack(at, at, 0) === 2) Atomics.notify(i32, at, 1);
}

/** Sets the word `at` of a latch of this thread to `word`, returns what it was, and strikes it off as it was noted, `noted`. */
export function giveBack(at: number, noted: number, word: number): number {
  const last = held.last;
  const note = i32[last] === noted ? last : noteOf(noted);
  const before = atomic.exchange(at, word);
  i32[note] = i32[last];
  i32[last] = 0;
  held.last = last - 1;
  return before;
}

/** Where a latch is noted that is not the last one that this thread took. */
function noteOf(noted: number): number {
  let note = held.last;
  while (i32[note] !== noted && i32[note] !== 0) note--;
  return i32[note] === 0 ? held.last : note;
}
