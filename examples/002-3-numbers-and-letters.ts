/**
 * Numbers and letters at the same time
 *
 * Two threads print five lines each, one every half second. How the lines interleave may vary; that they do does not.
 */
import { AtomicInt32, sleep, Thread } from 'threadwork';
import { about, check } from './check.js';

const numbers = new AtomicInt32(0);
const letters = new AtomicInt32(0);
const lastPrinter = new AtomicInt32(0);
const changes = new AtomicInt32(0); // how often a line came from another thread than the one before

function printNumbers() {
  for (let i = 1; i <= 5; i++) {
    console.log(`Number thread: ${i}`);
    numbers.add(1);
    if (lastPrinter.exchange(1) !== 1) changes.add(1);
    sleep(500);
  }
}

function printLetters() {
  for (const letter of ['a', 'b', 'c', 'd', 'e']) {
    console.log(`Letter thread: ${letter}`);
    letters.add(1);
    if (lastPrinter.exchange(2) !== 2) changes.add(1);
    sleep(500);
  }
}

// Create threads with descriptive names
const t1 = new Thread({ target: printNumbers, name: 'NumberThread' });
const t2 = new Thread({ target: printLetters, name: 'LetterThread' });

const start = performance.now();
t1.start();
t2.start();

t1.join();
t2.join();
const elapsed = performance.now() - start;

console.log('Both threads completed');

check(
  'both threads printed five lines',
  numbers.load() === 5 && letters.load() === 5,
  `${numbers.load()} numbers and ${letters.load()} letters`,
);
check('the lines interleave', changes.load() > 2, `the printing thread changed ${changes.load()} times`);
check('it took about 2.5 seconds', about(elapsed, 2500), `it took ${elapsed.toFixed()} ms`);
