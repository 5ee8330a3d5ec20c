import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../conformance/thread-programs.js';

test("what is imported of Node's own modules is the thread's own, numbers and truth values too", async () => {
  const ended = await runProgram(`
    import { isMainThread, threadId as number } from 'node:worker_threads';
    import { EOL } from 'node:os';
    import { Thread } from 'threadwork';
    const ours = 7;
    const tell = () => console.log(isMainThread, number > 0, EOL.length, ours);
    tell();
    const inner = () => tell();
    new Thread({ target: tell }).start().join();
    new Thread({ target: inner }).start().join();
  `);
  assert.deepEqual([ended.stdout, ended.stderr], ['true false 1 7\nfalse true 1 7\nfalse true 1 7\n', '']);
});
