/**
 * Pools: the round trip of a tiny task, a burst of them, map over numbers, and computing on two threads.
 */
import { ThreadPoolExecutor, wait } from 'threadwork';
import { type Peer, peers } from './pool-peers.js';
import type { Figure } from './row.js';
import { least, median, takeTurns } from './sampling.js';
import { inPython, missing } from './yardsticks.js';

const ROUNDS = 7;
const TRIPS = 500;
const BURST = 100_000;
const NUMBERS = 1_000_000;

const tiny = (n: number) => n + 1;

async function roundTrip(call: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < TRIPS; n++) await call(n);
  return ((performance.now() - start) * 1000) / TRIPS;
}

async function burst(call: (n: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const all: Promise<unknown>[] = [];
  for (let n = 0; n < BURST; n++) all.push(call(n));
  await Promise.all(all);
  return performance.now() - start;
}

/** The least of the peers' numbers, with the name. */
async function best(
  all: readonly Peer[],
  measure: (peer: Peer) => Promise<number>,
  rounds: number,
): Promise<{ name: string; value: number } | null> {
  let found: { name: string; value: number } | null = null;
  for (const peer of all) {
    try {
      for (let round = 0; round < rounds; round++) {
        const value = await measure(peer);
        if (found === null || value < found.value) found = { name: peer.name, value };
      }
    } catch (error) {
      console.error(`${peer.name} did not complete: ${String(error)}`);
    }
  }
  return found;
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const roots = (x: number) => {
  let sum = 0;
  for (let k = 0; k < 20; k++) sum += Math.sqrt(x + k);
  return sum;
};

const squares = (rounds: number) => {
  let sum = 0;
  for (let round = 0; round < rounds; round++) for (let i = 0; i < 1e6; i++) sum += i * i;
  return sum;
};

export async function measure(): Promise<Figure[]> {
  const pool = new ThreadPoolExecutor(2);
  const python = inPython('pool');
  const pythonBurst = inPython('pool-burst');
  const ours = await takeTurns(
    ROUNDS,
    {
      result: () =>
        (timed(() => {
          for (let n = 0; n < TRIPS; n++) pool.submit(tiny, n).result();
        }) *
          1000) /
        TRIPS,
      awaited: () => roundTrip((n) => pool.submit(tiny, n) as unknown as Promise<number>),
      python: python && (() => python.sample(TRIPS)),
    },
    3,
  );
  const bursts = await takeTurns(3, {
    ours: () =>
      timed(() => {
        const all = Array.from({ length: BURST }, (_, n) => pool.submit(tiny, n));
        wait(all);
      }),
    python: pythonBurst && (() => pythonBurst.sample(BURST)),
  });
  const numbers = Array.from({ length: NUMBERS }, (_, n) => n);
  const maps = await takeTurns(ROUNDS, {
    plain: () =>
      timed(() => {
        for (const n of numbers) roots(n);
      }),
    pool: () =>
      timed(() => {
        for (const _ of pool.map(roots, numbers, { chunksize: 10_000 }));
      }),
  });
  const computing = await takeTurns(3, {
    one: () => timed(() => void pool.submit(squares, 40).result()),
    two: () =>
      timed(() => {
        const halves = [pool.submit(squares, 20), pool.submit(squares, 20)];
        for (const half of halves) half.result();
      }),
  });
  const others = await peers();
  const bestTrip = await best(others, (peer) => roundTrip(peer.call), ROUNDS);
  const bestBurst = await best(others, (peer) => burst(peer.call), 2);
  for (const peer of others) await peer.end();
  pool.shutdown();
  const noPython = python === null ? { note: missing('python3') as string } : {};
  const trip = { unit: 'µs', yardstick: `best peer (${bestTrip?.name})`, yardstickValue: bestTrip?.value ?? null };
  const burstMs = median(bursts.ours);
  return [
    { name: 'submit(tiny).result()', ours: median(ours.result), times: 0.25, ...trip },
    { name: 'await submit(tiny)', ours: median(ours.awaited), times: 0.7, ...trip },
    {
      name: 'submit(tiny).result()',
      ours: median(ours.result),
      unit: 'µs',
      yardstick: 'CPython: submit(tiny).result()',
      yardstickValue: median(ours.python),
      ...noPython,
    },
    {
      name: '100,000 tiny tasks',
      ours: burstMs,
      unit: 'ms',
      yardstick: `best peer (${bestBurst?.name})`,
      yardstickValue: bestBurst?.value ?? null,
      times: 1 / 3,
    },
    {
      name: '100,000 tiny tasks',
      ours: burstMs,
      unit: 'ms',
      yardstick: 'CPython: ThreadPoolExecutor(2)',
      yardstickValue: median(bursts.python),
      times: 1 / 4,
      ...noPython,
    },
    {
      name: 'map over 1,000,000 numbers, 2 threads, chunksize 10,000',
      ours: least(maps.pool),
      unit: 'ms',
      yardstick: 'a plain loop on one core',
      yardstickValue: least(maps.plain),
      times: 1,
    },
    {
      name: 'sums of squares, 2 threads',
      ours: least(computing.two),
      unit: 'ms',
      yardstick: '1 thread',
      yardstickValue: least(computing.one),
      times: 1 / 1.9,
    },
  ];
}
