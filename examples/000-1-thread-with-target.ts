/**
 * A thread with a target
 *
 * The main thread goes on while the other one prints 1 to 5; `join()` waits for its end.
 */
import { AtomicInt32, Thread } from 'threadwork';
import { check } from './check.js';

const printed = new AtomicInt32(0); // the digits printed so far, read as one number

/** Prints the numbers from 1 to 5. */
function printNumbers() {
  for (let i = 1; i <= 5; i++) {
    console.log(i);
    printed.store(printed.load() * 10 + i);
  }
}

// Create a thread that will execute printNumbers
const thread = new Thread({ target: printNumbers });

// Start the thread's execution
thread.start();

// The main thread continues while the other thread runs
console.log('Main thread continues...');

// Wait for the thread to complete before proceeding
thread.join();
const printedByThen = printed.load();
console.log('Thread completed');

check('join() returned after 1 to 5 were printed', printedByThen === 12345, `printed by then: ${printedByThen}`);
check('the thread has ended', !thread.isAlive(), `it is ${thread}`);
