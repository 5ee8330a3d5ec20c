/**
 * A shared counter with a lock
 *
 * Five threads, a thousand increments each: always 5000.
 */
import { AtomicInt32, Lock, Thread } from 'threadwork';
import { check } from './check.js';

const counter = new AtomicInt32(0); // Shared variable
const lock = new Lock(); // Synchronization lock

function incrementCounter() {
  for (let i = 0; i < 1000; i++) {
    using held = lock.hold(); // Acquire lock automatically
    counter.store(counter.load() + 1);
    // Lock released when the block exits
  }
}

// Create and start threads
const threads: Thread[] = [];
for (let i = 0; i < 5; i++) {
  const t = new Thread({ target: incrementCounter });
  threads.push(t);
  t.start();
}

// Wait for all threads
for (const t of threads) t.join();

console.log(`Final counter value: ${counter.load()}`); // Always 5000

check('no increment was lost', counter.load() === 5000, `counted ${counter.load()}`);
