import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentTask, type Future, memoryUsage, Queue, ThreadPoolExecutor } from 'threadwork';

const BYTES = 1 << 20;

test('map() gives results back to the heap as they are taken, not when they are collected', () => {
  using pool = new ThreadPoolExecutor(2);
  const large = (n: number) => new Uint8Array(BYTES).fill(n);
  // The pool's threads have what they need from here on.
  for (const _ of pool.map(large, [1, 2, 3, 4], { buffersize: 2 }));
  const before = memoryUsage().used;
  let sum = 0;
  let most = 0;
  const results = pool.map(
    large,
    Array.from({ length: 60 }, (_, n) => n),
    { buffersize: 2 },
  );
  for (const bytes of results) {
    sum += bytes[BYTES - 1];
    most = Math.max(most, memoryUsage().used - before);
  }
  assert.equal(sum, (59 * 60) / 2);
  // Now and then a thread that is just done with a task refers to it still, and the result stays until it is collected.
  assert.ok(most < 30 * BYTES, `${most} bytes`);
});

test('what somebody else can still ask for stays', () => {
  using pool = new ThreadPoolExecutor(1);
  const known = new Queue<Future<number[]>>();
  const results = pool.map(
    (n: number) => {
      known.put(currentTask()?.future as Future<number[]>);
      return [n];
    },
    [7],
  );
  const future = known.get();
  assert.deepEqual([...results], [[7]]);
  assert.deepEqual(future.result(), [7]);
  assert.equal(future.result(), future.result());
});
