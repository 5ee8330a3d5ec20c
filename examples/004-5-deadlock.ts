/**
 * A deadlock, and the order that prevents it
 *
 * A transfer locks two accounts. Two of them in opposite directions wait for each other: the report on stderr says who waits for
 * what, one gets a DeadlockError and lets go, and the other goes on. With one order for all it cannot happen.
 */
import { currentThread, DeadlockError, Event, f64, i32, Lock, SimpleQueue, struct, Thread } from 'threadwork';
import { check } from './check.js';

class Account extends struct({ id: i32, balance: f64, lock: Lock }) {
  constructor(id: number, name: string, balance: number) {
    super({ id, balance });
    this.lock.name = name; // Reports call it so
  }
}

const ann = new Account(1, 'ann', 1000);
const bob = new Account(2, 'bob', 1000);
const annIsHeld = new Event();
const bobIsHeld = new Event();
const told = new SimpleQueue<string>();
const finished = new SimpleQueue<string>();

/** Locks the account that pays, then the one that is paid; the events make both threads have the first one. */
function transfer(from: Account, to: Account, amount: number, isHeld: Event, otherIsHeld: Event) {
  using paying = from.lock.hold();
  isHeld.set();
  otherIsHeld.wait();
  try {
    using paid = to.lock.hold();
    from.balance -= amount;
    to.balance += amount;
    finished.put(currentThread().name);
    console.log(`${currentThread().name}: done`);
  } catch (error) {
    if (!(error instanceof DeadlockError)) throw error;
    told.put(error.message);
    console.log(`${currentThread().name}: ${error.message}`);
  }
}

const there = new Thread({ target: transfer, args: [ann, bob, 10, annIsHeld, bobIsHeld], name: 'ann-to-bob' });
const back = new Thread({ target: transfer, args: [bob, ann, 10, bobIsHeld, annIsHeld], name: 'bob-to-ann' });
there.start();
back.start();
there.join();
back.join();

const isOne = told.qsize() === 1 && finished.qsize() === 1;
check('one of the two is told, the other goes on', isOne, `${told.qsize()} and ${finished.qsize()}`);
if (isOne) {
  const message = told.get();
  check('the error names both', message.includes('ann-to-bob') && message.includes('bob-to-ann'), message);
}
check('both locks are free again', !ann.lock.locked() && !bob.lock.locked(), `${ann.lock}, ${bob.lock}`);
check('no money is lost', ann.balance + bob.balance === 2000, `there are ${ann.balance + bob.balance}`);

// The same, but the account with the lower number comes first, whoever pays

function transferInOrder(from: Account, to: Account, amount: number) {
  const [first, second] = from.id < to.id ? [from, to] : [to, from];
  using held = first.lock.hold();
  using both = second.lock.hold();
  from.balance -= amount;
  to.balance += amount;
}

ann.balance = bob.balance = 1000;
function transferOften(from: Account, to: Account, amount: number) {
  for (let n = 0; n < 1000; n++) transferInOrder(from, to, amount);
}
const many = [
  new Thread({ target: transferOften, args: [ann, bob, 3] }),
  new Thread({ target: transferOften, args: [bob, ann, 2] }),
];
for (const t of many) t.start();
for (const t of many) t.join();
console.log(`After 2000 transfers: ann has ${ann.balance}, bob ${bob.balance}`);
check('with one order for all 2000 transfers are right', ann.balance === 0 && bob.balance === 2000);
