/**
 * A condition between a producer and a consumer
 *
 * The consumer finds the list empty and waits; the producer adds an item and notifies.
 */
import { AtomicInt32, Condition, shared, sleep, Thread } from 'threadwork';
import { check } from './check.js';

const condition = new Condition();
const queue = shared<number[]>([]);
const waits = new AtomicInt32(0);
const consumed = new AtomicInt32(0);

function producer() {
  using held = condition.hold();
  console.log('Producer adding item');
  queue.append(1);
  condition.notify();
}

function consumer() {
  using held = condition.hold();
  while (queue.length === 0) {
    console.log('Consumer waiting');
    waits.add(1);
    condition.wait();
  }
  const item = queue.pop();
  console.log('Consumer consumed item:', item);
  consumed.store(item);
}

new Thread({ target: consumer }).start();
sleep(1000);
new Thread({ target: producer }).start();

process.once('exit', () => {
  check('the consumer waited once', waits.load() === 1, `it waited ${waits.load()} times`);
  check('then it consumed the 1', consumed.load() === 1 && queue.length === 0, `it consumed ${consumed.load()}`);
});
