/**
 * Three threads, joined in order
 *
 * The threads may finish in any order; main joins them in the order in which it started them.
 */
import { AtomicInt32, sleep, Thread } from 'threadwork';
import { about, check } from './check.js';

const finished = new AtomicInt32(0); // a bit for each thread

function threadFunction(name: number) {
  console.info('Thread %s: starting...', name);
  sleep(2000);
  console.info('Thread %s: finishing...', name);
  finished.or(1 << name);
}

const start = performance.now();
const multipleThreads: Thread[] = [];
for (let index = 0; index < 3; index++) {
  console.info('Main    : create and start thread %d...', index);
  const t = new Thread({ target: threadFunction, args: [index] });
  multipleThreads.push(t);
  t.start();
}

for (const [index, thread] of multipleThreads.entries()) {
  console.info('Main    : before joining thread %d...', index);
  thread.join();
  check(`thread ${index} finished before main went on`, (finished.load() & (1 << index)) !== 0);
  console.info('Main    : thread %d done...', index);
}

const elapsed = performance.now() - start;
check('all three did', finished.load() === 0b111, `these did: ${finished.load().toString(2)}`);
check('they slept at the same time: about two seconds', about(elapsed, 2000), `it took ${elapsed.toFixed()} ms`);
