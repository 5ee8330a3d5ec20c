/**
 * A lock around an update of shared data
 *
 * The update takes a while, so that without the lock nearly every one of them would be lost.
 */
import { AtomicInt32, Lock, sleep, Thread } from 'threadwork';
import { check } from './check.js';

const lock = new Lock();
const sharedData = new AtomicInt32(0);

function safeUpdate() {
  using held = lock.hold(); // Auto-acquire/release
  // Critical section
  const seen = sharedData.load();
  sleep(1);
  sharedData.store(seen + 1);
}

function worker() {
  for (let i = 0; i < 20; i++) safeUpdate();
}

const threads = Array.from({ length: 5 }, () => new Thread({ target: worker }));
for (const t of threads) t.start();
for (const t of threads) t.join();

console.log(`Shared data: ${sharedData.load()}`);

check('no update was lost', sharedData.load() === 100, `${100 - sharedData.load()} of 100 were`);
