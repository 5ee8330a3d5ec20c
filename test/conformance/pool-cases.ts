/** What pools of threads and of processes have in common. */
import assert from 'node:assert/strict';
import {
  BrokenExecutor,
  type Executor,
  type Future,
  ProcessPoolExecutor,
  RuntimeError,
  sleep,
  ThreadPoolExecutor,
} from 'threadwork';
import type { FutureForm } from './future-forms.js';
import { runProgram } from './thread-programs.js';

const pools = { ThreadPoolExecutor, ProcessPoolExecutor };
type Kind = keyof typeof pools;

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

export async function refusesAfterShutdown(pool: Executor, form: FutureForm): Promise<void> {
  await form.shutdown(pool);
  assert.throws(() => pool.submit(Math.pow, 2, 5), RuntimeError);
}

export async function endsWithTheProcess(kind: Kind): Promise<void> {
  for (const end of ['', 'process.exit();']) {
    const ended = await runProgram(`
      import { ${kind}, sleep } from 'threadwork';
      new ${kind}(5).submit(() => { sleep(1000); console.log('apple'); });
      ${end}
    `);
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['apple\n', '', 0]);
  }
}

export async function shutdownWaits(pool: Executor, form: FutureForm): Promise<void> {
  const all = range(0, 50).map((k) =>
    pool.submit((n: number) => {
      sleep(100);
      return n;
    }, k),
  );
  await form.shutdown(pool);
  for (const [k, future] of all.entries()) assert.equal(future.result(0), k);
}

export async function shutdownCancels(pool: Executor, form: FutureForm): Promise<void> {
  const nap = () => sleep(100);
  const all = range(0, 50).map(() => pool.submit(nap));
  await form.result(all[0]);
  await form.shutdown(pool, { cancelFutures: true });
  const cancelled = all.filter((future) => future.cancelled());
  assert.ok(cancelled.length > 20, `${cancelled.length} were cancelled`);
  const others = all.filter((future) => !future.cancelled());
  assert.ok(others.length > 0);
  for (const future of others) assert.equal(future.exception(0), null);
}

export async function breaksByItsInitializer(kind: Kind, form: FutureForm): Promise<void> {
  const pool = new pools[kind]({
    maxWorkers: 2,
    initializer: () => {
      throw new RangeError('error in initializer');
    },
  });
  let pending: Future<number> | undefined;
  try {
    pending = pool.submit(() => 1);
  } catch (error) {
    // Threads are quick: it may be broken already.
    assert.ok(error instanceof BrokenExecutor);
  }
  if (pending !== undefined) {
    const future = pending;
    await assert.rejects(
      async () => form.result(future),
      (error) => {
        assert.ok(error instanceof BrokenExecutor);
        assert.match(error.message, /initializer failed.*RangeError: error in initializer/);
        return true;
      },
    );
  }
  assert.throws(() => pool.submit(() => 2), BrokenExecutor);
  await form.shutdown(pool);
}

export async function printsItsInitializersError(kind: Kind, error: string): Promise<void> {
  const { stderr, stdout } = await runProgram(`
    import { ${kind} } from 'threadwork';
    const pool = new ${kind}({ maxWorkers: 1, initializer: () => { throw new RangeError('no luck'); } });
    try { await pool.submit(() => 1); } catch (error) { console.log(error.name); }
  `);
  assert.match(stderr, /Exception in initializer:[^]*RangeError: no luck/);
  assert.equal(stdout, `${error}\n`);
}
