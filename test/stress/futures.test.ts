/**
 * Tasks by the thousand, with cancellations, timeouts, errors and submits from within tasks: every future ends exactly once,
 * and the heap is what it was. And threads that die in the middle of a task.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import {
  asCompleted,
  AtomicInt32,
  BrokenThreadPool,
  CancelledError,
  Event,
  type Future,
  memoryUsage,
  sleep,
  ThreadPoolExecutor,
  TimeoutError,
  wait,
  waitAsync,
} from 'threadwork';
import { until } from '../conformance/crew.js';
import { chanceFrom } from './chance.js';
import { SCALE } from './contest.js';

const BATCH = 500;
const BATCHES = Math.ceil(20 * SCALE);

/** How a future ended, as the one who waits sees it. */
async function endOf(future: Future<number>, choice: number): Promise<'value' | 'error' | 'cancelled'> {
  for (;;) {
    try {
      const value =
        choice === 0
          ? future.result(1)
          : choice === 1
            ? await future.resultAsync(1)
            : choice === 2
              ? future.result()
              : await future;
      assert.equal(typeof value, 'number');
      return 'value';
    } catch (error) {
      if (error instanceof TimeoutError) continue;
      if (error instanceof CancelledError) return 'cancelled';
      assert.equal((error as Error).message, 'as wished');
      return 'error';
    }
  }
}

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

/** What the stocks of threads may hold back. */
const SLACK_BYTES = 2 ** 18;

/** Futures that nobody has a handle on, those that main has one on, and the bytes of all else. */
function leftovers(): { lost: number; mains: number; rest: number } {
  collectGarbage();
  const { used, kinds, threads } = memoryUsage();
  const { count, bytes } = kinds['Future'] ?? { count: 0, bytes: 0 };
  const handles = threads.map(({ holds }) => holds['Future'] ?? 0);
  return { lost: count - handles.reduce((sum, held) => sum + held, 0), mains: handles[0], rest: used - bytes };
}

test('every future ends exactly once, and nothing is left of them', async () => {
  await storm(1);
  const before = leftovers().rest;
  await storm(2);
  // What tasks submitted themselves is collected where they ran: the parked workers do so when they run again, or memory gets scarce.
  await until('the heap is what it was', () => {
    const { lost, mains, rest } = leftovers();
    return lost === 0 && mains === 0 && rest <= before + SLACK_BYTES;
  });
});

async function storm(seed: number): Promise<void> {
  const ran = new AtomicInt32();
  const pool = new ThreadPoolExecutor(3);
  const leaf = (n: number) => {
    ran.add(1);
    return n;
  };
  const task = (n: number) => {
    ran.add(1);
    if (n % 7 === 0) throw new RangeError('as wished');
    if (n % 11 === 0) return pool.submit(leaf, n).result();
    return n;
  };
  const asyncTask = async (n: number) => {
    ran.add(1);
    if (n % 7 === 0) throw new RangeError('as wished');
    if (n % 11 === 0) return pool.submit(leaf, n);
    await Promise.resolve();
    return n;
  };
  const chance = chanceFrom(seed);
  let calls = 0;
  let submitted = 0;
  const ends = { value: 0, error: 0, cancelled: 0 };
  for (let batch = 0; batch < BATCHES; batch++) {
    const futures: Future<number>[] = [];
    for (let k = 0; k < BATCH; k++) {
      const n = chance(1000);
      const future: Future<number> = chance(2) === 0 ? pool.submit(task, n) : pool.submit(asyncTask, n);
      submitted++;
      future.addDoneCallback(() => calls++);
      if (chance(5) === 0) future.cancel();
      futures.push(future);
    }
    const how = chance(4);
    if (how === 0) wait(futures);
    if (how === 1) await waitAsync(futures);
    if (how === 2) assert.equal(new Set(asCompleted(futures)).size, BATCH);
    for (const future of futures) ends[await endOf(future, chance(4))]++;
    for (const future of futures) assert.equal(future.done(), true);
  }
  const values = ends.value + ends.error;
  pool.shutdown();
  await until('all callbacks ran', () => calls === submitted);
  assert.equal(ends.value + ends.error + ends.cancelled, submitted);
  assert.ok(ran.value >= values && ran.value <= values * 2);
}

test('a thread that dies fails its own task, is replaced, and the others go on', async () => {
  const pool = new ThreadPoolExecutor(2);
  const done = new AtomicInt32();
  const dies = (how: number) => {
    if (how === 0) process.exit(3);
    const hoard: unknown[] = [];
    for (;;) hoard.push(Array.from({ length: 1e6 }, () => how));
  };
  const works = (n: number) => {
    done.add(1);
    return n;
  };
  for (let round = 0; round < Math.ceil(5 * SCALE); round++) {
    const victim = pool.submit(dies, 0);
    const others = Array.from({ length: 20 }, (_, k) => pool.submit(works, k));
    await assert.rejects(victim.resultAsync(), (error) => {
      assert.ok(error instanceof BrokenThreadPool);
      assert.match(error.message, /died.*it called process\.exit\(3\)/s);
      return true;
    });
    for (const [k, future] of others.entries()) assert.equal(future.result(), k);
  }
  pool.shutdown();
  assert.equal(done.value, 20 * Math.ceil(5 * SCALE));
});

test('a thread without memory fails its own task', async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } });
  const victim = pool.submit(() => {
    const hoard: unknown[] = [];
    for (;;) hoard.push(Array.from({ length: 1e5 }, () => 0.5));
  });
  const next = pool.submit(() => 'alive');
  await assert.rejects(victim.resultAsync(), (error) => {
    assert.ok(error instanceof BrokenThreadPool);
    assert.match(error.message, /memory/);
    return true;
  });
  assert.equal(next.result(), 'alive');
  pool.shutdown();
});

test('an asynchronous task’s stray error fails it, and the pool goes on', async () => {
  const pool = new ThreadPoolExecutor(1);
  const stray = pool.submit(
    () =>
      new Promise<number>(() => {
        setTimeout(() => {
          throw new RangeError('out of a timer');
        }, 1);
      }),
  );
  await assert.rejects(stray.resultAsync(), /out of a timer/);
  assert.equal(await pool.submit(() => 1), 1);
  await pool.shutdownAsync();
});

test('a running task is asked to end', async () => {
  const pool = new ThreadPoolExecutor(1);
  const { currentTask } = await import('threadwork');
  const started = new Event();
  const busy = pool.submit(() => {
    started.set();
    let turns = 0;
    while (currentTask()?.cancelled !== true) {
      turns++;
      sleep(1);
    }
    return turns;
  });
  started.wait();
  assert.equal(busy.cancel(), false);
  assert.equal(busy.cancel({ running: true }), true);
  assert.ok(busy.result() >= 0);
  started.clear();
  const waiting = pool.submit(async () => {
    const signal = currentTask()?.signal as AbortSignal;
    started.set();
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  });
  await started.waitAsync();
  assert.equal(waiting.cancel({ running: true }), true);
  await assert.rejects(waiting.resultAsync(), CancelledError);
  await pool.shutdownAsync();
});
