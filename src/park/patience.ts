/**
 * Whether a thread looks at what it waits for, again and again, before it sleeps.
 *
 * A sleep and a wake-up take 20 to 40 µs; where the other side answers soon, looking saves both. But it does harm where the other
 * side needs this very core to answer (the scheduler likes to put who is woken beside who wakes it), and nobody can tell
 * beforehand. So each thread remembers, for each kind of wait, whether looking has helped: after TRIES waits in which it did not,
 * the thread looks in every RESTth only.
 */
import { availableParallelism } from 'node:os';
import { clock } from '../host/clock.js';
import { standBack } from './latch.js';

const TRIES = 3;
const REST = 32;

/** Looks at a word of this thread's own, about 4 µs in all. With one core nobody can answer meanwhile. */
export const SPINS: number = availableParallelism() > 1 ? 1000 : 0;

/** What another thread was asked to do just now, such as to begin or to end a thread, is done in this time if it is small, in ms. */
export const LONG_LOOK_MS = 0.1;

/** The same for what is over sooner, such as the turn of another waiter, in ms. */
export const SHORT_LOOK_MS = 0.005;

/** Turns of an empty loop (0.3 to 0.5 ns each) between the first two looks and after the last one: some 10 µs in all. */
const CLOSEST = 100;
const FARTHEST = 12_800;

/** Between two looks at the clock. */
const LOOKS_AT_ONCE = 50;

/** There are fewer kinds of waits (waiter.ts). */
const KINDS = 32;
/** By kind: waits in a row for which looking was in vain; further ones until it is tried again. */
const failures = new Uint8Array(KINDS);
const rests = new Uint8Array(KINDS);

/** Whether looking is worth while in a wait of this kind. */
export function looksPay(kind: number): boolean {
  return SPINS > 0 && (failures[kind] < TRIES || rests[kind] === 0);
}

/** Looking has made a sleep unnecessary. */
export function paid(kind: number): void {
  failures[kind] = 0;
}

/** The thread sleeps now: it has looked in vain, or not at all. */
export function unpaid(kind: number): void {
  if (failures[kind] < TRIES) failures[kind]++;
  else rests[kind] = rests[kind] === 0 ? REST : rests[kind] - 1;
}

/** `Atomics.pause`, where there is one. */
export const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => undefined);

const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps for `ms` and does nothing else: none of what a thread sees to in the library's waits. Nobody wakes it. */
export function doze(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}

/**
 * Looks whether what a wait of this kind is for comes within a critical section's time, if looking pays. Each look takes the word's
 * cache line from who is about to give it back, so it stands back in between, twice as long each time: with many threads at one lock
 * that is what lets any of them get on.
 */
export function comesSoon(kind: number, isThere: () => boolean): boolean {
  if (!looksPay(kind)) return false;
  for (let apart = CLOSEST; apart <= FARTHEST; apart *= 2) {
    if (isThere()) {
      paid(kind);
      return true;
    }
    standBack(apart);
  }
  return false;
}

/** Looks for `ms` whether what a wait of this kind is for comes. */
export function comesWithin(ms: number, kind: number, isThere: () => boolean): boolean {
  const end = clock() + ms;
  do {
    for (let look = 0; look < LOOKS_AT_ONCE; look++) {
      if (isThere()) {
        paid(kind);
        return true;
      }
      pause();
    }
  } while (clock() < end);
  return false;
}
