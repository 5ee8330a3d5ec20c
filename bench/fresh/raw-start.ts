// Prints the ms that a bare worker takes, from `new` until its first line ran.
import { Worker } from 'node:worker_threads';

const words = new Int32Array(new SharedArrayBuffer(8));
const start = performance.now();
const worker = new Worker(new URL('./raw-worker.js', import.meta.url), { workerData: { words, stays: false } });
Atomics.wait(words, 0, 0);
const took = performance.now() - start;
worker.on('exit', () => console.log(took));
