/**
 * Bells: words that count up when there is something to look at, for event loops that serve others (the supervisor).
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

/** Sleeps until the bell was rung more often than `seen`. */
export function sleepUntilRung(at: number, seen: number): void {
  while (atomic.load(at) === seen) Atomics.wait(i32, at, seen);
}

interface WaitAsync {
  waitAsync(array: Int32Array, index: number, value: number): { async: boolean; value: unknown };
}

/** Resolves when the bell was rung more often than `seen`. Does not keep the process alive. */
export async function untilRung(at: number, seen: number): Promise<void> {
  await (Atomics as unknown as WaitAsync).waitAsync(i32, at, seen).value;
}
