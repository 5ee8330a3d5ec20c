/**
 * Eight threads on one object, blocking and asynchronous waiters in one line, with timeouts and aborts thrown in; each with
 * an invariant that one lost or stolen wake-up, or one moment of two holders, would break. Then threads by the thousand.
 *
 * THREADWORK_STRESS=10 makes it ten times as long.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  activeCount,
  AtomicInt32,
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  Event,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  Thread,
} from 'threadwork';
import { Crew, until } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';
import { abortedAfter, chanceFrom, turn } from './chance.js';

const SCALE = Number(process.env.THREADWORK_STRESS ?? 1);
const DEADLINE_MS = 60_000 * Math.max(1, SCALE);
const THREADS = 8;
/** Asynchronous waiters that an asynchronous thread has at a time. */
const CHAINS = 3;

interface Exclusive {
  acquire(options?: number | boolean): boolean;
  acquireAsync(options?: number | boolean | { timeout?: number; signal: AbortSignal }): Promise<boolean>;
  release(): void;
}

/** Even threads block; odd ones have several asynchronous chains. Ends when all have. */
async function compete(blocking: (seed: number) => void, chain: (seed: number) => Promise<void>): Promise<void> {
  const crew = new Crew(THREADS, async (number) => {
    if (number % 2 === 0) {
      blocking(number + 1);
      return;
    }
    const chains: Promise<void>[] = [];
    for (let k = 0; k < CHAINS; k++) chains.push(Promise.resolve(number * 100 + k).then(chain));
    await Promise.all(chains);
  });
  await crew.join(asynchronous, DEADLINE_MS);
}

/** An acquire that gives up sometimes: at once, after a while, or by an abort. */
function tryToAcquire(lock: Exclusive, chance: (below: number) => number): boolean {
  const choice = chance(8);
  return lock.acquire(choice === 0 ? false : choice === 1 ? chance(3) : undefined);
}

async function tryToAcquireAsync(lock: Exclusive, chance: (below: number) => number): Promise<boolean> {
  const choice = chance(8);
  if (choice === 0) return lock.acquireAsync(false);
  if (choice === 1) return lock.acquireAsync(chance(3));
  if (choice === 2) return abortedAfter(chance(3), (signal) => lock.acquireAsync({ signal }));
  if (choice === 3) return abortedAfter(chance(2), (signal) => lock.acquireAsync({ signal, timeout: chance(3) }));
  return lock.acquireAsync();
}

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

test('one condition: a buffer of four places', async () => {
  const places = 4;
  const condition = new Condition();
  const filled = new AtomicInt32();
  const buffer = Array.from({ length: places }, () => new AtomicInt32());
  const items = Math.ceil(400 * SCALE);
  const produced = new AtomicInt32();
  const consumed = new AtomicInt32();
  const hasRoom = () => filled.load() < places;
  const hasItem = () => filled.load() > 0;
  const put = (item: number) => {
    buffer[filled.load()].store(item);
    filled.add(1);
    produced.add(item);
    condition.notifyAll();
  };
  const take = () => {
    filled.sub(1);
    consumed.add(buffer[filled.load()].exchange(0));
    condition.notifyAll();
  };
  // Threads 0, 1, 4 and 5 produce, the others consume; each kind has blocking and asynchronous ones.
  const crew = new Crew(THREADS, async (number) => {
    const chance = chanceFrom(number + 1);
    const produces = number % 4 < 2;
    const ready = produces ? hasRoom : hasItem;
    for (let item = 1; item <= items; item++) {
      if (number % 2 === 0) {
        using held = condition.hold();
        while (!condition.waitFor(ready, chance(4) === 0 ? chance(3) : undefined)) assert.ok(held);
        if (produces) put(item);
        else take();
      } else {
        await condition.withAsync(async () => {
          const attempt = () =>
            chance(4) === 0
              ? abortedAfter(chance(3), (signal) => condition.waitForAsync(ready, { signal }))
              : condition.waitForAsync(ready, chance(4) === 0 ? chance(3) : undefined);
          while (!(await attempt()));
          if (produces) put(item);
          else take();
        });
      }
    }
  });
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(produced.value, (4 * items * (items + 1)) / 2);
  assert.equal(consumed.value, produced.value);
  assert.equal(filled.value, 0);
  assert.equal(condition.locked(), false);
});

