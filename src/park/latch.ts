/**
 * The latch: the short internal lock under every queue, list and free list of the library. It is not for users' critical
 * sections. Whoever holds one allocates no JavaScript object, calls no user code and takes no second latch out of order
 * (record → page latch), so that a thread cannot die and cannot be stuck inside.
 *
 *   word: 0  free
 *         1  held
 *         2  held, and somebody may be asleep on it
 *
 * The algorithm is the third mutex of U. Drepper's "Futexes Are Tricky". It is the one file of park/ that heap/ uses.
 */
import * as atomic from '../heap/atomic.js';
import { i32 } from '../heap/memory.js';

/** A critical section takes 20 to 200 ns, a futex sleep 40 µs: look again for about 1 µs before sleeping. */
const SPINS = 200;

/** Takes the latch at word `at`, waiting as long as it takes. */
export function latch(at: number): void {
  if (atomic.compareExchange(at, 0, 1) !== 0) latchSlow(at);
}

function latchSlow(at: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (atomic.load(at) === 0 && atomic.compareExchange(at, 0, 1) === 0) return;
  }
  // From here on the word is set to 2 by every taker: one sleeper may be woken too many, none is forgotten.
  while (atomic.exchange(at, 2) !== 0) Atomics.wait(i32, at, 2);
}

/** How often, and how many turns of an empty loop apart (about 1 µs), a patient taker looks again before it sleeps. */
const LOOKS = 6;
const APART = 1000;

/** Does nothing for about a microsecond, and keeps its hands off what others are busy with meanwhile. */
export function standBack(): void {
  let turns = 0;
  while (turns < APART) turns++;
}

/**
 * Takes the latch at word `at` of a record that two threads are at all the time, such as a queue. Whoever comes second stands
 * back instead of looking all the time: so the first gets through a dozen sections with the words in its own cache, and both
 * together through twice as many.
 */
export function latchPatiently(at: number): void {
  if (atomic.compareExchange(at, 0, 1) === 0) return;
  for (let look = 0; look < LOOKS; look++) {
    standBack();
    if (atomic.load(at) === 0 && atomic.compareExchange(at, 0, 1) === 0) return;
  }
  latchSlow(at);
}

/** Gives the latch at word `at` back. */
export function unlatch(at: number): void {
  if (atomic.exchange(at, 0) === 2) Atomics.notify(i32, at, 1);
}
