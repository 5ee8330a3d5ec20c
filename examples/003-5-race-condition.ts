/**
 * A race condition
 *
 * Two threads read the value of a pretended database, work a while and write it back: one of the updates is lost.
 */
import { shared, sleep, Thread } from 'threadwork';
import { check } from './check.js';

class FalseDatabase {
  readonly data = shared({ value: 0 });

  update(name: number) {
    console.info('Thread %s: starting update...', name);
    let localCopy = this.data.value;
    localCopy += 1;
    sleep(500);
    this.data.value = localCopy;
    console.info('Thread %s: finishing update...', name);
  }
}

const database = new FalseDatabase();
console.info('Testing unlocked update. Starting value is %d...', database.data.value);

const threads: Thread[] = [];
for (let index = 0; index < 2; index++) {
  const t = new Thread({ target: () => database.update(index) });
  threads.push(t);
  t.start();
}
for (const t of threads) t.join();

console.info('Testing unlocked update. Ending value is %d...', database.data.value);

check('two updates, and the value is 1', database.data.value === 1, `it is ${database.data.value}`);
