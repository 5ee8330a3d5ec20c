/**
 * Computing in pools: map over numbers, and two halves of one loop.
 */
import { ThreadPoolExecutor } from 'threadwork';
import type { Figure } from './row.js';
import { least, ROUNDS, takeTurns, timed, WARM_UP } from './sampling.js';

const NUMBERS = 1_000_000;

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
  const numbers = Array.from({ length: NUMBERS }, (_, n) => n);
  const maps = await takeTurns(
    ROUNDS,
    {
      plain: () =>
        timed(() => {
          for (const n of numbers) roots(n);
        }),
      pool: () =>
        timed(() => {
          for (const _ of pool.map(roots, numbers, { chunksize: 10_000 }));
        }),
    },
    WARM_UP,
  );
  const computing = await takeTurns(
    ROUNDS,
    {
      one: () => timed(() => void pool.submit(squares, 40).result()),
      two: () =>
        timed(() => {
          const halves = [pool.submit(squares, 20), pool.submit(squares, 20)];
          for (const half of halves) half.result();
        }),
    },
    WARM_UP,
  );
  pool.shutdown();
  return [
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
