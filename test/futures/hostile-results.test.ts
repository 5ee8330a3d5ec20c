/** What a task returns may be anything: its future ends all the same, and so do its pool and its process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessPoolExecutor, type Future, ThreadPoolExecutor } from 'threadwork';

const DEADLINE_MS = 20_000;

function untouchable(): object {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- on purpose
    get then(): never {
      throw new RangeError('not even looked at');
    },
  };
}

test('a result whose `then` cannot even be read is the error of its future', async () => {
  using pool = new ThreadPoolExecutor(1);
  const first: Future<unknown> = pool.submit(untouchable);
  const second: Future<unknown> = pool.submit(untouchable);
  for (const future of [first, second])
    await assert.rejects(future.resultAsync(DEADLINE_MS), { name: 'RangeError', message: 'not even looked at' });
  assert.equal(pool.submit(() => 5).result(DEADLINE_MS), 5);
});

test('so many workers, and tasks for each, that no word can count them are as many as there may be', () => {
  for (const maxWorkers of [2 ** 31, 2 ** 32, 2 ** 53]) {
    using pool = new ThreadPoolExecutor(maxWorkers);
    assert.equal(pool.submit(() => 5).result(DEADLINE_MS), 5);
  }
  using pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerChild: 2 ** 32 + 1 });
  const [one, other] = [pool.submit(() => process.pid), pool.submit(() => process.pid)];
  assert.equal(one.result(DEADLINE_MS), other.result(DEADLINE_MS));
});

test('options that cannot be read shut nothing down', () => {
  using pool = new ThreadPoolExecutor(1);
  const options = {
    get wait(): never {
      throw new RangeError('not even looked at');
    },
  };
  assert.throws(() => pool.shutdown(options), RangeError);
  assert.equal(pool.submit(() => 5).result(DEADLINE_MS), 5);
});

test('what a task sends its process’s parent is no answer', () => {
  using pool = new ProcessPoolExecutor(1);
  const future = pool.submit(() => {
    for (const message of [5, 'text', { bytes: 5, failed: false }, { useless: 5 }, { begun: true }])
      process.send?.(message);
    return 'the result';
  });
  assert.equal(future.result(DEADLINE_MS), 'the result');
  assert.equal(pool.submit(() => 5).result(DEADLINE_MS), 5);
});

test('an iterable whose iterator is none is refused in words', () => {
  using pool = new ThreadPoolExecutor(1);
  for (const iterator of [5, null, undefined, {}])
    assert.throws(() => pool.map((n: number) => n, { [Symbol.iterator]: () => iterator as never }), {
      name: 'TypeError',
      message: 'map() takes iterables: the iterator that one of them gave has no next()',
    });
});
