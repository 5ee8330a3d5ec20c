/**
 * Three threads wait for one event
 *
 * One of them waits for two seconds at most. After a second the main thread sets the event, which releases all three.
 */
import { AtomicInt32, Event, sleep, Thread } from 'threadwork';
import { about, check } from './check.js';

const released = new AtomicInt32(0);

/** Waits for the event to be set. */
function waitForEvent(event: Event, name: string) {
  console.log(`${name} waiting for event`);
  event.wait(); // Block until the event is set
  released.add(1);
  console.log(`${name} received event, proceeding`);
}

/** Waits for the event to be set, but no longer than the timeout. */
function waitForEventTimeout(event: Event, name: string, timeout: number) {
  console.log(`${name} waiting for event (timeout=${timeout}ms)`);
  const received = event.wait(timeout);
  if (received) {
    released.add(1);
    console.log(`${name} received event`);
  } else {
    console.log(`${name} timed out`);
  }
}

// Create the event
const event = new Event();

// Start waiting threads
const threads = [
  new Thread({ target: waitForEvent, args: [event, 'Thread-1'] }),
  new Thread({ target: waitForEvent, args: [event, 'Thread-2'] }),
  new Thread({ target: waitForEventTimeout, args: [event, 'Thread-3', 2000] }),
];

const start = performance.now();
for (const t of threads) t.start();

// Simulate some work before signaling
sleep(1000);
const releasedBefore = released.load();
console.log('Main thread setting event');
event.set(); // Signal all waiting threads

for (const t of threads) t.join();
const elapsed = performance.now() - start;

check('nobody went on before the event was set', releasedBefore === 0, `${releasedBefore} did`);
check('then all three did', released.load() === 3, `${released.load()} did`);
check('that was after about one second', about(elapsed, 1000), `it was after ${elapsed.toFixed()} ms`);
