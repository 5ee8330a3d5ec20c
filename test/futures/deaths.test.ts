import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokenThreadPool, ThreadPoolExecutor, run } from 'threadwork';

async function causeOf(fn: () => unknown): Promise<string> {
  const error: unknown = await run(fn as () => number).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BrokenThreadPool, String(error));
  return error.message;
}

test('a task that awaits what cannot come is told so', async () => {
  assert.match(
    await causeOf(() => new Promise(() => undefined)),
    /died: Error: its event loop had nothing left to wait for/,
  );
});

test('a task that calls process.exit() is told so, with the code', async () => {
  assert.match(await causeOf(() => process.exit(3)), /died: Error: it called process\.exit\(3\)/);
  assert.match(await causeOf(() => process.exit()), /died: Error: it called process\.exit\(0\)/);
  const later = () => new Promise(() => setTimeout(() => process.exit(4), 1));
  assert.match(await causeOf(later), /died: Error: it called process\.exit\(4\)/);
});

test('the pool goes on with another worker', async () => {
  using pool = new ThreadPoolExecutor(1);
  const dying = pool.submit(() => process.exit(5));
  const next = pool.submit(() => 6);
  assert.match(String(await dying.exceptionAsync()), /process\.exit\(5\)/);
  assert.equal(await next, 6);
});
