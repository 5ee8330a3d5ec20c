/** What a thread does when what it counts on fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Condition, Lock } from 'threadwork';
import { until } from '../conformance/crew.js';
import { runProgram } from '../conformance/thread-programs.js';

for (const form of ['wait', 'waitAsync'] as const) {
  test(`${form}() that cannot release its lock leaves no waiter behind that would take a notification`, async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    lock.acquire();
    Object.defineProperty(lock, 'releaseAll', {
      configurable: true,
      value: () => {
        throw new RangeError('no stack is left');
      },
    });
    await assert.rejects(async () => condition[form](), RangeError);
    Reflect.deleteProperty(lock, 'releaseAll');
    assert.equal(lock.locked(), true);
    const waits = condition.waitAsync(20_000);
    await until('the other one waits', () => !lock.locked());
    lock.acquire();
    condition.notify();
    lock.release();
    assert.equal(await waits, true);
    lock.release();
  });
}

test('who waits for a shared buffer is not left waiting when the supervisor has failed', {
  skip: process.platform !== 'linux',
}, async () => {
  const { stdout, stderr } = await runProgram(`
    import { Queue, Thread } from 'threadwork';
    let supervisor; // the first worker comes before it
    process.on('worker', (worker) => {
      supervisor = worker;
    });
    const queue = new Queue();
    new Thread({ target: () => queue.put(new SharedArrayBuffer(8)) }).start().join();
    await new Promise(setImmediate);
    // Its end is told to this thread's event loop, which does not turn before it asks.
    void supervisor.terminate();
    try {
      console.log('got', queue.get());
    } catch (error) {
      console.log(error.message);
    }
    process.exit();
  `);
  assert.match(stdout, /cannot be had: the supervisor of threadwork has failed/, stderr);
});

test('the first worker, which the supervisor did not make, is buried when it is terminated', async () => {
  const { stdout, stderr } = await runProgram(`
    import { Event, Lock, Thread } from 'threadwork';
    let first;
    process.once('worker', (worker) => {
      first = worker;
    });
    const lock = new Lock();
    const held = new Event();
    const never = new Event();
    const thread = new Thread({ name: 'victim', target: () => {
      lock.acquire();
      held.set();
      never.wait(60_000);
    } }).start();
    await held.waitAsync();
    await new Promise(setImmediate);
    void first.terminate();
    thread.join();
    try {
      lock.acquire();
    } catch (error) {
      console.log(thread.isAlive(), error.name);
    }
    new Thread({ target: () => console.log('the next runs') }).start().join();
  `);
  assert.match(stdout, /^false AbandonedError\nthe next runs\n$/, stderr);
  assert.match(stderr, /^Exception in thread victim:\nError: the thread was ended from outside/);
});

test('the first worker may run out of memory while main is blocked', async () => {
  const { stdout, stderr } = await runProgram(
    `
    import { Thread } from 'threadwork';
    const grow = () => {
      // In small pieces: one that is larger than what V8 has left ends the process.
      for (let last = null; ; ) last = { last };
    };
    const thread = new Thread({ name: 'greedy', target: grow }).start();
    thread.join();
    console.log(thread.isAlive());
  `,
    ['--max-old-space-size=80', '--max-semi-space-size=1'],
  );
  assert.equal(stdout, 'false\n', stderr);
  assert.match(stderr, /^Exception in thread greedy:\nError: .*ran out of memory; its JavaScript heap can be larger/);
});

test('a worker that loaded the library can be terminated while its threads run, without a word from them', async () => {
  const { stdout, stderr } = await runProgram(`
    import { Worker } from 'node:worker_threads';
    const code = \`import('threadwork').then(({ Event, sleep, Thread }) => {
      const runs = new Event();
      new Thread({ daemon: true, target: () => { runs.set(); sleep(60_000); } }).start();
      runs.wait();
      require('node:worker_threads').parentPort.postMessage('runs');
      setInterval(() => undefined, 1000);
    })\`;
    for (let k = 0; k < 5; k++) {
      const worker = new Worker(code, { eval: true });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
    }
    console.log('done');
  `);
  assert.equal(stdout, 'done\n');
  assert.equal(stderr, '');
});
