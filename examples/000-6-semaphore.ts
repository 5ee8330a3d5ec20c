/**
 * A semaphore lets three threads in
 *
 * Six threads want the resource for a second each; three at a time get it, so it takes two seconds.
 */
import { AtomicInt32, Semaphore, sleep, Thread } from 'threadwork';
import { about, check } from './check.js';

const semaphore = new Semaphore(3); // Max 3 concurrent threads
const inside = new AtomicInt32(0);
const most = new AtomicInt32(0);

function accessResource(i: number) {
  using held = semaphore.hold();
  console.log(`Thread-${i} acquired semaphore`);
  const now = inside.add(1) + 1;
  most.update((before) => Math.max(before, now));
  sleep(1000);
  inside.sub(1);
  console.log(`Thread-${i} released semaphore`);
}

const start = performance.now();
const threads = Array.from({ length: 6 }, (_, i) => new Thread({ target: accessResource, args: [i] }));
for (const t of threads) t.start();
for (const t of threads) t.join();
const elapsed = performance.now() - start;

check('three threads were inside at once, never more', most.load() === 3, `at most ${most.load()} were`);
check('it took about two seconds', about(elapsed, 2000), `it took ${elapsed.toFixed()} ms`);
