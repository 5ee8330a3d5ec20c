/**
 * The same work by 1, 2, 4, … threads, as many as there are cores: what is computed apart should take a share of the time each,
 * what all of them want at once should not take more in all.
 */
import { availableParallelism } from 'node:os';
import { AtomicInt32, Lock, Queue, SharedMap, Thread, ThreadPoolExecutor } from 'threadwork';
import { KEYS, mixed } from './mixed.js';
import type { Figure } from './row.js';
import { median, type Sample, takeTurns, timed } from './sampling.js';
import { inC, missing } from './yardsticks.js';

const ROUNDS = 5;
const WARM_UP = 2;
const CORES = Math.min(availableParallelism(), 16);
const STEPS = [1, 2, 4, 8, 16].filter((threads) => threads <= CORES);

/** A piece of work, done by so many threads. */
type Work = (threads: number) => void;

function sumOfSquares(below: number): number {
  let sum = 0;
  for (let k = 0; k < below; k++) sum += k * k;
  return sum;
}

/** Tasks of one size for a pool. */
function tasks(count: number, below: number): Work {
  const pools = new Map(STEPS.map((threads) => [threads, new ThreadPoolExecutor(threads)]));
  return (threads) => {
    const pool = pools.get(threads) as ThreadPoolExecutor;
    const futures = Array.from({ length: count }, () => pool.submit(sumOfSquares, below));
    for (const future of futures) future.result();
  };
}

/** So many threads, each with its share of `times` calls. */
function shares<T>(times: number, shared: T, target: (shared: T, times: number, seed: number) => void): Work {
  return (threads) => {
    const crew = Array.from({ length: threads }, (_, seed) =>
      new Thread({ target, args: [shared, times / threads, seed + 1] as never }).start(),
    );
    for (const thread of crew) thread.join();
  };
}

/** As many producers as consumers, on one queue. */
function passOn(items: number): Work {
  return (pairs) => {
    const queue = new Queue<number>();
    const share = items / pairs;
    const put = () => {
      for (let k = 0; k < share; k++) queue.put(k);
    };
    const take = () => {
      for (let k = 0; k < share; k++) queue.get();
    };
    const crew = Array.from({ length: 2 * pairs }, (_, k) => new Thread({ target: k % 2 ? put : take }).start());
    for (const thread of crew) thread.join();
  };
}

function filled(): SharedMap<number, number> {
  const map = new SharedMap<number, number>();
  for (let key = 0; key < KEYS; key++) map.set(key, key);
  return map;
}

interface Case {
  readonly name: string;
  readonly work: Work;
  /** The same in C, in ms. */
  readonly inC?: (threads: number) => Sample | null;
  /** Only up to so many; otherwise as many as there are cores. */
  readonly most?: number;
}

const CASES: readonly Case[] = [
  { name: '64 sums of squares below a million, a pool of', work: tasks(64, 1_000_000) },
  { name: '20,000 tasks of some 20 µs, a pool of', work: tasks(20_000, 20_000) },
  {
    name: 'one SharedMap, 900,000 get, 100,000 set:',
    work: shares(1_000_000, filled(), (map, times, seed) => void mixed(map, seed, times)),
  },
  {
    name: 'one Lock, 1,000,000 increments:',
    work: shares(1_000_000, { lock: new Lock(), number: new AtomicInt32() }, ({ lock, number }, times) => {
      for (let k = 0; k < times; k++) {
        lock.acquire();
        number.value += 1;
        lock.release();
      }
    }),
    inC: (threads) => {
      const c = inC('contended', [String(threads)]);
      return c && (() => c.sample(1_000_000 / threads));
    },
  },
  {
    name: 'one AtomicInt32, 4,000,000 times:',
    work: shares(4_000_000, new AtomicInt32(), (number, times) => {
      for (let k = 0; k < times; k++) number.add(1);
    }),
  },
  { name: 'one Queue, 400,000 numbers, producers and as many consumers:', most: CORES / 2, work: passOn(400_000) },
];

export async function measure(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, most = CORES, work, inC } of CASES) {
    const steps = STEPS.filter((threads) => threads <= most);
    const sides = Object.fromEntries(
      steps.flatMap((threads): [string, Sample | null][] => [
        [String(threads), () => timed(() => work(threads))],
        [`C: ${threads}`, inC?.(threads) ?? null],
      ]),
    );
    const samples = await takeTurns(ROUNDS, sides, WARM_UP);
    for (const threads of steps.slice(1)) {
      const figure = { name: `${name} ${threads}`, ours: median(samples[threads]), unit: 'ms' };
      figures.push({ ...figure, yardstick: 'the same by 1', yardstickValue: median(samples['1']) });
      if (inC === undefined) continue;
      const note = missing('gcc');
      figures.push({
        ...figure,
        yardstick: 'C: pthread_mutex',
        yardstickValue: median(samples[`C: ${threads}`]),
        ...(note === null ? {} : { note }),
      });
    }
  }
  return figures;
}
