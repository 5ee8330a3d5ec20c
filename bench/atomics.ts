/**
 * Atomic numbers beside what they are made of.
 */
import { AtomicBigInt64, AtomicFloat64, AtomicInt32 } from 'threadwork';
import type { Figure } from './row.js';
import { least, takeTurns } from './sampling.js';

const ROUNDS = 25;
const TURNS = 1_000_000;

const ours = new AtomicInt32();
const longs = new AtomicBigInt64();
const doubles = new AtomicFloat64();
const words = new Int32Array(new SharedArrayBuffer(64));
let seen = 0;

function timed(turns: () => void): () => number {
  return () => {
    const start = performance.now();
    turns();
    return ((performance.now() - start) * 1e6) / TURNS;
  };
}

export async function measure(): Promise<Figure[]> {
  const samples = await takeTurns(
    ROUNDS,
    {
      add: timed(() => {
        for (let k = 0; k < TURNS; k++) ours.add(1);
      }),
      atomicsAdd: timed(() => {
        for (let k = 0; k < TURNS; k++) Atomics.add(words, 3, 1);
      }),
      load: timed(() => {
        for (let k = 0; k < TURNS; k++) seen += ours.value;
      }),
      atomicsLoad: timed(() => {
        for (let k = 0; k < TURNS; k++) seen += Atomics.load(words, 3);
      }),
      addLong: timed(() => {
        for (let k = 0; k < TURNS; k++) longs.add(1n);
      }),
      addDouble: timed(() => {
        for (let k = 0; k < TURNS; k++) doubles.add(0.5);
      }),
    },
    3,
  );
  const add = { unit: 'ns', yardstick: 'Atomics.add', yardstickValue: least(samples.atomicsAdd) };
  return [
    { name: 'AtomicInt32.add(1)', ours: least(samples.add), ...add, times: 1.3 },
    {
      name: 'AtomicInt32.value',
      ours: least(samples.load),
      unit: 'ns',
      yardstick: 'Atomics.load',
      yardstickValue: least(samples.atomicsLoad),
    },
    { name: 'AtomicBigInt64.add(1n)', ours: least(samples.addLong), ...add },
    { name: 'AtomicFloat64.add(0.5)', ours: least(samples.addDouble), ...add },
  ];
}
