/**
 * Threads that die while they wait, at any moment: what they were given, or would have been given, goes to those behind
 * them in the line.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AbandonedError,
  AtomicInt32,
  Barrier,
  BrokenBarrierError,
  Condition,
  Event,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  sleepAsync,
  Thread,
} from 'threadwork';
import { Crew, until } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';
import { DEADLINE_MS, SCALE } from './contest.js';

const GENERATIONS = Math.ceil(6 * SCALE);

interface Exclusive {
  acquire(timeout?: number): boolean;
  acquireAsync(): Promise<boolean>;
  release(): void;
}

/** Two threads live, two of each generation die with five waits pending. None of them dies between acquire and release. */
async function survives(whole: object, side: () => Exclusive): Promise<void> {
  const over = new Event();
  const total = new AtomicInt32();
  const expected = new AtomicInt32();
  const increment = async (lock: Exclusive, isAsync: boolean) => {
    try {
      if (isAsync) await lock.acquireAsync();
      else lock.acquire();
    } catch (error) {
      // It was handed to a thread that died before it knew: then we hold it all the same.
      if (!(error instanceof AbandonedError)) throw error;
    }
    total.store(total.load() + 1);
    expected.add(1);
    lock.release();
  };
  const living = new Crew(2, async (number) => {
    const lock = side();
    while (!over.isSet()) {
      for (let k = 0; k < 50; k++) await increment(lock, number === 0);
      await sleepAsync(0);
    }
  });
  for (let generation = 0; generation < GENERATIONS; generation++) {
    const mortals = [0, 1].map((number) =>
      new Thread({
        target: async () => {
          const lock = side();
          const goOn = async () => {
            for (;;) await increment(lock, true);
          };
          for (let k = 0; k < 5; k++) void Promise.resolve().then(goOn);
          await sleepAsync(1 + ((generation * 7 + number * 3) % 9));
          process.exit(0);
        },
      }).start(),
    );
    for (const mortal of mortals) assert.ok(await mortal.joinAsync(DEADLINE_MS));
  }
  over.set();
  await living.join(asynchronous, DEADLINE_MS);
  assert.equal(total.value, expected.value);
  try {
    assert.equal(side().acquire(5000), true);
  } catch (error) {
    assert.ok(error instanceof AbandonedError);
  }
  // Whoever joins a dead thread may come before its waits are buried.
  await until('the dead have left the line', () => !/waiters=[1-9]/.test(String(whole)));
}

test('deaths in the line of a Lock', async () => {
  const lock = new Lock();
  await survives(lock, () => lock);
  assert.match(String(lock), /waiters=0/);
});

test('deaths in the line of an RLock', async () => {
  const lock = new RLock();
  await survives(lock, () => lock);
  assert.match(String(lock), /waiters=0/);
});

test('deaths in the line of a Semaphore', async () => {
  const semaphore = new Semaphore(1);
  await survives(semaphore, () => semaphore);
  assert.match(String(semaphore), /value=0 waiters=0/);
});

test('deaths in the line of an RWLock', async () => {
  const lock = new RWLock();
  await survives(lock, () => lock.writeLock);
  assert.match(String(lock), /waiters=0/);
});

test('a notification of the dead goes to the next in line', async () => {
  const condition = new Condition();
  for (let round = 0; round < GENERATIONS; round++) {
    const arrived = new AtomicInt32();
    const ready = new Event();
    const still = new Event();
    const enough = new Event();
    const stand = () => {
      void condition.withAsync(() => {
        arrived.add(1);
        return condition.waitAsync();
      });
    };
    const mortal = new Thread({
      target: async () => {
        for (let k = 0; k < 3; k++) stand();
        await ready.waitAsync();
        // From here on its event loop stands still: none of its waits can resume.
        still.set();
        enough.wait();
        process.exit(0);
      },
    }).start();
    await until('the mortals wait', () => arrived.value === 3);
    const living = new Crew(1, () => {
      using held = condition.hold();
      assert.ok(held);
      arrived.add(1);
      assert.ok(condition.wait());
    });
    await until('all wait', () => arrived.value === 4);
    ready.set();
    await still.waitAsync();
    // One for the first in line, before, while or after it dies.
    const notifyOne = () => condition.withAsync(() => condition.notify());
    if (round % 3 === 0) await notifyOne();
    enough.set();
    if (round % 3 === 1) await notifyOne();
    assert.ok(await mortal.joinAsync(DEADLINE_MS));
    if (round % 3 === 2) await notifyOne();
    await living.join(asynchronous, DEADLINE_MS);
  }
});

test('a party that dies breaks the barrier', async () => {
  const barrier = new Barrier(3);
  for (let round = 0; round < GENERATIONS; round++) {
    const enough = new Event();
    const mortal = new Thread({
      target: async () => {
        void barrier.waitAsync();
        await enough.waitAsync();
        process.exit(0);
      },
    }).start();
    const living = new Crew(1, () => assert.throws(() => barrier.wait(), BrokenBarrierError));
    await until('two wait', () => barrier.nWaiting === 2);
    enough.set();
    assert.ok(await mortal.joinAsync(DEADLINE_MS));
    await living.join(asynchronous, DEADLINE_MS);
    assert.equal(barrier.broken, true);
    barrier.reset();
  }
});
