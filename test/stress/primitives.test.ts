/** One lock or semaphore under contest, with an invariant that one moment of two holders or one lost wake-up would break. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, BoundedSemaphore, Event, Lock, RLock, RWLock, Semaphore } from 'threadwork';
import { Crew } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';
import { chanceFrom, turn } from './chance.js';
import { compete, DEADLINE_MS, SCALE, type Exclusive, tryToAcquire, tryToAcquireAsync } from './contest.js';

const rounds = Math.ceil(1500 * SCALE);

/** All of them increment one number without any other protection. */
async function excludes(side: () => Exclusive, isFree: () => boolean): Promise<void> {
  const total = new AtomicInt32();
  const expected = new AtomicInt32();
  await compete(
    (seed) => {
      const lock = side();
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds; round++) {
        if (!tryToAcquire(lock, chance)) continue;
        total.store(total.load() + 1);
        lock.release();
        expected.add(1);
      }
    },
    async (seed) => {
      const lock = side();
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds / 10; round++) {
        if (!(await tryToAcquireAsync(lock, chance))) continue;
        const before = total.load();
        if (chance(4) === 0) await turn();
        total.store(before + 1);
        lock.release();
        expected.add(1);
      }
    },
  );
  assert.ok(expected.value > 0);
  assert.equal(total.value, expected.value);
  assert.ok(isFree());
}

test('one Lock', async () => {
  const lock = new Lock();
  await excludes(
    () => lock,
    () => !lock.locked() && lock.acquire(false),
  );
  assert.match(String(lock), /waiters=0/);
});

test('one RLock', async () => {
  const lock = new RLock();
  await excludes(
    () => lock,
    () => !lock.locked() && lock.acquire(false),
  );
  assert.match(String(lock), /waiters=0/);
});

/** More than there are cores, so that some are always asleep in the line. */
const CROWD = 20;
const TURNS = Math.ceil(40 * SCALE);

test('a crowd at one Lock: everybody gets it, however greedy the others are', async () => {
  const lock = new Lock();
  const total = new AtomicInt32();
  const expected = new AtomicInt32();
  const satisfied = new AtomicInt32();
  const over = new Event();
  const crew = new Crew(CROWD, async (number) => {
    let mine = 0;
    // Those who had their turns go on taking it, until all had theirs.
    while (!over.isSet()) {
      if (number % 5 === 4) await lock.acquireAsync();
      else lock.acquire();
      total.store(total.load() + 1);
      lock.release();
      if (++mine === TURNS && satisfied.add(1) + 1 === CROWD) over.set();
    }
    expected.add(mine);
  });
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(satisfied.value, CROWD);
  assert.equal(total.value, expected.value);
  assert.ok(lock.acquire(false));
  assert.match(String(lock), /waiters=0/);
});

test('one Semaphore of one unit', async () => {
  const semaphore = new Semaphore(1);
  await excludes(
    () => semaphore,
    () => semaphore.acquire(false) && !semaphore.acquire(false),
  );
  assert.match(String(semaphore), /waiters=0/);
});

test('the write side of one RWLock', async () => {
  const lock = new RWLock();
  await excludes(
    () => lock.writeLock,
    () => lock.writeLock.acquire(false),
  );
  assert.match(String(lock), /waiters=0/);
});

test('one RLock, nested', async () => {
  const lock = new RLock();
  const total = new AtomicInt32();
  const expected = new AtomicInt32();
  await compete(
    (seed) => {
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds; round++) {
        if (!tryToAcquire(lock, chance)) continue;
        const depth = chance(3);
        for (let level = 0; level < depth; level++) assert.ok(lock.acquire(chance(2) === 0 ? false : 0));
        assert.equal(lock.recursionCount(), depth + 1);
        total.store(total.load() + 1);
        for (let level = 0; level <= depth; level++) lock.release();
        expected.add(1);
      }
    },
    async (seed) => {
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds / 10; round++) {
        await lock.withAsync(async () => {
          const before = total.load();
          assert.equal(lock.recursionCount(), 1);
          await lock.withAsync(async () => {
            if (chance(4) === 0) await turn();
            assert.ok(await lock.acquireAsync(false));
            assert.equal(lock.recursionCount(), 3);
            lock.release();
          });
          assert.equal(lock.recursionCount(), 1);
          total.store(before + 1);
        });
        expected.add(1);
      }
    },
  );
  assert.equal(total.value, expected.value);
  assert.equal(lock.locked(), false);
});

test('one BoundedSemaphore of three units', async () => {
  const units = 3;
  const semaphore = new BoundedSemaphore(units);
  const inside = new AtomicInt32();
  const most = new AtomicInt32();
  const entered = new AtomicInt32();
  const left = new AtomicInt32();
  const enter = () => {
    const count = inside.add(1) + 1;
    for (let seen = most.load(); count > seen; seen = most.load()) most.compareExchange(seen, count);
    entered.add(1);
  };
  const leave = () => {
    inside.sub(1);
    semaphore.release();
    left.add(1);
  };
  await compete(
    (seed) => {
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds; round++) {
        if (!tryToAcquire(semaphore, chance)) continue;
        enter();
        leave();
      }
    },
    async (seed) => {
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds / 10; round++) {
        if (!(await tryToAcquireAsync(semaphore, chance))) continue;
        enter();
        if (chance(4) === 0) await turn();
        leave();
      }
    },
  );
  assert.equal(inside.value, 0);
  assert.equal(entered.value, left.value);
  assert.ok(most.value > 0 && most.value <= units, `${most.value} were inside at once`);
  for (let unit = 0; unit < units; unit++) assert.ok(semaphore.acquire(false));
  assert.equal(semaphore.acquire(false), false);
});

test('one RWLock', async () => {
  const lock = new RWLock();
  // Writers change one after the other, so that a reader beside a writer would see them differ.
  const left = new AtomicInt32();
  const right = new AtomicInt32();
  const expected = new AtomicInt32();
  const looks = new AtomicInt32();
  await compete(
    (seed) => {
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds; round++) {
        const writes = chance(4) === 0;
        const side = writes ? lock.writeLock : lock.readLock;
        if (!tryToAcquire(side, chance)) continue;
        if (writes) {
          left.store(left.load() + 1);
          right.store(right.load() + 1);
          expected.add(1);
        } else {
          assert.equal(left.load(), right.load());
          looks.add(1);
        }
        side.release();
      }
    },
    async (seed) => {
      const chance = chanceFrom(seed);
      for (let round = 0; round < rounds / 10; round++) {
        const writes = chance(4) === 0;
        const side = writes ? lock.writeLock : lock.readLock;
        if (!(await tryToAcquireAsync(side, chance))) continue;
        const before = left.load();
        if (writes) left.store(before + 1);
        if (chance(4) === 0) await turn();
        if (writes) {
          right.store(before + 1);
          expected.add(1);
        } else {
          assert.equal(right.load(), before);
          looks.add(1);
        }
        side.release();
      }
    },
  );
  assert.ok(looks.value > 0);
  assert.deepEqual([left.value, right.value], [expected.value, expected.value]);
  assert.ok(lock.writeLock.acquire(false));
});
