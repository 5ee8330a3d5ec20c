/** Threads by the hundred and the thousand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeCount, AtomicInt32, Event, Thread } from 'threadwork';
import { until } from '../conformance/crew.js';
import { DEADLINE_MS, SCALE } from './contest.js';

test('start and join of 2,000 threads', () => {
  const count = 2000 * SCALE;
  const total = new AtomicInt32();
  const ended = new AtomicInt32();
  for (let started = 0; started < count; started += 4) {
    const threads = [1, 2, 3, 4].map((n) =>
      new Thread({
        target: (value: number) => {
          total.add(value);
        },
        args: [n],
      }).start(),
    );
    for (const thread of threads) {
      assert.ok(thread.join(DEADLINE_MS));
      assert.equal(thread.isAlive(), false);
      ended.add(1);
    }
  }
  assert.equal(ended.value, count);
  assert.equal(total.value, (count / 4) * 10);
});

test('200 threads alive at once', async () => {
  const count = 200;
  const before = activeCount();
  const arrived = new AtomicInt32();
  const gone = new AtomicInt32();
  const enough = new Event();
  const idents = new Set<number | null>();
  const threads = Array.from({ length: count }, (_, k) =>
    new Thread({
      target: async () => {
        arrived.add(1);
        if (k % 2 === 0) enough.wait();
        else await enough.waitAsync();
        gone.add(1);
      },
    }).start(),
  );
  for (const thread of threads) idents.add(thread.ident);
  try {
    // Each of them boots a worker.
    await until('all run', () => arrived.value === count, 3 * DEADLINE_MS);
    assert.equal(activeCount(), before + count);
    assert.equal(idents.size, count);
    assert.equal(gone.value, 0);
  } finally {
    enough.set();
  }
  for (const thread of threads) assert.ok(await thread.joinAsync(DEADLINE_MS));
  assert.equal(gone.value, count);
  assert.equal(activeCount(), before);
});

test('nested starts, five deep', async () => {
  const leaves = new AtomicInt32();
  const nodes = new AtomicInt32();
  const branch = async (depth: number) => {
    nodes.add(1);
    if (depth === 0) {
      leaves.add(1);
      return;
    }
    const children = [0, 1].map(() => new Thread({ target: branch, args: [depth - 1] }).start());
    for (const child of children) assert.ok(depth % 2 === 0 ? child.join() : await child.joinAsync());
    nodes.add(-2);
  };
  const root = new Thread({ target: branch, args: [5] }).start();
  assert.ok(await root.joinAsync(DEADLINE_MS));
  assert.equal(leaves.value, 32);
  assert.equal(nodes.value, 1);
});
