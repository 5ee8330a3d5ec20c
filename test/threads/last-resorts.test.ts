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
    let supervisor;
    process.once('worker', (worker) => {
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
