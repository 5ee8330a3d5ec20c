/**
 * Pools of processes: the round trip of a tiny task, map over numbers, and computing in two processes.
 */
import { ProcessPoolExecutor } from 'threadwork';
import type { Figure } from './row.js';
import { least, median, takeTurns, timed } from './sampling.js';
import { inPython, missing } from './yardsticks.js';

const TRIPS = 300;
const NUMBERS = 100_000;

const tiny = (n: number) => n + 1;
const half = (n: number) => n / 2;

const squares = (rounds: number) => {
  let sum = 0;
  for (let round = 0; round < rounds; round++) for (let i = 0; i < 1e6; i++) sum += i * i;
  return sum;
};

export async function measure(): Promise<Figure[]> {
  const pool = new ProcessPoolExecutor(2);
  const python = inPython('process-pool');
  const pythonMap = inPython('process-map');
  const numbers = Array.from({ length: NUMBERS }, (_, n) => n);
  const trips = await takeTurns(
    5,
    {
      ours: () =>
        (timed(() => {
          for (let n = 0; n < TRIPS; n++) pool.submit(tiny, n).result();
        }) *
          1000) /
        TRIPS,
      python: python && (() => python.sample(TRIPS)),
    },
    2,
  );
  const maps = await takeTurns(
    5,
    {
      ours: () =>
        timed(() => {
          for (const _ of pool.map(half, numbers, { chunksize: 1000 }));
        }),
      python: pythonMap && (() => pythonMap.sample(NUMBERS)),
    },
    2,
  );
  const computing = await takeTurns(3, {
    one: () => timed(() => void pool.submit(squares, 40).result()),
    two: () =>
      timed(() => {
        const halves = [pool.submit(squares, 20), pool.submit(squares, 20)];
        for (const part of halves) part.result();
      }),
  });
  pool.shutdown();
  const note = python === null ? { note: missing('python3') as string } : {};
  return [
    {
      name: 'processes: submit(tiny).result()',
      ours: median(trips.ours),
      unit: 'µs',
      yardstick: 'CPython',
      yardstickValue: median(trips.python),
      ...note,
    },
    {
      name: 'processes: map over 100,000 numbers, chunksize 1,000',
      ours: median(maps.ours),
      unit: 'ms',
      yardstick: 'CPython',
      yardstickValue: median(maps.python),
      ...note,
    },
    {
      name: 'processes: sums of squares, 2 of them',
      ours: least(computing.two),
      unit: 'ms',
      yardstick: '1 process',
      yardstickValue: least(computing.one),
    },
  ];
}
