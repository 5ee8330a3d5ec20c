/**
 * Eight threads that want the same thing, blocking and asynchronous waiters in one line, with timeouts and aborts thrown in.
 *
 * THREADWORK_STRESS=10 makes everything ten times as long.
 */
import { Crew } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';
import { abortedAfter } from './chance.js';

/** How much longer than usual. */
export const SCALE = Number(process.env.THREADWORK_STRESS ?? 1);
export const DEADLINE_MS = 60_000 * Math.max(1, SCALE);
export const THREADS = 8;
/** Asynchronous waiters that an asynchronous thread has at a time. */
const CHAINS = 3;

export interface Exclusive {
  acquire(options?: number | boolean): boolean;
  acquireAsync(options?: number | boolean | { timeout?: number; signal: AbortSignal }): Promise<boolean>;
  release(): void;
}

/** Even threads block; odd ones have several asynchronous chains. Ends when all have. */
export async function compete(blocking: (seed: number) => void, chain: (seed: number) => Promise<void>): Promise<void> {
  const crew = new Crew(THREADS, async (number) => {
    if (number % 2 === 0) {
      blocking(number + 1);
      return;
    }
    const chains: Promise<void>[] = [];
    for (let k = 0; k < CHAINS; k++) chains.push(Promise.resolve(number * 100 + k).then(chain));
    await Promise.all(chains);
  });
  await crew.join(asynchronous, DEADLINE_MS);
}

/** An acquire that gives up sometimes: at once, after a while, or by an abort. */
export function tryToAcquire(lock: Exclusive, chance: (below: number) => number): boolean {
  const choice = chance(8);
  return lock.acquire(choice === 0 ? false : choice === 1 ? chance(3) : undefined);
}

export async function tryToAcquireAsync(lock: Exclusive, chance: (below: number) => number): Promise<boolean> {
  const choice = chance(8);
  if (choice === 0) return lock.acquireAsync(false);
  if (choice === 1) return lock.acquireAsync(chance(3));
  if (choice === 2) return abortedAfter(chance(3), (signal) => lock.acquireAsync({ signal }));
  if (choice === 3) return abortedAfter(chance(2), (signal) => lock.acquireAsync({ signal, timeout: chance(3) }));
  return lock.acquireAsync();
}
