/**
 * The uncontended lock: what every critical section pays.
 */
import { Lock } from 'threadwork';
import type { Figure } from './row.js';
import { least, takeTurns } from './sampling.js';
import { inC, inPython, missing } from './yardsticks.js';

const ROUNDS = 25;
const TURNS = 1_000_000;

const lock = new Lock();

function acquireAndRelease(): number {
  const start = performance.now();
  for (let k = 0; k < TURNS; k++) {
    lock.acquire();
    lock.release();
  }
  return ((performance.now() - start) * 1e6) / TURNS;
}

let total = 0;

function hold(): number {
  const start = performance.now();
  for (let k = 0; k < TURNS; k++) {
    using _held = lock.hold();
    total++;
  }
  return ((performance.now() - start) * 1e6) / TURNS;
}

function callback(): number {
  const start = performance.now();
  for (let k = 0; k < TURNS; k++) lock.with(() => total++);
  return ((performance.now() - start) * 1e6) / TURNS;
}

export async function measure(): Promise<Figure[]> {
  const c = inC('mutex');
  const python = inPython('mutex');
  const samples = await takeTurns(
    ROUNDS,
    {
      plain: acquireAndRelease,
      c: c && (() => c.sample(TURNS)),
      python: python && (() => python.sample(TURNS / 10)),
      hold,
      callback,
    },
    3,
  );
  const plain = least(samples.plain);
  const figure = { name: 'lock.acquire() + release()', ours: plain, unit: 'ns' };
  const scoped = { unit: 'ns', yardstick: 'acquire() + release()', yardstickValue: plain };
  return [
    {
      ...figure,
      yardstick: 'C: pthread_mutex_lock + unlock',
      yardstickValue: least(samples.c),
      times: 2,
      ...(c === null ? { note: missing('gcc') as string } : {}),
    },
    {
      ...figure,
      yardstick: 'CPython: Lock, acquire() + release()',
      yardstickValue: least(samples.python),
      times: 0.5,
      ...(python === null ? { note: missing('python3') as string } : {}),
    },
    { name: 'using held = lock.hold()', ours: least(samples.hold), ...scoped, times: 3 },
    { name: 'lock.with(() => …)', ours: least(samples.callback), ...scoped },
  ];
}
