// Ten bare workers that wait, and a main thread that waits too; says so once and waits to be killed.
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

const words = new Int32Array(new SharedArrayBuffer(8));
const entry = new URL('./raw-worker.js', import.meta.url);
for (let k = 0; k < 10; k++) new Worker(entry, { workerData: { words, stays: true } });
for (let count = Atomics.load(words, 0); count < 10; count = Atomics.load(words, 0))
  Atomics.wait(words, 0, count, 1000);
writeSync(1, 'waiting\n');
Atomics.wait(words, 1, 0);
