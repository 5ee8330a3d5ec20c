/**
 * The pitfalls: a race and a deadlock
 *
 * The race: threads that read, compute and write without a lock overwrite each other's work. The deadlock: two threads
 * take the same two locks in opposite order, and each waits for the one that the other holds.
 */
import { AtomicInt32, Barrier, currentThread, Event, Lock, sleep, Thread } from 'threadwork';
import { check } from './check.js';

// Race condition

const counter = new AtomicInt32(0);
const allReady = new Barrier(5);

function unsafeIncrement() {
  allReady.wait();
  for (let i = 0; i < 20; i++) {
    const seen = counter.load();
    sleep(1);
    counter.store(seen + 1);
  }
}

const racing = Array.from({ length: 5 }, () => new Thread({ target: unsafeIncrement }));
for (const t of racing) t.start();
for (const t of racing) t.join();

console.log(`Race: ${counter.load()} of 100 increments are left`);

// Deadlock

const accounts = new Lock();
const journal = new Lock();
accounts.name = 'accounts';
journal.name = 'journal';

const holding = new AtomicInt32(0);
const bothHold = new Event();
const stuck = new AtomicInt32(0);
const bothStuck = new Event();

function update(first: Lock, second: Lock) {
  using held = first.hold();
  if (holding.add(1) === 1) bothHold.set();
  bothHold.wait();

  // Without the timeout this would never end
  if (second.acquire({ timeout: 500 })) {
    second.release();
  } else {
    console.log(`Deadlock: ${currentThread().name} holds ${first.name} and waits for ${second.name}`);
    if (stuck.add(1) === 1) bothStuck.set();
    // Whoever gave up first would let the other one through
    bothStuck.wait(5000);
  }
}

const teller = new Thread({ target: update, args: [accounts, journal], name: 'teller' });
const auditor = new Thread({ target: update, args: [journal, accounts], name: 'auditor' });
teller.start();
auditor.start();

teller.join();
auditor.join();

check('the race loses updates', counter.load() > 0 && counter.load() < 100, `${counter.load()} of 100 are left`);
check('neither thread could get its second lock', stuck.load() === 2, `${stuck.load()} could not`);
check('both locks are free again', !accounts.locked() && !journal.locked(), `${accounts}, ${journal}`);
