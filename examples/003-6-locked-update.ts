/**
 * The race condition, fixed with a lock
 *
 * Both updates count, and the log shows who has the lock when: the second thread gets it when the first one is done.
 */
import { Lock, shared, sleep, Thread } from 'threadwork';
import { check, ownOutput } from './check.js';

class FalseDatabase {
  readonly data = shared({ value: 0, lock: new Lock() });

  lockedUpdate(name: number) {
    console.info('Thread %s: starting update...', name);
    console.debug('Thread %s about to lock...', name);
    {
      using held = this.data.lock.hold();
      console.debug('Thread %s has lock...', name);
      let localCopy = this.data.value;
      localCopy += 1;
      sleep(300);
      this.data.value = localCopy;
      console.debug('Thread %s about to release lock...', name);
    }
    console.debug('Thread %s after release...', name);
    console.info('Thread %s: finishing update...', name);
  }
}

const output = ownOutput();

if (output === null) {
  const database = new FalseDatabase();
  console.info('Testing locked update. Starting value is %d.', database.data.value);

  const threads: Thread[] = [];
  for (let index = 0; index < 2; index++) {
    const t = new Thread({ target: () => database.lockedUpdate(index) });
    threads.push(t);
    t.start();
  }
  for (const t of threads) t.join();

  console.info('Testing locked update. Ending value is %d.', database.data.value);
} else {
  const holds = output.filter((line) => line.includes('has lock') || line.includes('about to release'));
  const [first, second] = holds[0]?.startsWith('Thread 0') ? [0, 1] : [1, 0];
  const expected = [first, second].flatMap((name) => [
    `Thread ${name} has lock...`,
    `Thread ${name} about to release lock...`,
  ]);
  check('one thread has the lock after the other', holds.join() === expected.join(), holds.join(' '));
  check('each logs six lines', output.length === 14, `there are ${output.length} lines`);
  check('both updates count', output.at(-1)?.endsWith('Ending value is 2.') === true, `${output.at(-1)}`);
}
