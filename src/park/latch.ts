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
import { i32 } from '../heap/memory.js';

/** A critical section takes 20 to 200 ns, a futex sleep 40 µs: look again for about 1 µs before sleeping. */
const SPINS = 200;

/** Takes the latch at word `at`, waiting as long as it takes. */
export function latch(at: number): void {
  if (Atomics.compareExchange(i32, at, 0, 1) !== 0) latchSlow(at);
}

function latchSlow(at: number): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.load(i32, at) === 0 && Atomics.compareExchange(i32, at, 0, 1) === 0) return;
  }
  // From here on the word is set to 2 by every taker: one sleeper may be woken too many, none is forgotten.
  while (Atomics.exchange(i32, at, 2) !== 0) Atomics.wait(i32, at, 2);
}

/** Gives the latch at word `at` back. */
export function unlatch(at: number): void {
  if (Atomics.exchange(i32, at, 0) === 2) Atomics.notify(i32, at, 1);
}
