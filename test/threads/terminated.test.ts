/**
 * Workers that are terminated from outside at a random moment, also in the middle of a critical section: nothing stays locked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programFile, runProgram } from '../conformance/thread-programs.js';

const ROUNDS = 40;

test('whoever is terminated, the others go on', async () => {
  const inner = programFile(`
    import { enumerate, Lock, memoryUsage, Queue, shared, threadDump } from 'threadwork';
    import { workerData } from 'node:worker_threads';
    const map = shared(new Map());
    const queue = new Queue();
    for (let k = 0; ; k++) {
      if (k === 5) Atomics.store(workerData, 0, 1);
      new Lock().acquire();
      map.set('key ' + (k % 100), { text: 'x'.repeat(k % 5000) });
      queue.put([k]);
      queue.get();
      if (k % 10 === 0) enumerate();
      if (k % 10 === 5) threadDump();
      if (k % 100 === 0) memoryUsage();
    }
  `);
  const ended = await runProgram(`
    import { Worker } from 'node:worker_threads';
    import { enumerate, Lock, memoryUsage, shared, sleepAsync, threadDump, Thread } from 'threadwork';
    const words = new Int32Array(new SharedArrayBuffer(4));
    for (let round = 0; round < ${ROUNDS}; round++) {
      Atomics.store(words, 0, 0);
      const worker = new Worker(new URL('file://${inner}'), { workerData: words });
      worker.on('error', (error) => { throw error; });
      while (Atomics.load(words, 0) === 0) await sleepAsync(1);
      await sleepAsync(Math.random() * 20);
      await worker.terminate();
      while (enumerate().length > 1) await sleepAsync(1);
      threadDump();
      memoryUsage();
      const map = shared(new Map());
      for (let k = 0; k < 100; k++) map.set('key ' + k, [new Lock(), 'x'.repeat(k * 50)]);
      if (new Thread({ target: () => { new Lock().acquire(); } }).start().join(10_000) !== true) throw new Error('stuck');
    }
    console.log('all went on');
  `);
  assert.equal(ended.stdout, 'all went on\n', ended.stderr);
});
