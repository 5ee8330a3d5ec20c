/**
 * The pitfalls: a race and a deadlock
 *
 * The race: threads that read, compute and write without a lock overwrite each other's work. The deadlock: two threads
 * take the same two locks in opposite order, and each waits for the one that the other holds. The report on stderr names
 * both threads and both locks; the one that came last gets a DeadlockError, and the other goes on.
 */
import { AtomicInt32, Barrier, currentThread, DeadlockError, Lock, sleep, Thread } from 'threadwork';
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

const bothHold = new Barrier(2);
const reports = new AtomicInt32(0);
const finished = new AtomicInt32(0);

function update(first: Lock, second: Lock) {
  using held = first.hold();
  bothHold.wait();
  try {
    using both = second.hold();
    finished.add(1);
    console.log(`${currentThread().name} has both locks`);
  } catch (error) {
    if (!(error instanceof DeadlockError)) throw error;
    reports.add(1);
    console.log(String(error));
  }
}

const teller = new Thread({ target: update, args: [accounts, journal], name: 'teller' });
const auditor = new Thread({ target: update, args: [journal, accounts], name: 'auditor' });
teller.start();
auditor.start();

teller.join();
auditor.join();

check('the race loses updates', counter.load() > 0 && counter.load() < 100, `${counter.load()} of 100 are left`);
check('the deadlock is reported, to one of the two', reports.load() === 1, `${reports.load()} were told`);
check('the other one gets both locks then', finished.load() === 1, `${finished.load()} did`);
check('both locks are free again', !accounts.locked() && !journal.locked(), `${accounts}, ${journal}`);
