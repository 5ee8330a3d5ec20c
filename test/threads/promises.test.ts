/** Promises where a lock is held: they are awaited, or refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, BoundedSemaphore, Condition, Future, Lock, RLock, RWLock, Semaphore, Thread } from 'threadwork';

test('with() refuses an asynchronous function, after it has released the lock', async () => {
  const rw = new RWLock();
  const locks = [new Lock(), new RLock(), new Condition(), new Semaphore(1), new BoundedSemaphore(1), rw.writeLock];
  for (const lock of [...locks, rw.readLock]) {
    const hint = { name: 'TypeError', message: /withAsync\(\)/ };
    assert.throws(() => lock.with(async () => 1), hint);
    // That it fails later is nobody's news.
    assert.throws(() => lock.with(() => Promise.reject(new Error('later'))), hint);
    assert.ok(lock.acquire(false), String(lock));
    lock.release();
    assert.throws(
      () =>
        lock.with(() => {
          throw new URIError('the body');
        }),
      URIError,
    );
    // What is no promise may be meant, also if it has a then().
    const future = new Future<number>();
    assert.equal(
      lock.with(() => future),
      future,
    );
    assert.equal(await lock.withAsync(async () => 2), 2);
    assert.equal(lock.acquire(false), true);
    lock.release();
  }
  await new Promise((resolve) => setImmediate(resolve));
});

test('waitFor() refuses an asynchronous predicate, and holds the lock as before', () => {
  const condition = new Condition();
  condition.acquire();
  assert.throws(() => condition.waitFor(async () => true), { name: 'TypeError', message: /waitForAsync\(\)/ });
  assert.ok(condition.locked());
  condition.release();
});

for (const lock of [new Lock(), new RLock()]) {
  test(`waitForAsync() awaits its predicate, and holds the ${lock.constructor.name} meanwhile`, async () => {
    const condition = new Condition(lock);
    const items = new AtomicInt32();
    const asks = new Semaphore(0);
    const asked = new AtomicInt32();
    const held = new AtomicInt32();
    const producer = new Thread({
      target: () => {
        for (let k = 0; k < 3; k++) {
          asks.acquire();
          condition.with(() => {
            items.add(1);
            condition.notify();
          });
        }
      },
    });
    const value = await condition.withAsync(async () => {
      producer.start();
      return await condition.waitForAsync(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        asked.add(1);
        asks.release();
        if (condition.locked()) held.add(1);
        return items.value === 3 && 'three';
      });
    });
    assert.equal(value, 'three');
    assert.equal(held.value, asked.value);
    await producer.joinAsync();
    assert.equal(condition.locked(), false);
  });
}

test('an asynchronous predicate that fails leaves the lock held, and one that stays false is asked twice', async () => {
  const condition = new Condition();
  await condition.withAsync(async () => {
    await assert.rejects(
      condition.waitForAsync(async () => {
        throw new URIError('asked');
      }),
      URIError,
    );
    assert.ok(condition.locked());
    let asked = 0;
    assert.equal(
      await condition.waitForAsync(async () => {
        asked++;
        return false;
      }, 0),
      false,
    );
    assert.equal(asked, 2);
    const reason = new URIError('had enough');
    const controller = new AbortController();
    setImmediate(() => controller.abort(reason));
    await assert.rejects(
      condition.waitForAsync(async () => false, { signal: controller.signal }),
      reason,
    );
    assert.ok(condition.locked());
  });
  assert.equal(condition.locked(), false);
});
