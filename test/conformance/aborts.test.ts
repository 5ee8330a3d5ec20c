/** AbortSignals: they end every asynchronous wait with their reason, and leave nothing behind; a blocking call looks once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Barrier,
  BrokenBarrierError,
  Condition,
  Event,
  Lock,
  RLock,
  RWLock,
  RWLockSide,
  Semaphore,
  sleepAsync,
  Thread,
  type Wait,
} from 'threadwork';
import { Crew, promptly, until } from './crew.js';
import { asynchronous } from './forms.js';

/** The wait is aborted when it has lasted a while, and answers with the very reason. */
async function isEnded(call: (wait: Wait) => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const reason = new URIError('had enough');
  const waiting = call({ signal: controller.signal });
  await sleepAsync(5);
  controller.abort(reason);
  await promptly(() => assert.rejects(waiting, reason));
  // Fired already: no call waits.
  await promptly(() => assert.rejects(call({ signal: controller.signal }), reason));
}

function refusesAtOnce(call: (wait: Wait) => unknown): void {
  const reason = new URIError('had enough');
  assert.throws(() => call({ signal: AbortSignal.abort(reason) }), reason);
}

test('an abort ends the wait for a lock', async () => {
  const rw = new RWLock();
  for (const lock of [new Lock(), new RLock(), new Condition(), new Semaphore(1), rw.writeLock, rw.readLock]) {
    const held = new Event();
    const enough = new Event();
    const side = lock instanceof RWLockSide ? rw.writeLock : lock;
    const holder = new Crew(1, () => {
      side.acquire();
      held.set();
      enough.wait();
      side.release();
    });
    await held.waitAsync();
    await isEnded((wait) => lock.acquireAsync(wait));
    await isEnded((wait) => lock.holdAsync(wait));
    refusesAtOnce((wait) => lock.acquire(wait));
    // With a timeout as well, whatever comes first ends it.
    const { signal } = new AbortController();
    assert.equal(await lock.acquireAsync({ signal, timeout: 5 }), false);
    enough.set();
    await holder.join(asynchronous);
    assert.equal(await lock.acquireAsync({ signal, timeout: 5000 }), true);
    lock.release();
    assert.doesNotMatch(String(lock), /waiters=[1-9]/);
  }
});

test('an abort ends the wait of a condition, which takes its lock back first', async () => {
  for (const condition of [new Condition(), new Condition(new Lock())]) {
    await condition.acquireAsync();
    await isEnded((wait) => condition.waitAsync(wait));
    assert.equal(condition.locked(), true);
    await isEnded((wait) => condition.waitForAsync(() => false, wait));
    assert.equal(condition.locked(), true);
    refusesAtOnce((wait) => condition.wait(wait));
    condition.notifyAll();
    condition.release();
    assert.match(String(condition), /unlocked waiting=0/);
  }
});

test('an abort ends the wait for an event, and that alone', async () => {
  const event = new Event();
  const other = event.waitAsync();
  await isEnded((wait) => event.waitAsync(wait));
  refusesAtOnce((wait) => event.wait(wait));
  event.set();
  assert.equal(await other, true);
});

test('an abort breaks a barrier', async () => {
  const barrier = new Barrier(3);
  const others = new Crew(1, () => assert.throws(() => barrier.wait(), BrokenBarrierError));
  await until('one waits', () => barrier.nWaiting === 1);
  await isEnded((wait) => barrier.waitAsync(wait));
  refusesAtOnce((wait) => barrier.wait(wait));
  await others.join(asynchronous);
  assert.equal(barrier.broken, true);
});

test('an abort ends join and sleep', async () => {
  const enough = new Event();
  const thread = new Thread({ target: () => void enough.wait() }).start();
  await isEnded((wait) => thread.joinAsync(wait));
  refusesAtOnce((wait) => thread.join(wait));
  enough.set();
  assert.equal(await thread.joinAsync(), true);
  await isEnded((wait) => sleepAsync(60_000, wait as { signal: AbortSignal }));
});
