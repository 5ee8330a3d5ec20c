/**
 * A reentrant lock
 *
 * `outer()` holds the lock and calls `inner()`, which takes it again. With a plain Lock the thread would wait for
 * itself.
 */
import { AtomicInt32, Lock, RLock, Thread } from 'threadwork';
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

// The same with a Lock; only the timeout keeps the thread from waiting for itself for ever.
const lock = new Lock();
const gaveUp = new AtomicInt32(0);

function outerWithLock() {
  using held = lock.hold();
  if (!lock.acquire({ timeout: 300 })) gaveUp.add(1);
}

const stuck = new Thread({ target: outerWithLock });
stuck.start();
stuck.join();

check('a Lock cannot be taken twice by one thread', gaveUp.load() === 1, `${lock}`);
