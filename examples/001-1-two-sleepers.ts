/**
 * Two threads that sleep
 *
 * A sleeps for two seconds, B for one: B completes first, and both together take two seconds.
 */
import { AtomicInt32, sleep, Thread } from 'threadwork';
import { about, check } from './check.js';

const first = new AtomicInt32(0); // the name of the thread that completed first, as a character code

function worker(name: string, duration: number) {
  console.log(`Thread ${name} starting`);
  sleep(duration); // Simulates I/O
  console.log(`Thread ${name} completed after ${duration} ms`);
  first.compareExchange(0, name.charCodeAt(0));
}

// Create and start threads
const start = performance.now();
const thread1 = new Thread({ target: worker, args: ['A', 2000] });
const thread2 = new Thread({ target: worker, args: ['B', 1000] });

thread1.start();
thread2.start();

// Wait for the threads to complete
thread1.join();
thread2.join();

const elapsed = performance.now() - start;
console.log('All threads finished');

const winner = String.fromCharCode(first.load());
check('B completed first', winner === 'B', `it was ${winner}`);
check('they slept at the same time: about two seconds', about(elapsed, 2000), `it took ${elapsed.toFixed()} ms`);
