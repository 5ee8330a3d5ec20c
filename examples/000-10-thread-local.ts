/**
 * Thread-local data
 *
 * One object, and in each thread a value of its own: what one thread stores in it no other thread sees.
 */
import { AtomicInt32, Event, local, Thread } from 'threadwork';
import { check } from './check.js';

// Create thread-local storage
const threadLocal = local<{ value?: string }>();

const stored = new AtomicInt32(0);
const bothStored = new Event();
const ownValues = new AtomicInt32(0);
const noValues = new AtomicInt32(0);

/** Displays the thread-specific value. */
function showValue() {
  if (threadLocal.value === undefined) {
    console.log('No value for this thread');
    noValues.add(1);
  } else {
    console.log(`Value for this thread: ${threadLocal.value}`);
  }
}

/** Sets and shows a thread-specific value. */
function worker(value: string) {
  // Set the thread-specific value
  threadLocal.value = value;

  // Only when both threads have stored theirs could they see each other's
  if (stored.add(1) === 1) bothStored.set();
  bothStored.wait();

  // Display the value
  showValue();
  if (threadLocal.value === value) ownValues.add(1);
}

// Create and start threads with different values, and one without
const thread1 = new Thread({ target: worker, args: ['Thread 1'] });
const thread2 = new Thread({ target: worker, args: ['Thread 2'] });
const thread3 = new Thread({ target: showValue });

thread1.start();
thread2.start();

// Wait for the threads to complete
thread1.join();
thread2.join();

thread3.start();
thread3.join();

check('two threads saw the value of their own', ownValues.load() === 2, `${ownValues.load()} did`);
check('the third had none', noValues.load() === 1, `${noValues.load()} threads had none`);
check('nor has the main thread', threadLocal.value === undefined, `it has ${threadLocal.value}`);
