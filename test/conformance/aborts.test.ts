/** AbortSignals: they end every asynchronous wait with their reason, and leave nothing behind; a blocking call looks once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Barrier,
  BrokenBarrierError,
  Condition,
  Event,
  Lock,
  Queue,
  RLock,
  RWLock,
  RWLockSide,
  Semaphore,
  SimpleQueue,
  sleepAsync,
  Thread,
  ValueError,
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

/** A call that answers at once refuses a signal that has fired, and what is none. */
async function looksAtSignal(call: (signal: AbortSignal) => unknown): Promise<void> {
  const promised = async (signal: AbortSignal) => await call(signal);
  const reason = new URIError('had enough');
  await assert.rejects(promised(AbortSignal.abort(reason)), reason, String(call));
  for (const other of [5, 'signal', {}, new EventTarget()]) {
    const refusal = { name: 'TypeError', message: /must be an AbortSignal/ };
    await assert.rejects(promised(other as never), refusal, String(call));
  }
  await promised(new AbortController().signal);
}

test('calls that do not wait look at their signal, too', async () => {
  const rw = new RWLock();
  for (const lock of [new Lock(), new RLock(), new Condition(), new Semaphore(1), rw.writeLock, rw.readLock]) {
    await looksAtSignal((signal) => lock.acquire({ blocking: false, signal }));
    lock.release();
    await looksAtSignal((signal) => lock.hold({ blocking: false, signal }).release());
    await looksAtSignal(async (signal) => {
      await lock.acquireAsync({ blocking: false, signal });
      lock.release();
    });
    assert.ok(lock.acquire(false));
    lock.release();
  }
  for (const queue of [new Queue<number>(5), new Queue<number>(), new SimpleQueue<number>()]) {
    await looksAtSignal((signal) => queue.put(1, { block: false, signal }));
    await looksAtSignal((signal) => queue.putAsync(2, { block: false, signal }));
    assert.equal(queue.qsize(), 2);
    await looksAtSignal((signal) => queue.get({ block: false, signal }));
    await looksAtSignal((signal) => queue.getAsync({ block: false, signal }));
    assert.equal(queue.qsize(), 0);
  }
  await looksAtSignal((signal) => sleepAsync(0, { signal }));
});

test('a signal by itself is refused, with what to write', async () => {
  const { signal } = new AbortController();
  const hint = { name: 'TypeError', message: /write { signal }/ };
  await assert.rejects(sleepAsync(0, signal as never), hint);
  await assert.rejects(sleepAsync(0, 5 as never), TypeError);
  for (const queue of [new Queue<number>(5), new Queue<number>(), new SimpleQueue<number>()])
    assert.throws(() => queue.put(1, signal as never), hint);
});

test('no limit is no timeout that a call which does not wait could have', () => {
  const rw = new RWLock();
  for (const lock of [new Lock(), new RLock(), new Condition(), new Semaphore(1), rw.writeLock, rw.readLock]) {
    for (const timeout of [undefined, null, Infinity]) {
      assert.equal(lock.acquire({ blocking: false, timeout }), true);
      lock.release();
    }
    assert.throws(() => lock.acquire({ blocking: false, timeout: 0 }), ValueError);
    assert.throws(() => lock.acquire({ blocking: false, timeout: NaN }), ValueError);
  }
});
