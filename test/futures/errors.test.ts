import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Future, ThreadPoolExecutor } from 'threadwork';

class AccountError extends Error {}

function withdraw(): never {
  throw new AccountError('the account is empty');
}

test('the stack of a task’s error shows this thread’s frames, then the worker’s, and whose they are', async () => {
  using pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: 'bank' });
  const future = pool.submit(withdraw);
  const here = (): unknown => {
    try {
      return future.result();
    } catch (error) {
      return error;
    }
  };
  const error = here() as Error;
  assert.ok(error instanceof AccountError);
  assert.match(
    error.stack ?? '',
    /^Error: the account is empty\n {4}at here \(.*errors\.test\.[^]*\n {4}--- in thread bank_0 ---\n {4}at withdraw \(/,
  );
  // Once more: the same object, and no second line.
  assert.equal(here(), error);
  assert.equal(error.stack?.match(/--- in thread/g)?.length, 1);
  await assert.rejects(future.resultAsync(), (again) => again === error);
  await assert.rejects(async () => await future, AccountError);
});

test('an error that this thread put into a future stays as it is', () => {
  const future = new Future<number>();
  const error = new AccountError('own');
  const { stack } = error;
  future.setException(error);
  assert.throws(() => future.result(), error);
  assert.equal(error.stack, stack);
});

test('what ends the inputs of map() early comes after the results of those before', async () => {
  function* inputs(count: number): Iterable<number> {
    for (let k = 1; k <= count; k++) yield k;
    throw new AccountError('no more');
  }
  const double = (n: number): number => n * 2;
  using pool = new ThreadPoolExecutor(1);
  for (const chunksize of [1, 2]) {
    for (const count of [3, 4, 7]) {
      const seen: unknown[] = [];
      const results = pool.map(double, inputs(count), { buffersize: chunksize === 1 ? 2 : 1, chunksize });
      for (let k = 0; k < count + 2; k++) {
        try {
          seen.push(k % 2 === 0 ? results.next() : await results.nextAsync());
        } catch (error) {
          seen.push(error);
        }
      }
      const expected = Array.from({ length: count }, (_, k) => ({ done: false, value: (k + 1) * 2 }));
      assert.deepEqual(seen.slice(0, count), expected);
      assert.ok(seen[count] instanceof AccountError);
      assert.deepEqual(seen[count + 1], { done: true, value: undefined });
    }
  }
  assert.throws(() => pool.map(double, inputs(3)), AccountError);
});

test('a map() whose pool is shut down midway gives the results that were on their way', () => {
  const pool = new ThreadPoolExecutor(1);
  const results = pool.map((n: number) => n, [1, 2, 3, 4, 5], { buffersize: 2 });
  assert.equal(results.next().value, 1);
  pool.shutdown();
  assert.deepEqual([results.next().value, results.next().value], [2, 3]);
  assert.throws(() => results.next(), /shutdown/);
  assert.equal(results.next().done, true);
});
