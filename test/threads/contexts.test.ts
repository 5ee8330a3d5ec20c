import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../conformance/thread-programs.js';

test('an asynchronous owner that dies is not taken for the next thread of its worker', async () => {
  const ended = await runProgram(`
    import { threadId } from 'node:worker_threads';
    import { RLock, setExcepthook, Thread } from 'threadwork';
    setExcepthook(() => {});
    const rlock = new RLock();
    new Thread({ target: async () => { await rlock.acquireAsync(); console.log(threadId); throw new Error('dies'); } }).start().join();
    new Thread({
      target: async () => {
        console.log(threadId, rlock.recursionCount());
        try { await rlock.acquireAsync(); } catch (error) { console.log(error.name); }
        rlock.release();
      },
    }).start().join();
    console.log(rlock.locked());
  `);
  const [first, second, ...rest] = ended.stdout.trim().split('\n');
  assert.deepEqual([second, ...rest], [`${first} 0`, 'AbandonedError', 'false'], ended.stderr);
});

test('what a thread enters into its asynchronous context is gone in the next thread of its worker', async () => {
  const ended = await runProgram(`
    import { AsyncLocalStorage } from 'node:async_hooks';
    import { Thread } from 'threadwork';
    const target = async () => {
      globalThis.als ??= new AsyncLocalStorage();
      console.log(String(globalThis.als.getStore()));
      globalThis.als.enterWith('entered');
      await null;
    };
    for (let k = 0; k < 3; k++) new Thread({ target }).start().join();
  `);
  assert.deepEqual([ended.stdout, ended.stderr], ['undefined\n'.repeat(3), '']);
});

test('what a task enters into its asynchronous context is gone in the next task of its thread', async () => {
  const ended = await runProgram(`
    import { AsyncLocalStorage } from 'node:async_hooks';
    import { RLock, ThreadPoolExecutor } from 'threadwork';
    const pool = new ThreadPoolExecutor(1);
    const rlock = new RLock();
    const task = () => {
      globalThis.als ??= new AsyncLocalStorage();
      const before = globalThis.als.getStore();
      globalThis.als.enterWith('entered');
      return String(before);
    };
    console.log(...pool.map(task, [1, 2, 3]));
    const held = async () => { await rlock.acquireAsync(); };
    pool.submit(held).result();
    console.log(pool.submit(() => rlock.acquireAsync(50)).result(), pool.submit(() => rlock.recursionCount()).result());
    pool.shutdown();
  `);
  assert.deepEqual([ended.stdout, ended.stderr], ['undefined undefined undefined\nfalse 0\n', '']);
});
