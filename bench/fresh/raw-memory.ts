// Prints the MB of resident memory for one more bare worker that waits.
import { Worker } from 'node:worker_threads';
import { printGrowth } from './growth.js';

const words = new Int32Array(new SharedArrayBuffer(8));
const entry = new URL('./raw-worker.js', import.meta.url);

printGrowth(
  () => void new Worker(entry, { workerData: { words, stays: true } }),
  (count) => {
    while (Atomics.load(words, 0) < count) Atomics.wait(words, 0, Atomics.load(words, 0), 1000);
  },
);
