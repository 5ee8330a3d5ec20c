/**
 * A pool of three threads
 *
 * Three tasks of two seconds each run at once; the end of the block waits for them.
 */
import { AtomicInt32, sleep, ThreadPoolExecutor } from 'threadwork';
import { about, check } from './check.js';

const completed = new AtomicInt32(0);

/** Simulated task that takes some time. */
function task(name: number) {
  console.log(`Task ${name} started`);
  sleep(2000); // Simulate work
  console.log(`Task ${name} completed`);
  completed.add(1);
}

const start = performance.now();
{
  // Create a thread pool with maximum 3 workers
  using executor = new ThreadPoolExecutor({ maxWorkers: 3 });
  // Submit tasks to the pool
  executor.map(task, [1, 2, 3]);
}
const elapsed = performance.now() - start;

check('the end of the block waited for all three', completed.load() === 3, `${completed.load()} had completed`);
check(
  'all at once: about two seconds, not six',
  about(elapsed, 2000) && elapsed < 5900,
  `it took ${elapsed.toFixed()} ms`,
);
