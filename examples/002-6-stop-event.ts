/**
 * An event stops a thread gracefully
 *
 * The worker looks at the event once per round and leaves its loop when it is set.
 */
import { AtomicInt32, Event, sleep, Thread } from 'threadwork';
import { check } from './check.js';

const stopEvent = new Event();
const rounds = new AtomicInt32(0);
const left = new AtomicInt32(0);

function worker() {
  while (!stopEvent.isSet()) {
    // Do work
    console.log('Worker working');
    rounds.add(1);
    sleep(1000);
  }
  console.log('Worker stopped');
  left.store(1);
}

const thread = new Thread({ target: worker });
thread.start();
sleep(2500);

const wasAlive = thread.isAlive();
const roundsBefore = rounds.load();
stopEvent.set(); // Signal stop
const ended = thread.join(10_000);

check('the worker worked until it was told to stop', wasAlive && roundsBefore >= 2, `${roundsBefore} rounds`);
check('then it left its loop', ended && left.load() === 1, `it is ${thread}`);
check('within one round', rounds.load() - roundsBefore <= 1, `${rounds.load() - roundsBefore} rounds later`);
