import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import {
  AtomicInt32,
  Barrier,
  BoundedSemaphore,
  currentThread,
  enumerate,
  Event,
  getIdent,
  getNativeId,
  Lock,
  RLock,
  RuntimeError,
  sleep,
  stackSize,
  Thread,
} from 'threadwork';
import { type Form, inBothForms } from './thread-forms.js';
import { programFile } from './thread-programs.js';
import { assertAbout, assertAtOnce, until, untilAlone } from './thread-time.js';

/** Ten threads, of which a semaphore lets three at a time into a section that a reentrant lock guards the count of. */
async function tenInTurn(form: Form): Promise<void> {
  const COUNT = 10;
  const together = new Barrier(COUNT);
  const gate = new BoundedSemaphore(3);
  const guard = new RLock();
  const inside = new AtomicInt32();
  const most = new AtomicInt32();
  const least = new AtomicInt32();
  const nativeIds = Array.from({ length: COUNT }, (_, index) => new AtomicInt32(index + 1));

  const syncTarget = (index: number) => {
    nativeIds[index].value = getNativeId() ?? index + 1;
    together.wait();
    using _place = gate.hold();
    guard.with(() => {
      const now = inside.add(1) + 1;
      most.update((before) => Math.max(before, now));
    });
    sleep(Math.random() * 10);
    guard.with(() => {
      const now = inside.add(-1) - 1;
      least.update((before) => Math.min(before, now));
    });
  };
  const asyncTarget = async (index: number) => {
    nativeIds[index].value = getNativeId() ?? index + 1;
    await together.waitAsync();
    using _place = await gate.holdAsync();
    await guard.withAsync(async () => {
      const now = inside.add(1) + 1;
      most.update((before) => Math.max(before, now));
    });
    await pause(Math.random() * 10);
    await guard.withAsync(async () => {
      const now = inside.add(-1) - 1;
      least.update((before) => Math.min(before, now));
    });
  };
  const target = form.name === 'blocking' ? syncTarget : asyncTarget;

  const threads = Array.from(
    { length: COUNT },
    (_, index) => new Thread({ name: `<thread ${index}>`, target, args: [index] }),
  );
  for (const thread of threads) {
    assert.equal(thread.ident, null);
    assert.match(String(thread), /^<Thread\(<thread \d>, initial\)>$/);
    thread.start();
  }
  for (const thread of threads) {
    await form.join(thread);
    assert.equal(thread.isAlive(), false);
    assert.notEqual(thread.ident, 0);
    assert.notEqual(thread.ident, null);
    assert.match(String(thread), /^<Thread\(<thread \d>, stopped -?\d+\)>$/);
  }
  assert.equal(inside.value, 0);
  assert.equal(least.value, 0, 'the count never fell below zero');
  assert.ok(most.value >= 1 && most.value <= 3, `${most.value} were inside at once`);
  assert.equal(
    new Set([...nativeIds.map((id) => id.value), getNativeId()]).size,
    COUNT + 1,
    'every thread is one of the operating system’s',
  );
}

inBothForms('THREAD-004 ten threads share a semaphore and a counter', tenInTurn);

inBothForms('THREAD-006 ten threads work with small stacks too', async (form) => {
  stackSize(256 * 1024);
  try {
    await tenInTurn(form);
  } finally {
    assert.equal(stackSize(0), 256 * 1024);
  }
  assert.equal(stackSize(), 0);
  const ran = new AtomicInt32();
  await form.join(new Thread({ target: () => void ran.add(1) }).start());
  assert.equal(ran.value, 1);
});

const rawWorker = `
  import { parentPort } from 'node:worker_threads';
  import { currentThread, enumerate, getIdent } from 'threadwork';
  const thread = currentThread();
  parentPort.postMessage({
    ident: thread.ident, own: getIdent(), name: thread.name, text: String(thread),
    alive: thread.isAlive(), daemon: thread.daemon, listed: enumerate().includes(thread), same: currentThread() === thread,
  });
  parentPort.once('message', () => parentPort.close());
`;

inBothForms('THREAD-008 a worker that no Thread started has a dummy thread', async (form) => {
  for (const end of ['return', 'terminate'] as const) {
    const worker = new Worker(programFile(rawWorker));
    const [told] = (await once(worker, 'message')) as [Record<string, unknown>];
    assert.match(String(told.name), /^Dummy-\d+$/);
    assert.match(String(told.text), /^<_DummyThread\(Dummy-\d+, started daemon \d+\)>$/);
    assert.equal(told.ident, told.own);
    assert.deepEqual([told.alive, told.daemon, told.listed, told.same], [true, true, true, true]);

    const dummy = enumerate().find((thread) => thread.ident === told.ident);
    assert.ok(dummy, 'main sees it');
    assert.equal(dummy.isAlive(), true);
    assert.equal(dummy.name, told.name);
    await assert.rejects(form.join(dummy), RuntimeError);
    await assert.rejects(form.join(dummy, 10), RuntimeError);

    if (end === 'return') worker.postMessage('end');
    else await worker.terminate();
    await until('the dummy is gone', () => !enumerate().includes(dummy), 5000);
    assert.equal(dummy.isAlive(), false);
  }
});

inBothForms('THREAD-014 a thread that was joined is not listed any more', async (form) => {
  for (let round = 0; round < 99; round++) {
    const thread = new Thread({ target: () => undefined }).start();
    await form.join(thread);
    assert.ok(!enumerate().includes(thread), `round ${round}`);
  }
});

