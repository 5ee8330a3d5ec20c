/**
 * A thread that is terminated in the middle of a long wait: what the wait had noted goes with it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Control } from '../../src/heap/layout.js';
import { VERSION } from '../../src/host/copies.js';
import { programFile, runProgram } from '../conformance/thread-programs.js';

test('a worker that is terminated in a long wait counts no more among those, and leaves no stack in the heap', async () => {
  const inner = programFile(`
    import { currentThread, Event } from 'threadwork';
    function ${'waitsForAnEventThatNeverComes'.repeat(20)}() { currentThread(); new Event().wait(); }
    ${'waitsForAnEventThatNeverComes'.repeat(20)}();
  `);
  const ended = await runProgram(`
    import { getEnvironmentData, Worker } from 'node:worker_threads';
    import { enumerate, memoryUsage, sleepAsync, threadDump } from 'threadwork';
    const words = new Int32Array(getEnvironmentData('threadwork:heap:${VERSION}').buffer);
    const used = [];
    for (let round = 0; round < 4; round++) {
      const worker = new Worker(new URL('file://${inner}'));
      worker.on('error', (error) => { throw error; });
      while (words[${Control.LONG_WAITS}] === 0 || !String(threadDump()).includes('waitsForAnEvent')) await sleepAsync(10);
      await worker.terminate();
      while (enumerate().length > 1) await sleepAsync(10);
      used.push(memoryUsage().used);
      console.log('long waits', words[${Control.LONG_WAITS}]);
    }
    console.log('grown', used[3] - used[1]);
  `);
  assert.equal(ended.stdout, `${'long waits 0\n'.repeat(4)}grown 0\n`, ended.stderr);
});
