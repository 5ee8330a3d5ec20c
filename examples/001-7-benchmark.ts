/**
 * Waiting and computing
 *
 * Ten tasks that wait for a tenth of a second take a second one after the other, and a tenth of one in a pool. Ten tasks that
 * compute gain nothing from threads in Python; here they use all cores.
 */
import { availableParallelism } from 'node:os';
import { sleep, ThreadPoolExecutor } from 'threadwork';
import { about, check } from './check.js';

function ioBoundTask(n: number) {
  sleep(100); // Simulates I/O wait
  return n * 2;
}

function cpuBoundTask(_n: number) {
  let sum = 0;
  for (let i = 0; i < 10 ** 6; i++) sum += i * i;
  return sum;
}

const numbers = Array.from({ length: 10 }, (_, n) => n);

/** Milliseconds that it takes. */
function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(3)}s`;

// I/O-bound benefits from threading
using waiters = new ThreadPoolExecutor({ maxWorkers: 10 });
let doubled = Array.from(waiters.map(ioBoundTask, numbers)); // the threads are there now
const threadedIo = timed(() => {
  doubled = Array.from(waiters.map(ioBoundTask, numbers));
});
console.log(`Threaded I/O: ${seconds(threadedIo)}`);

// Sequential for comparison
const sequentialIo = timed(() => {
  for (const n of numbers) ioBoundTask(n);
});
console.log(`Sequential I/O: ${seconds(sequentialIo)}`);

// And what Python cannot have: the sum of squares, on one core and on all of them
const cores = availableParallelism();
using executor = new ThreadPoolExecutor({ maxWorkers: cores });
let sums = Array.from(executor.map(cpuBoundTask, numbers)); // threads are there, code is compiled
for (const n of numbers) cpuBoundTask(n);
const sequentialCpu = timed(() => {
  for (let round = 0; round < 10; round++) for (const n of numbers) cpuBoundTask(n);
});
const threadedCpu = timed(() => {
  for (let round = 0; round < 10; round++) sums = Array.from(executor.map(cpuBoundTask, numbers));
});
console.log(`Threaded CPU on ${cores} cores: ${seconds(threadedCpu)}`);
console.log(`Sequential CPU: ${seconds(sequentialCpu)}`);
console.log(`That is ${(sequentialCpu / threadedCpu).toFixed(2)} times as fast`);

check('the results are those of the tasks, in order', doubled.join() === numbers.map((n) => n * 2).join());
check('ten waits one after the other take a second', about(sequentialIo, 1000), seconds(sequentialIo));
check('in a pool they take a fraction of it', threadedIo < sequentialIo / 2, seconds(threadedIo));
check(
  'all sums are right',
  sums.every((sum) => sum === cpuBoundTask(0)),
);
