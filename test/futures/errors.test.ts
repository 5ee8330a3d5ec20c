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
