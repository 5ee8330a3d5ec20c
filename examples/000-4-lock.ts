/**
 * A lock around a shared counter
 *
 * Five threads, 100,000 increments each: exactly 500,000 with the lock, and usually fewer without, because two threads
 * that read the same value both write the same next one.
 */
import { AtomicInt32, Lock, Thread } from 'threadwork';
import { check } from './check.js';

const lock = new Lock();
const sharedCounter = new AtomicInt32(0);

function increment() {
  for (let i = 0; i < 100_000; i++) {
    using held = lock.hold(); // released at the end of each round, whatever happens in it
    sharedCounter.store(sharedCounter.load() + 1);
  }
}

function incrementUnlocked() {
  for (let i = 0; i < 100_000; i++) {
    sharedCounter.store(sharedCounter.load() + 1);
  }
}

const threads = Array.from({ length: 5 }, () => new Thread({ target: increment }));
for (const t of threads) t.start();
for (const t of threads) t.join();

const locked = sharedCounter.exchange(0);
console.log('Final counter value:', locked);

const racing = Array.from({ length: 5 }, () => new Thread({ target: incrementUnlocked }));
for (const t of racing) t.start();
for (const t of racing) t.join();

const unlocked = sharedCounter.load();
console.log('Final counter value without the lock:', unlocked);

check('with the lock no increment is lost', locked === 500_000, `counted ${locked}`);
check(
  `without the lock ${500_000 - unlocked} increments were lost`,
  unlocked > 0 && unlocked <= 500_000,
  `counted ${unlocked}`,
);