inBothForms('THREAD-016 join() with a timeout comes back, whether the thread has ended or not', async (form) => {
  const lock = new Lock();
  lock.acquire();
  const thread = new Thread({
    target: () => {
      lock.acquire();
      lock.release();
    },
  }).start();
  assert.equal(await form.join(thread, 10), false);
  assert.equal(thread.isAlive(), true);
  assert.equal(await form.join(thread, 0), false);
  assert.equal(await form.join(thread, -1), false);
  lock.release();
  assert.equal(await form.join(thread), true);
  assert.equal(thread.isAlive(), false);
  assert.equal(await form.join(thread, 10), true, 'it may be joined again');
});

inBothForms('THREAD-060 a thread can be started once only', async (form) => {
  const goOn = new Event();
  const thread = new Thread({ target: () => goOn.wait() }).start();
  assert.throws(() => thread.start(), { name: 'RuntimeError', message: /only be started once/ });
  goOn.set();
  await form.join(thread);
  assert.throws(() => thread.start(), RuntimeError);
});

inBothForms('THREAD-061 the current thread cannot be joined', async (form) => {
  await assert.rejects(form.join(currentThread()), RuntimeError);
  await assert.rejects(form.join(currentThread(), 10), RuntimeError);
});

inBothForms('THREAD-072 a spinning thread sees what main writes', async (form) => {
  const running = new AtomicInt32(1);
  const spinning = new Event();
  const thread = new Thread({
    target: () => {
      spinning.set();
      while (running.value === 1);
    },
  }).start();
  await form.wait(spinning);
  running.value = 0;
  assert.equal(await form.join(thread, 10_000), true);
});

inBothForms('THREAD-090 ten threads with random delays all finish, and the last one tells main', async (form) => {
  const COUNT = 10;
  const left = new AtomicInt32(COUNT);
  const done = new Event();
  const target = async () => {
    await form.sleep(Math.random() * 2);
    if (left.add(-1) === 1) done.set();
  };
  for (let k = 0; k < COUNT; k++) new Thread({ target }).start();
  assert.equal(await form.wait(done), true);
  assert.equal(left.value, 0);
  await untilAlone();
});

inBothForms('THREAD-095 join() returns when the target is done', async (form) => {
  const results = new AtomicInt32();
  const goOn = new Event();
  const thread = new Thread({
    target: async () => {
      await form.wait(goOn);
      await form.sleep(50);
      results.add(1);
    },
  }).start();
  goOn.set();
  assert.equal(await form.join(thread), true);
  assert.equal(results.value, 1);
});

inBothForms('THREAD-096 join() of a thread that has ended returns at once', async (form) => {
  const thread = new Thread({ target: () => undefined }).start();
  await until('it has ended', () => !thread.isAlive());
  await pause(50);
  const start = performance.now();
  assert.equal(await form.join(thread), true);
  assertAtOnce(performance.now() - start);
});

const collectGarbage = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

inBothForms('THREAD-098 a running thread whose object is dropped runs on', async (form) => {
  const started = new Event();
  const goOn = new Event();
  const done = new Event();
  (() => {
    new Thread({
      target: () => {
        started.set();
        goOn.wait();
        done.set();
      },
    }).start();
  })();
  await form.wait(started);
  for (let k = 0; k < 5; k++) {
    await pause(2); // garbage that the running job refers to is not collected
    collectGarbage();
  }
  goOn.set();
  assert.equal(await form.wait(done, 10_000), true);
  await untilAlone();
});

inBothForms('THREAD-099 a thread that joins itself fails, and can be joined by others', async (form) => {
  const refused = new AtomicInt32();
  const thread: Thread = new Thread({
    target: async () => {
      for (const self of [currentThread(), thread]) {
        try {
          await form.join(self);
        } catch (error) {
          if (error instanceof RuntimeError) refused.add(1);
        }
      }
    },
  });
  assert.equal(await form.join(thread.start()), true);
  assert.equal(refused.value, 2);
});

inBothForms('THREAD-101 a timed join waits for its time, a later one for the end', async (form) => {
  const lock = new Lock();
  lock.acquire();
  const thread = new Thread({ target: () => lock.with(() => undefined) }).start();
  const start = performance.now();
  assert.equal(await form.join(thread, 100), false);
  assertAbout(performance.now() - start, 100);
  assert.equal(thread.isAlive(), true);
  lock.release();
  assert.equal(await form.join(thread), true);
  assert.equal(thread.isAlive(), false);
});

inBothForms('THREAD-102 a thread that was not started cannot be joined', async (form) => {
  await assert.rejects(form.join(new Thread({ target: () => undefined })), RuntimeError);
  await assert.rejects(form.join(new Thread(), 10), RuntimeError);
});

inBothForms('THREAD-108 a thread is alive as soon as start() has returned', async (form) => {
  const lock = new Lock();
  lock.acquire();
  const thread = new Thread({ target: async () => void (await form.acquire(lock)) }).start();
  assert.equal(thread.isAlive(), true);
  assert.match(String(thread), /, started \d+\)>$/);
  lock.release();
  await form.join(thread);
  assert.equal(thread.isAlive(), false);
});

inBothForms('THREAD-120 a thread without target and run() does nothing', async (form) => {
  const thread = new Thread();
  assert.equal(thread.start(), thread);
  assert.equal(await form.join(thread), true);
  assert.equal(thread.isAlive(), false);
});

inBothForms('THREAD-121 start() runs a subclass’s run() in the new thread', async (form) => {
  const ident = new AtomicInt32();
  class Worker extends Thread {
    override run() {
      ident.value = getIdent();
    }
  }
  const worker = new Worker();
  await form.join(worker.start());
  assert.equal(ident.value, worker.ident);
  assert.notEqual(ident.value, getIdent());
});