/** How many stand in the condition's line. While its lock is held they can only become fewer, by giving up. */
function lineOf(condition: Condition): number {
  return Number(/waiting=(\d+)/.exec(String(condition))?.[1]);
}

for (const impatience of [0, 3]) {
  const title = impatience === 0 ? 'as many go on as are notified' : 'those that give up lose no notification';
  test(`one condition: ${title}`, async () => {
    const condition = new Condition(new Lock());
    const resumed = new AtomicInt32();
    const over = new Event();
    const crew = new Crew(THREADS, async (number) => {
      const chance = chanceFrom(number + 1);
      const isImpatient = () => impatience > 0 && chance(impatience) === 0;
      while (!over.isSet()) {
        if (number % 2 === 0) condition.acquire();
        else await condition.acquireAsync();
        let answer: boolean;
        if (number % 2 === 0) answer = condition.wait(isImpatient() ? chance(3) : undefined);
        else if (isImpatient()) answer = await abortedAfter(chance(3), (signal) => condition.waitAsync({ signal }));
        else answer = await condition.waitAsync();
        if (answer) resumed.add(1);
        condition.release();
      }
    });
    let least = 0;
    let most = 0;
    const notify = (n: number) => {
      const before = lineOf(condition);
      condition.notify(n);
      most += Math.min(n, before);
      // Somebody is left: so there were enough for all notifications.
      if (impatience === 0) least += Math.min(n, before);
      else if (lineOf(condition) > 0) least += n;
    };
    const chance = chanceFrom(99);
    await until('all of them wait', () => lineOf(condition) >= THREADS / 2, DEADLINE_MS);
    for (let round = 0; round < 500 * SCALE; round++) {
      await condition.withAsync(() => notify(chance(4)));
      if (chance(2) === 0) await turn();
    }
    over.set();
    while (crew.finished.value + crew.failed.value < THREADS) {
      await condition.withAsync(() => notify(THREADS));
      await turn();
    }
    await crew.join(asynchronous, DEADLINE_MS);
    assert.ok(least <= resumed.value && resumed.value <= most, `${resumed.value} went on, of ${least} to ${most}`);
    assert.ok(least > 0);
    assert.equal(lineOf(condition), 0);
    assert.equal(condition.locked(), false);
  });
}

test('one barrier', async () => {
  const cycles = Math.ceil(300 * SCALE);
  const opened = new AtomicInt32();
  const indices = new AtomicInt32();
  const barrier = new Barrier(THREADS, { action: () => void opened.add(1) });
  const meeting = new Barrier(THREADS);
  const crew = new Crew(THREADS, async (number) => {
    for (let cycle = 1; cycle <= cycles; cycle++) {
      indices.add(number % 2 === 0 ? barrier.wait() : await barrier.waitAsync());
      assert.equal(opened.value, cycle);
      if (number % 2 === 0) await meeting.waitAsync();
      else meeting.wait();
    }
  });
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(opened.value, cycles);
  assert.equal(indices.value, (cycles * THREADS * (THREADS - 1)) / 2);
  assert.deepEqual([barrier.nWaiting, barrier.broken, meeting.nWaiting, meeting.broken], [0, false, 0, false]);
});

