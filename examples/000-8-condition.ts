/**
 * A condition between a producer and a consumer
 *
 * The consumer finds the list empty and waits; the producer adds an item and notifies.
 */
import { AtomicInt32, Condition, sleep, Thread } from 'threadwork';
import { check } from './check.js';

const condition = new Condition();
const queue = new Int32Array(new SharedArrayBuffer(40)); // room for ten items
const length = new AtomicInt32(0);
const waits = new AtomicInt32(0);
const consumed = new AtomicInt32(0);

function producer() {
  using held = condition.hold();
  console.log('Producer adding item');
  queue[length.add(1)] = 1;
  condition.notify();
}

function consumer() {
  using held = condition.hold();
  while (length.load() === 0) {
    console.log('Consumer waiting');
    waits.add(1);
    condition.wait();
  }
  const item = queue[length.sub(1) - 1];
  console.log('Consumer consumed item:', item);
  consumed.store(item);
}

new Thread({ target: consumer }).start();
sleep(1000);
new Thread({ target: producer }).start();

process.once('exit', () => {
  check('the consumer waited once', waits.load() === 1, `it waited ${waits.load()} times`);
  check('then it consumed the 1', consumed.load() === 1 && length.load() === 0, `it consumed ${consumed.load()}`);
});
