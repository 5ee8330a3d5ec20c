import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AbandonedError,
  AtomicInt32,
  Event,
  Lock,
  RLock,
  setExcepthook,
  defaultExcepthook,
  sleepAsync,
  Thread,
} from 'threadwork';
import { type Form, inBothForms } from '../conformance/thread-forms.js';
import { runProgram } from '../conformance/thread-programs.js';

type AnyLock = Lock | RLock;

const kinds = { Lock, RLock };
/** Ways in which a thread dies that holds a lock. */
const deaths: Record<string, (lock: AnyLock, held: Event, die: Event) => unknown> = {
  'by process.exit()': (lock, held, die) => {
    lock.acquire();
    held.set();
    die.wait();
    process.exit();
  },
  'by process.exit() after an async acquire': async (lock, held, die) => {
    await lock.acquireAsync();
    held.set();
    await die.waitAsync();
    process.exit();
  },
  'by an error': (lock, held, die) => {
    lock.acquire();
    held.set();
    die.wait();
    throw new Error('died');
  },
  'by an error in its event loop': (lock, held, die) => {
    lock.acquire();
    held.set();
    setTimeout(() => {
      die.wait();
      throw new Error('died');
    }, 0);
    return new Promise(() => undefined);
  },
};

function acquire(form: Form, lock: AnyLock, patience: number | false = 10_000): Promise<boolean> {
  if (form.name === 'async') return lock.acquireAsync(patience);
  return new Promise((resolve) => resolve(lock.acquire(patience)));
}

for (const [kind, LockType] of Object.entries(kinds)) {
  for (const [way, target] of Object.entries(deaths)) {
    inBothForms(`the next owner of a ${kind} learns that the one before died ${way}`, async (form) => {
      setExcepthook(() => undefined);
      const lock = new LockType();
      const [held, die] = [new Event(), new Event()];
      const thread = new Thread<[AnyLock, Event, Event]>({ target, args: [lock, held, die] }).start();
      await form.wait(held);
      assert.equal(lock.locked(), true);
      die.set();
      await form.join(thread);
      await assert.rejects(acquire(form, lock), AbandonedError);
      assert.equal(lock.locked(), true, 'it is held by who got the error');
      lock.release();
      assert.equal(lock.locked(), false);
      assert.equal(await acquire(form, lock), true, 'the next one gets it as ever');
      lock.release();
      setExcepthook(defaultExcepthook);
    });
  }

  inBothForms(`who tries a ${kind} once whose holder died inherits it too`, async (form) => {
    setExcepthook(() => undefined);
    const lock = new LockType();
    const [held, die] = [new Event(), new Event()];
    const target = deaths['by an error'];
    const thread = new Thread<[AnyLock, Event, Event]>({ target, args: [lock, held, die] }).start();
    await form.wait(held);
    assert.equal(await acquire(form, lock, false), false, 'it lives');
    die.set();
    await form.join(thread);
    await assert.rejects(acquire(form, lock, false), AbandonedError);
    assert.equal(lock.locked(), true, 'it is held by who got the error');
    lock.release();
    assert.equal(lock.locked(), false);
    assert.equal(await acquire(form, lock, false), true);
    lock.release();
    setExcepthook(defaultExcepthook);
  });

  inBothForms(`who waits for a ${kind} whose holder dies inherits it at once; the others follow`, async (form) => {
    const lock = new LockType();
    const [held, die] = [new Event(), new Event()];
    const holder = new Thread<[AnyLock, Event, Event]>({
      target: deaths['by process.exit()'],
      args: [lock, held, die],
    });
    holder.start();
    await form.wait(held);
    const [inherited, acquired, waiting] = [new AtomicInt32(), new AtomicInt32(), new AtomicInt32()];
    const contend = async () => {
      waiting.add(1);
      try {
        if (form.name === 'blocking') lock.acquire();
        else await lock.acquireAsync();
        acquired.add(1);
      } catch (error) {
        if (error instanceof AbandonedError) inherited.add(1);
      }
      lock.release();
    };
    const waiters = [1, 2, 3].map(() => new Thread({ target: contend }).start());
    while (waiting.value < 3 || !/waiters=3/.test(String(lock))) await sleepAsync(1);
    die.set();
    for (const thread of [...waiters, holder]) await form.join(thread);
    assert.deepEqual([inherited.value, acquired.value], [1, 2]);
    assert.equal(lock.locked(), false);
  });

  inBothForms(`a ${kind} stays locked when its holder ends normally`, async (form) => {
    const lock = new LockType();
    await form.join(new Thread({ target: () => void lock.acquire() }).start());
    assert.equal(lock.locked(), true);
    assert.equal(lock.acquire(false), false);
    assert.equal(await (form.name === 'async' ? lock.acquireAsync(20) : lock.acquire(20)), false);
  });
}

test('a lock is inherited from a thread that ran out of memory, while main waits for it', async () => {
  const ended = await runProgram(`
    import { Lock, Thread } from 'threadwork';
    const lock = new Lock();
    const grow = () => {
      lock.acquire();
      console.log('held');
      const all = [];
      for (;;) all.push({ n: all.length });
    };
    new Thread({ target: grow, resourceLimits: { maxOldGenerationSizeMb: 20, maxYoungGenerationSizeMb: 4 } }).start();
    while (!lock.locked());
    try {
      lock.acquire();
    } catch (error) {
      console.log(error.name, error.code, lock.locked());
    }
  `);
  assert.equal(ended.stdout, 'held\nAbandonedError ERR_ABANDONED true\n');
  assert.match(ended.stderr, /^Exception in thread Thread-1 \(grow\):\n/);
  assert.equal(ended.code, 0);
});

test('a lock that finally blocks released is not abandoned', async () => {
  const lock = new Lock();
  setExcepthook(() => undefined);
  const target = () => {
    using _held = lock.hold();
    throw new Error('died');
  };
  new Thread({ target }).start().join();
  setExcepthook(defaultExcepthook);
  assert.equal(lock.locked(), false);
  assert.equal(lock.acquire(), true);
});
