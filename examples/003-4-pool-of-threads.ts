/**
 * Three threads in a pool
 *
 * The three threads of 003-3, started by map() and joined by the end of the block.
 */
import { AtomicInt32, sleep, ThreadPoolExecutor } from 'threadwork';
import { about, check } from './check.js';

const finished = new AtomicInt32(0); // a bit for each task

function threadFunction(name: number) {
  console.info('Thread %s: starting...', name);
  sleep(2000);
  console.info('Thread %s: finishing...', name);
  finished.or(1 << name);
}

const start = performance.now();
{
  using executor = new ThreadPoolExecutor({ maxWorkers: 3 });
  executor.map(threadFunction, [0, 1, 2]);
}
const elapsed = performance.now() - start;

check(
  'all three had finished at the end of the block',
  finished.load() === 0b111,
  `these had: ${finished.load().toString(2)}`,
);
check('they slept at the same time: about two seconds', about(elapsed, 2000), `it took ${elapsed.toFixed()} ms`);
