import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Event, type SharedList, shared, ThreadPoolExecutor, ValueError } from 'threadwork';

/** Submits tasks with these priorities while the only worker is busy, and gives the order in which they were begun. */
function orderOf(priorities: readonly number[]): number[] {
  using pool = new ThreadPoolExecutor(1);
  const begun = new Event();
  const gate = new Event();
  const order = shared<number[]>([]) as SharedList<number>;
  pool.submit(() => {
    begun.set();
    gate.wait(60_000);
  });
  begun.wait();
  for (const [k, priority] of priorities.entries()) {
    pool.submitWithPriority(priority, (which: number) => void order.push(which), k);
  }
  gate.set();
  pool.shutdown();
  return [...order];
}

test('tasks are begun by priority, equal ones in the order of submission', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 40 }), (priorities) => {
      const expected = priorities
        .map((priority, k) => ({ priority, k }))
        .toSorted((a, b) => a.priority - b.priority || a.k - b.k)
        .map(({ k }) => k);
      assert.deepEqual(orderOf(priorities), expected);
    }),
    { numRuns: 40 },
  );
});

test('extremes are priorities, what is no whole number is refused, and nothing is submitted', () => {
  assert.deepEqual(orderOf([2 ** 31 - 1, -(2 ** 31), 0]), [1, 2, 0]);
  using pool = new ThreadPoolExecutor(1);
  for (const wrong of [0.5, NaN, Infinity, 2 ** 31]) {
    assert.throws(() => pool.submitWithPriority(wrong, () => 1), ValueError);
  }
  assert.throws(() => pool.submitWithPriority('1' as unknown as number, () => 1), TypeError);
  assert.match(String(pool), /queued=0/);
});

test('cancelled tasks leave the order of the others as it is', () => {
  using pool = new ThreadPoolExecutor(1);
  const begun = new Event();
  const gate = new Event();
  const order = shared<number[]>([]) as SharedList<number>;
  pool.submit(() => {
    begun.set();
    gate.wait(60_000);
  });
  begun.wait();
  const futures = [5, 1, 5, 1, 3].map((priority, k) =>
    pool.submitWithPriority(priority, (which: number) => void order.push(which), k),
  );
  assert.ok(futures[1].cancel());
  assert.ok(futures[4].cancel());
  gate.set();
  pool.shutdown();
  assert.deepEqual([...order], [3, 0, 2]);
});
