/**
 * Timers
 *
 * A Timer is a thread that calls a function after its interval, unless it is cancelled before.
 */
import { AtomicInt32, Timer } from 'threadwork';
import { about, check } from './check.js';

const calls = new AtomicInt32(0);

function myTimerFunction(name: string) {
  console.log(`Timer ${name} fired`);
  calls.add(1);
}

const start = performance.now();
const t = new Timer(1000, myTimerFunction, ['A']);
const cancelled = new Timer(20_000, myTimerFunction, ['B']);
t.start();
cancelled.start();

cancelled.cancel();
cancelled.join();
const callsBefore = calls.load();
const cancelTook = performance.now() - start;

t.join();
const elapsed = performance.now() - start;

check('a timer fires once after its interval', calls.load() === 1, `${calls.load()} calls`);
check('that was about a second', about(elapsed, 1000), `it was ${elapsed.toFixed()} ms`);
check(
  'a cancelled one ends at once and never fires',
  callsBefore === 0 && cancelTook < 10_000,
  `it took ${cancelTook.toFixed()} ms, ${callsBefore} calls`,
);
