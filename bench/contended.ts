/**
 * Two threads that want the same lock all the time: each takes it, adds one to a shared number and gives it back.
 */
import { AtomicInt32, Lock, Thread } from 'threadwork';
import type { Figure } from './row.js';
import { median, takeTurns } from './sampling.js';
import { inC, inPython, missing } from './yardsticks.js';

const ROUNDS = 7;
const TIMES = 1_000_000;

const lock = new Lock();
const counter = new AtomicInt32();

function plain(times: number): void {
  for (let k = 0; k < times; k++) {
    lock.acquire();
    // Two operations, as in Python: without the lock, increments would be lost.
    counter.value += 1;
    lock.release();
  }
}

function scoped(times: number): void {
  for (let k = 0; k < times; k++) {
    using _held = lock.hold();
    counter.value += 1;
  }
}

function twoThreads(target: (times: number) => void): number {
  counter.value = 0;
  const start = performance.now();
  const threads = [1, 2].map(() => new Thread({ target, args: [TIMES] }).start());
  for (const thread of threads) thread.join();
  const took = performance.now() - start;
  if (counter.value !== 2 * TIMES)
    throw new Error(`the lock let increments get lost: ${counter.value} of ${2 * TIMES}`);
  return took;
}

export async function measure(): Promise<Figure[]> {
  const c = inC('contended');
  const python = inPython('contended');
  const samples = await takeTurns(ROUNDS, {
    plain: () => twoThreads(plain),
    c: c && (() => c.sample(TIMES)),
    python: python && (() => python.sample(TIMES)),
    scoped: () => twoThreads(scoped),
  });
  const figure = { name: '2 × 1,000,000: acquire(), += 1, release()', ours: median(samples.plain), unit: 'ms' };
  return [
    {
      ...figure,
      yardstick: 'C: pthread_mutex',
      yardstickValue: median(samples.c),
      ...(c === null ? { note: missing('gcc') as string } : {}),
    },
    {
      ...figure,
      yardstick: 'CPython: with lock',
      yardstickValue: median(samples.python),
      ...(python === null ? { note: missing('python3') as string } : {}),
    },
    {
      ...figure,
      name: '2 × 1,000,000: using hold(), += 1',
      ours: median(samples.scoped),
      yardstick: 'CPython: with lock',
      yardstickValue: median(samples.python),
    },
  ];
}
