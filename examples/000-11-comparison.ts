/**
 * The comparison table, each cell of it tried out
 *
 * Who blocks, who may be taken again by the thread that has it, and how many threads get in.
 */
import { AtomicInt32, Barrier, Condition, Event, Lock, RLock, Semaphore, Thread } from 'threadwork';
import { check } from './check.js';

const WAIT = 200;

interface Holdable {
  acquire(wait?: number): boolean;
  release(): void;
}

/** Whether another thread has to wait while this one holds it. */
function blocks(primitive: Holdable): boolean {
  primitive.acquire();
  const refused = new AtomicInt32(0);
  const other = new Thread({
    target: () => {
      if (primitive.acquire(WAIT)) primitive.release();
      else refused.add(1);
    },
  });
  other.start();
  other.join();
  primitive.release();
  return refused.load() === 1;
}

/** Whether the thread that holds it may take it once more. */
function isReentrant(primitive: Holdable): boolean {
  primitive.acquire();
  const again = primitive.acquire(WAIT);
  if (again) primitive.release();
  primitive.release();
  return again;
}

/** How many of five threads are inside at the same time. */
function threadsInside(primitive: Holdable): number {
  const inside = new AtomicInt32(0);
  const tried = new Barrier(5);
  function enter() {
    const got = primitive.acquire(WAIT);
    if (got) inside.add(1);
    tried.wait();
    if (got) primitive.release();
  }
  const threads = Array.from({ length: 5 }, () => new Thread({ target: enter }));
  for (const t of threads) t.start();
  for (const t of threads) t.join();
  return inside.load();
}

/** How many of three waiting threads one call lets go on. */
function released(wait: () => boolean, ready: () => void): number {
  const went = new AtomicInt32(0);
  const threads = Array.from({ length: 3 }, () => new Thread({ target: () => void (wait() && went.add(1)) }));
  for (const t of threads) t.start();
  ready();
  for (const t of threads) t.join();
  return went.load();
}

const yes = (answer: boolean) => (answer ? 'Yes' : 'No');
const rows: string[][] = [['Primitive', 'Blocks?', 'Reentrant', 'Multiple threads']];

const lock = { blocks: blocks(new Lock()), reentrant: isReentrant(new Lock()), inside: threadsInside(new Lock()) };
rows.push(['Lock', yes(lock.blocks), yes(lock.reentrant), yes(lock.inside > 1)]);
check('a Lock blocks, is not reentrant and lets one in', lock.blocks && !lock.reentrant && lock.inside === 1);

const rlock = { blocks: blocks(new RLock()), reentrant: isReentrant(new RLock()), inside: threadsInside(new RLock()) };
rows.push(['RLock', yes(rlock.blocks), yes(rlock.reentrant), yes(rlock.inside > 1)]);
check('an RLock blocks others, is reentrant and lets one in', rlock.blocks && rlock.reentrant && rlock.inside === 1);

const one = blocks(new Semaphore(1));
const two = blocks(new Semaphore(2));
const inside = threadsInside(new Semaphore(3));
rows.push(['Semaphore', 'Yes, after N', 'N/A', `Yes, ${inside} of 3`]);
check('a Semaphore blocks after N', one && !two, `of one: ${one}, of two: ${two}`);
check('it lets as many in as it counts', inside === 3, `${inside} got in`);

const event = new Event();
const looked = event.isSet();
const broadcast = released(
  () => event.wait(5000),
  () => event.set(),
);
rows.push(['Event', 'No, a flag', 'N/A', `Yes, ${broadcast} of 3`]);
check('an Event is a flag that can be looked at without waiting', !looked && event.isSet());
check('set() releases all who wait', broadcast === 3, `${broadcast} went on`);

const condition = new Condition();
const waiting = new AtomicInt32(0);
const notified = released(
  () =>
    condition.with(() => {
      waiting.add(1);
      return condition.wait(5000);
    }),
  () => {
    // Who has the lock while three are counted knows that they wait
    while (!condition.with(() => waiting.load() === 3));
    condition.with(() => condition.notifyAll());
  },
);
const nested = isReentrant(condition);
rows.push(['Condition', 'Yes, waiters', yes(nested), `Yes, ${notified} of 3`]);
check('a Condition lets waiters go on when they are notified', notified === 3, `${notified} went on`);
check('its lock is reentrant', nested);

for (const row of rows)
  console.log(
    row
      .map((cell, k) => cell.padEnd([11, 14, 11, 16][k]))
      .join('')
      .trimEnd(),
  );
