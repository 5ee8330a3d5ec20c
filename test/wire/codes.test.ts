/** The code of functions in the heap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryUsage, Thread } from 'threadwork';
import { Queue } from 'threadwork/queue';

const WORKERS = 8;
const LENGTH = 100_000;

test('the same function sent from many workers has its code in the heap once', async () => {
  const queue = new Queue<(n: number) => number>();
  const send = (length: number) => {
    // oxlint-disable-next-line no-eval -- a function whose text is long
    queue.put((0, eval)(`(n) => { /* ${'-'.repeat(length)} */ return n + 1; }`) as (n: number) => number);
  };
  const sendFromAnotherWorker = async () => {
    // With limits of its own it gets a worker that ran no thread before.
    const thread = new Thread({ target: send, args: [LENGTH], resourceLimits: { maxOldGenerationSizeMb: 64 } });
    thread.start();
    await thread.joinAsync();
    return (await queue.getAsync())(4);
  };
  assert.equal(await sendFromAnotherWorker(), 5);
  const before = memoryUsage().used;
  for (let k = 1; k < WORKERS; k++) assert.equal(await sendFromAnotherWorker(), 5);
  const more = memoryUsage().used - before;
  assert.ok(more < 2 * LENGTH, `${more} bytes more`);
});

test('threads that send the same functions at the same time agree on one text each', async () => {
  const queue = new Queue<readonly [number, () => number]>();
  const send = async (count: number, gate: Int32Array, parties: number) => {
    Atomics.add(gate, 0, 1);
    while (Atomics.load(gate, 0) < parties) await new Promise((resolve) => setImmediate(resolve));
    // oxlint-disable-next-line no-eval -- functions that no thread has sent before
    for (let k = 0; k < count; k++) queue.put([k, (0, eval)(`() => ${k} /* ${'-'.repeat(1000)} */`) as () => number]);
  };
  const count = 200;
  const parties = 4;
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const before = memoryUsage().used;
  const threads = Array.from({ length: parties }, () =>
    new Thread({ target: send, args: [count, gate, parties] }).start(),
  );
  for (const thread of threads) await thread.joinAsync();
  const seen = new Map<number, number>();
  for (let k = 0; k < count * parties; k++) {
    const [number, fn] = await queue.getAsync();
    assert.equal(fn(), number);
    seen.set(number, (seen.get(number) ?? 0) + 1);
  }
  assert.deepEqual([...seen.values()], Array(count).fill(parties));
  const more = memoryUsage().used - before;
  assert.ok(more < 2 * count * 1500, `${more} bytes more`);
});