test('one barrier that breaks: all pass or none', async () => {
  const cycles = Math.ceil(200 * SCALE);
  const barrier = new Barrier(THREADS);
  const meeting = new Barrier(THREADS);
  const passed = new AtomicInt32();
  const broken = new AtomicInt32();
  const crew = new Crew(THREADS, async (number) => {
    const chance = chanceFrom(number + 1);
    for (let cycle = 0; cycle < cycles; cycle++) {
      if (chance(8) === 0) await turn();
      try {
        const choice = chance(16);
        if (choice === 0) barrier.abort();
        if (number % 2 === 0) barrier.wait(choice === 1 ? 0 : undefined);
        else if (choice === 1) await barrier.waitAsync({ signal: AbortSignal.timeout(1) });
        else await barrier.waitAsync();
        passed.add(1);
      } catch (error) {
        const { name } = error as Error;
        if (!(error instanceof BrokenBarrierError) && name !== 'TimeoutError') throw error;
        broken.add(1);
      }
      const index = await meeting.waitAsync();
      assert.equal((passed.value + broken.value) % THREADS, 0);
      assert.ok(passed.value % THREADS === 0, `${passed.value % THREADS} of ${THREADS} passed`);
      await meeting.waitAsync();
      if (index === 0) barrier.reset();
      meeting.wait();
    }
  });
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(passed.value + broken.value, cycles * THREADS);
  assert.ok(passed.value > 0 && broken.value > 0, `${passed.value} passed, ${broken.value} did not`);
  assert.deepEqual([barrier.nWaiting, barrier.broken], [0, false]);
});

test('one event, set and cleared, releases everybody each time', async () => {
  const events = [new Event(), new Event()];
  const arrived = new AtomicInt32();
  const released = new AtomicInt32();
  const cycles = Math.ceil(300 * SCALE);
  const crew = new Crew(THREADS, async (number) => {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const event = events[cycle % 2];
      arrived.add(1);
      assert.ok(number % 2 === 0 ? event.wait() : await event.waitAsync());
      released.add(1);
    }
  });
  for (let cycle = 0; cycle < cycles; cycle++) {
    await until('all have arrived', () => arrived.value === (cycle + 1) * THREADS, DEADLINE_MS);
    assert.equal(released.value, cycle * THREADS);
    // Nobody is at the other one any more.
    events[(cycle + 1) % 2].clear();
    events[cycle % 2].set();
  }
  await crew.join(asynchronous, DEADLINE_MS);
  assert.equal(released.value, cycles * THREADS);
});

test('start and join of 2,000 threads', () => {
  const count = 2000 * SCALE;
  const total = new AtomicInt32();
  const ended = new AtomicInt32();
  for (let started = 0; started < count; started += 4) {
    const threads = [1, 2, 3, 4].map((n) =>
      new Thread({
        target: (value: number) => {
          total.add(value);
        },
        args: [n],
      }).start(),
    );
    for (const thread of threads) {
      assert.ok(thread.join(DEADLINE_MS));
      assert.equal(thread.isAlive(), false);
      ended.add(1);
    }
  }
  assert.equal(ended.value, count);
  assert.equal(total.value, (count / 4) * 10);
});

test('200 threads alive at once', async () => {
  const count = 200;
  const before = activeCount();
  const arrived = new AtomicInt32();
  const gone = new AtomicInt32();
  const enough = new Event();
  const idents = new Set<number | null>();
  const threads = Array.from({ length: count }, (_, k) =>
    new Thread({
      target: async () => {
        arrived.add(1);
        if (k % 2 === 0) enough.wait();
        else await enough.waitAsync();
        gone.add(1);
      },
    }).start(),
  );
  for (const thread of threads) idents.add(thread.ident);
  try {
    await until('all run', () => arrived.value === count, DEADLINE_MS);
    assert.equal(activeCount(), before + count);
    assert.equal(idents.size, count);
    assert.equal(gone.value, 0);
  } finally {
    enough.set();
  }
  for (const thread of threads) assert.ok(await thread.joinAsync(DEADLINE_MS));
  assert.equal(gone.value, count);
  assert.equal(activeCount(), before);
});

test('nested starts, five deep', async () => {
  const leaves = new AtomicInt32();
  const nodes = new AtomicInt32();
  const branch = async (depth: number) => {
    nodes.add(1);
    if (depth === 0) {
      leaves.add(1);
      return;
    }
    const children = [0, 1].map(() => new Thread({ target: branch, args: [depth - 1] }).start());
    for (const child of children) assert.ok(depth % 2 === 0 ? child.join() : await child.joinAsync());
    nodes.add(-2);
  };
  const root = new Thread({ target: branch, args: [5] }).start();
  assert.ok(await root.joinAsync(DEADLINE_MS));
  assert.equal(leaves.value, 32);
  assert.equal(nodes.value, 1);
});
