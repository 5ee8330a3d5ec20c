/** An RWLock whose reader or writer dies inside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbandonedError, defaultExcepthook, Event, RWLock, type RWLockSide, setExcepthook, Thread } from 'threadwork';
import { until } from '../conformance/crew.js';
import { type Form, inBothForms } from '../conformance/thread-forms.js';

const ways: Record<string, () => never> = {
  'by process.exit()': () => process.exit(),
  'by an error': () => {
    throw new Error('died');
  },
};
const silent = () => undefined;

/** A thread that dies inside, on one side of the lock, when it is told to. */
function mortal(lock: RWLock, writes: boolean, way: () => never): { thread: Thread; held: Event; die: Event } {
  const [held, die] = [new Event(), new Event()];
  const thread = new Thread({
    target: () => {
      if (writes) lock.writeLock.acquire();
      else lock.readLock.acquire();
      held.set();
      die.wait();
      way();
    },
  }).start();
  return { thread, held, die };
}

function enter(form: Form, side: RWLockSide, patience: number | false = 10_000): Promise<boolean> {
  if (form.name === 'async') return side.acquireAsync(patience);
  return new Promise((resolve) => resolve(side.acquire(patience)));
}

for (const [name, way] of Object.entries(ways)) {
  for (const writes of [false, true]) {
    for (const patience of [10_000, false] as const)
      inBothForms(
        `the next ${writes ? 'writer' : 'reader'} learns that a writer died ${name}, ${patience === false ? 'without waiting' : 'waiting'}`,
        async (form) => {
          setExcepthook(silent);
          const lock = new RWLock();
          const { thread, held, die } = mortal(lock, true, way);
          await form.wait(held);
          die.set();
          await form.join(thread);
          const side = writes ? lock.writeLock : lock.readLock;
          await assert.rejects(enter(form, side, patience), AbandonedError);
          assert.equal(side.locked(), true, 'who got the error is inside');
          side.release();
          if (!writes) {
            await assert.rejects(enter(form, lock.readLock, patience), AbandonedError, 'nothing is mended yet');
            lock.readLock.release();
            await assert.rejects(enter(form, lock.writeLock, patience), AbandonedError);
            lock.writeLock.release();
          }
          for (const next of [lock.writeLock, lock.readLock]) {
            assert.equal(await enter(form, next, patience), true, 'the next one gets it as ever');
            next.release();
          }
          assert.match(String(lock), /unlocked/);
          setExcepthook(defaultExcepthook);
        },
      );
  }

  test(`those who wait for a writer that dies ${name} go on, the first with the news`, async () => {
    setExcepthook(silent);
    const lock = new RWLock();
    const { thread, held, die } = mortal(lock, true, way);
    held.wait();
    const outcomes: string[] = [];
    const waits = [lock.writeLock, lock.readLock, lock.readLock].map(async (side) => {
      await side.acquireAsync(10_000).then(
        () => outcomes.push('acquired'),
        (error: Error) => outcomes.push(error.name),
      );
      side.release();
    });
    await until('they wait', () => /waiters=3/.test(String(lock)));
    die.set();
    thread.join();
    await Promise.all(waits);
    assert.deepEqual(outcomes, ['AbandonedError', 'acquired', 'acquired']);
    setExcepthook(defaultExcepthook);
  });

  test(`a reader that dies ${name} leaves; the others stay inside`, async () => {
    setExcepthook(silent);
    const lock = new RWLock();
    const { thread, held, die } = mortal(lock, false, way);
    held.wait();
    lock.readLock.acquire();
    const writes = lock.writeLock.acquireAsync(10_000);
    await until('the writer waits', () => /readers=2 waiters=1/.test(String(lock)));
    die.set();
    thread.join();
    await until('the dead one has left', () => /readers=1 waiters=1/.test(String(lock)));
    lock.readLock.release();
    assert.equal(await writes, true);
    lock.writeLock.release();
    setExcepthook(defaultExcepthook);
  });
}

test('reads that another thread ended are not ended again when their reader dies', () => {
  const lock = new RWLock();
  const { thread, held, die } = mortal(lock, false, ways['by process.exit()']);
  held.wait();
  lock.readLock.acquire();
  lock.readLock.release();
  lock.readLock.release();
  lock.readLock.acquire();
  die.set();
  thread.join();
  assert.match(String(lock), /readers=1/);
  lock.readLock.release();
});
