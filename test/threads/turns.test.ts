/**
 * Chains of asynchronous calls that never have to wait: the event loop turns all the same, so timers and requests are served.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Barrier,
  concurrentTee,
  Condition,
  Event,
  Future,
  Lock,
  Queue,
  RLock,
  RWLock,
  Semaphore,
  serializeIterator,
  SimpleQueue,
  Thread,
} from 'threadwork';

/** Far more than a turn of the loop takes on a busy machine. */
const PATIENCE_MS = 10_000;

const lock = new Lock();
const taken = new Lock();
taken.acquire();
const rlock = new RLock();
const rwlock = new RWLock();
const semaphore = new Semaphore();
const none = new Semaphore(0);
const up = new Event();
up.set();
const down = new Event();
const condition = new Condition();
const queue = new Queue<number>();
const channel = new SimpleQueue<number>();
const barrier = new Barrier(1);
const future = new Future<number>();
future.setResult(1);
const ended = new Thread({ target: () => undefined }).start();
ended.join();
function* ones() {
  for (;;) yield 1;
}
const numbers = serializeIterator(ones());
const [tee] = concurrentTee(ones(), 1);

const calls: Record<string, () => Promise<unknown>> = {
  'Lock.acquireAsync': async () => {
    await lock.acquireAsync();
    lock.release();
  },
  'Lock.acquireAsync, without waiting': () => taken.acquireAsync(false),
  'Lock.withAsync': () => lock.withAsync(() => 1),
  'RLock.acquireAsync': async () => {
    await rlock.acquireAsync();
    rlock.release();
  },
  'RWLock.acquireAsync, reading': async () => {
    await rwlock.readLock.acquireAsync();
    rwlock.readLock.release();
  },
  'RWLock.acquireAsync, writing': async () => {
    await rwlock.writeLock.acquireAsync();
    rwlock.writeLock.release();
  },
  'Semaphore.acquireAsync': async () => {
    await semaphore.acquireAsync();
    semaphore.release();
  },
  'Semaphore.acquireAsync, without waiting': () => none.acquireAsync(false),
  'Condition.acquireAsync': async () => {
    await condition.acquireAsync();
    condition.release();
  },
  'Event.waitAsync': () => up.waitAsync(),
  'Event.waitAsync(0)': () => down.waitAsync(0),
  'Barrier.waitAsync': () => barrier.waitAsync(),
  'Queue.putAsync, getAsync': async () => {
    await queue.putAsync(1);
    await queue.getAsync();
  },
  'SimpleQueue.putAsync, getAsync': async () => {
    await channel.putAsync(1);
    await channel.getAsync();
  },
  'Queue.joinAsync': () => new Queue().joinAsync(),
  'Future.resultAsync': () => future.resultAsync(),
  'Thread.joinAsync': () => ended.joinAsync(),
  'an iterator of several threads': () => numbers.nextAsync(),
  'one of several iterators': () => tee.nextAsync(),
};

for (const [name, call] of Object.entries(calls)) {
  test(`the event loop turns: ${name}`, async () => {
    let fired = false;
    const timer = setTimeout(() => (fired = true), 1);
    const until = performance.now() + PATIENCE_MS;
    while (!fired && performance.now() < until) await call();
    clearTimeout(timer);
    assert.ok(fired);
  });
}

test('the event loop turns: for await over a queue that another thread keeps filled', async () => {
  const filled = new Queue<number>(1000);
  const producer = new Thread({
    target: (to: Queue<number>) => {
      try {
        for (let k = 0; ; k++) to.put(k);
      } catch {
        // Shut down.
      }
    },
    args: [filled],
  }).start();
  let turns = 0;
  const until = performance.now() + PATIENCE_MS;
  const count = setInterval(() => turns++, 1);
  let last = -1;
  for await (const item of filled) {
    assert.equal(item, last + 1);
    last = item;
    if (turns > 10 || performance.now() > until) filled.shutdown({ immediate: true });
  }
  clearInterval(count);
  producer.join();
  assert.ok(turns > 10, `${turns} turns`);
});

test('a turn changes no order: neither of what calls do, nor of their answers', async () => {
  const line = new Queue<number>();
  const answers: number[] = [];
  const until = performance.now() + 50;
  const pending: Promise<unknown>[] = [];
  let k = 0;
  for (; performance.now() < until; k++) {
    const number = k;
    pending.push(line.putAsync(number).then(() => answers.push(number)));
    assert.equal(line.qsize(), number + 1);
    if (k % 100 === 0) await pending[k];
  }
  await Promise.all(pending);
  const expected = Array.from({ length: k }, (_, number) => number);
  assert.deepEqual(answers, expected);
  assert.deepEqual(
    expected.map(() => line.get()),
    expected,
  );
});
