/**
 * The versioned latch: a latch whose word also counts the changes that were made under it, so that whoever only wants to read
 * a few words need not take it (a sequence lock).
 *
 *   bit 0       held
 *   bit 1       held, and somebody may be asleep on it
 *   bits 2 … 31 version: how many times it was given back after a change
 *
 * Writers take it as latch.ts is taken (Drepper's third mutex): whoever has slept takes it with bit 1 set, because there may
 * be more sleepers; giving back clears both bits and wakes one.
 *
 * Readers, `look` first, read words with atomic loads, and ask `unchanged` last. What they read is of one moment, because
 * - all their loads are atomic, so they are done in this order;
 * - a writer's stores come after its CAS, which changes the word, and before the exchange that changes it again. So whoever
 *   sees one of these stores cannot see the word as it was before the CAS any more; if it saw that first, it differs at the
 *   end. On x86 stores are seen in order; elsewhere `take` has a second atomic operation on a word of the thread's own, which
 *   is a barrier between the two;
 * - 2³⁰ changes do not happen between two loads of one reader.
 * A reader may be led astray meanwhile: the block that it reads may be freed and used for something else. So until
 * `unchanged` said yes it writes nothing (takes no reference), checks that indices are inside the heap and that loops end,
 * and believes nothing. What was reachable from the guarded words at `look` and still is at `unchanged` was not freed in between.
 */
import * as atomic from '../heap/atomic.js';
import { i32 } from '../heap/memory.js';
import { giveBack, held, nextVersion, sleepAt } from './latch.js';

const HELD = 1;
const SLEEPERS = 2;
const STATE = HELD | SLEEPERS;

/** As in latch.ts: look again for about 1 µs before sleeping. */
const SPINS = 200;

const WEAKLY_ORDERED: boolean = process.arch !== 'x64' && process.arch !== 'ia32';
const fence = new Int32Array(new SharedArrayBuffer(4));

/** Takes the latch at word `at`, waiting as long as it takes; returns the version, for giving it back. */
export function take(at: number): number {
  // A plain read is enough: the compare-and-swap verifies it.
  const word = i32[at];
  const free = word & ~STATE;
  // As in latch.ts: whoever is in a section already must not be thrown out of there.
  const seen =
    i32[held.last] === 0 ? atomic.enter(at, free, word | HELD) : atomic.compareExchange(at, free, word | HELD);
  const version = seen === free ? free : takeSlow(at);
  i32[++held.last] = -at;
  if (WEAKLY_ORDERED) Atomics.add(fence, 0, 0);
  return version;
}

function takeSlow(at: number): number {
  for (let spin = 0; spin < SPINS; spin++) {
    const word = atomic.load(at);
    if ((word & STATE) === 0 && atomic.compareExchange(at, word, word | HELD) === word) return word;
  }
  for (;;) {
    const word = atomic.load(at);
    if ((word & HELD) === 0) {
      // There may be other sleepers: one may be woken too many, none is forgotten.
      if (atomic.compareExchange(at, word, word | STATE) === word) return word;
    } else if ((word & SLEEPERS) !== 0 || atomic.compareExchange(at, word, word | SLEEPERS) === word) {
      sleepAt(at, word | SLEEPERS);
    }
  }
}

/** Gives the latch back after a change. */
export function giveChanged(at: number, version: number): void {
  giveUnchanged(at, nextVersion(version));
}

/** Gives the latch back; nothing was changed. */
export function giveUnchanged(at: number, version: number): void {
  if ((giveBack(at, -at, version) & SLEEPERS) !== 0) Atomics.notify(i32, at, 1);
}

/** The pair of words at `cell`, which the latch at word `at` guards, and the one at `stage`, which is this thread's, change places. */
export function exchangePairs(at: number, cell: number, stage: number): void {
  // In one step where that is possible; it has no barrier.
  const done = WEAKLY_ORDERED ? 0 : atomic.exchangePairs(at, cell, stage);
  if (done === 2) Atomics.notify(i32, at, 1);
  if (done !== 0) return;
  const version = take(at);
  exchangeHeld(cell, stage);
  giveChanged(at, version);
}

/** As `exchangePairs`, for whoever holds the latch. */
export function exchangeHeld(a: number, b: number): void {
  const low = i32[a];
  const high = i32[a + 1];
  i32[a] = i32[b];
  i32[a + 1] = i32[b + 1];
  i32[b] = low;
  i32[b + 1] = high;
}

/** The word at the start of a look without the latch; there may be a writer at work (`isSteady`). */
export function look(at: number): number {
  return atomic.load(at);
}

/** Whether nobody was at work when the word was looked at. */
export function isSteady(word: number): boolean {
  return (word & STATE) === 0;
}

/** Whether all that was read since `look` is of one moment. */
export function unchanged(at: number, word: number): boolean {
  return atomic.load(at) === word;
}
