/**
 * Bells: words that count up when there is something to look at, for event loops that serve others (the supervisor), and for a thread
 * that has asked one for something.
 */
import * as atomic from '../heap/atomic.js';
import { i32 } from '../heap/memory.js';

/** Rings the bell at word `at`. */
export function ringBell(at: number): void {
  atomic.add(at, 1);
  Atomics.notify(i32, at);
}

/** How often the bell was rung: note it before looking at what it stands for. */
export function ringsOf(at: number): number {
  return atomic.load(at);
}

/** In ms: how often a sleeper looks whether somebody is left who could ring. */
const LOOK_AGAIN_MS = 200;

/** Sleeps until the bell was rung more often than `seen`; false if it was not, and `mayRing` says that nobody will any more. */
export function sleepUntilRung(at: number, seen: number, mayRing: () => boolean): boolean {
  while (atomic.load(at) === seen) {
    if (Atomics.wait(i32, at, seen, LOOK_AGAIN_MS) === 'timed-out' && !mayRing()) return atomic.load(at) !== seen;
  }
  return true;
}

interface WaitAsync {
  waitAsync(array: Int32Array, index: number, value: number): { async: boolean; value: unknown };
}

/** Resolves when the bell was rung more often than `seen`. Does not keep the process alive. */
export async function untilRung(at: number, seen: number): Promise<void> {
  await (Atomics as unknown as WaitAsync).waitAsync(i32, at, seen).value;
}
