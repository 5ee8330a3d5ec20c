/**
 * An event releases a waiting thread
 *
 * Nobody joins these threads: the program ends when the last of them has ended.
 */
import { AtomicInt32, Event, sleep, Thread } from 'threadwork';
import { about, check } from './check.js';

const event = new Event();
const clock = new AtomicInt32(1); // every step takes the next number
const sent = new AtomicInt32(0);
const received = new AtomicInt32(0);

function worker() {
  console.log('Worker waiting for signal');
  event.wait();
  received.store(clock.add(1));
  console.log('Worker received signal and continues');
}

function controller() {
  sleep(2000);
  console.log('Controller sending signal');
  sent.store(clock.add(1));
  event.set();
}

const start = performance.now();
new Thread({ target: worker }).start();
new Thread({ target: controller }).start();

process.once('exit', () => {
  const elapsed = performance.now() - start;
  check(
    'the worker went on after the controller had sent the signal',
    sent.load() === 1 && received.load() === 2,
    `sent as step ${sent.load()}, received as step ${received.load()}`,
  );
  check('that was after about two seconds', about(elapsed, 2000), `it was after ${elapsed.toFixed()} ms`);
});
