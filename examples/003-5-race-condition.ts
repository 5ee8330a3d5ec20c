/**
 * A race condition
 *
 * Two threads read the value of a pretended database, work a while and write it back: one of the updates is lost.
 */
import { AtomicInt32, sleep, Thread } from 'threadwork';
import { check } from './check.js';

class FalseDatabase {
  readonly value = new AtomicInt32(0);

  update(name: number) {
    console.info('Thread %s: starting update...', name);
    let localCopy = this.value.load();
    localCopy += 1;
    sleep(500);
    this.value.store(localCopy);
    console.info('Thread %s: finishing update...', name);
  }
}

const database = new FalseDatabase();
console.info('Testing unlocked update. Starting value is %d...', database.value.load());

const threads: Thread[] = [];
for (let index = 0; index < 2; index++) {
  const t = new Thread({ target: () => database.update(index) });
  threads.push(t);
  t.start();
}
for (const t of threads) t.join();

console.info('Testing unlocked update. Ending value is %d...', database.value.load());

check('two updates, and the value is 1', database.value.load() === 1, `it is ${database.value.load()}`);
