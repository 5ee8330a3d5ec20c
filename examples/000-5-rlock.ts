/**
 * A reentrant lock
 *
 * `outer()` holds the lock and calls `inner()`, which takes it again. With a plain Lock the thread would wait for
 * itself.
 */
import { AtomicInt32, DeadlockError, Lock, RLock, Thread } from 'threadwork';
import { check } from './check.js';

const rlock = new RLock();
const lines = new AtomicInt32(0);

function outer() {
  using held = rlock.hold();
  console.log('Outer lock acquired');
  lines.add(1);
  inner();
}

function inner() {
  using held = rlock.hold();
  console.log('Inner lock acquired');
  lines.add(1);
}

const thread = new Thread({ target: outer });
thread.start();
thread.join();

check('both functions got the RLock', lines.load() === 2, `${lines.load()} did`);
check('it is free again', !rlock.locked(), `${rlock}`);

// The same with a Lock: the thread waits for itself, nobody else can help it, and it is told so.
const lock = new Lock();
lock.name = 'plain';
const reported = new AtomicInt32(0);

function outerWithLock() {
  using held = lock.hold();
  try {
    lock.acquire();
  } catch (error) {
    if (error instanceof DeadlockError) reported.add(1);
    console.log(String(error));
  }
}

const stuck = new Thread({ target: outerWithLock, name: 'outerWithLock' });
stuck.start();
stuck.join();

check('a Lock taken twice by one thread is reported as a deadlock', reported.load() === 1, `${lock}`);
check('it is free again, too', !lock.locked(), `${lock}`);
