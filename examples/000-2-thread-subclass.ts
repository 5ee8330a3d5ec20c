/**
 * A subclass of Thread with run()
 *
 * `run()` is executed in the new thread; the fields that it wrote are there for others after `join()`.
 */
import { Thread } from 'threadwork';
import { check } from './check.js';

/** A thread that prints numbers. */
class MyThread extends Thread {
  printed = '';

  /** Runs when the thread starts. */
  override run() {
    for (let i = 1; i <= 5; i++) {
      console.log(`From thread: ${i}`);
      this.printed += i;
    }
  }
}

// Create and start the custom thread
const thread = new MyThread();
thread.start();

// The main thread continues
console.log('Main thread executing');

// Wait for the custom thread to complete
thread.join();
const printedByThen = thread.printed;
console.log('Done');

check('join() returned after 1 to 5 were printed', printedByThen === '12345', `printed by then: "${printedByThen}"`);
