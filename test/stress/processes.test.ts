/** Tasks by the thousand in a few processes, with errors, cancellations and replacements: every future ends, exactly once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { type Future, memoryUsage, ProcessPoolExecutor, wait } from 'threadwork';
import { until } from '../conformance/crew.js';
import { chanceFrom } from './chance.js';
import { SCALE } from './contest.js';

const TASKS = Math.ceil(3000 * SCALE);
/** What the stocks of threads may hold back. */
const SLACK_BYTES = 2 ** 18;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

function storm(pool: ProcessPoolExecutor, seed: number): void {
  const chance = chanceFrom(seed);
  const task = (n: number, load: unknown) => {
    if (n % 7 === 0) throw new RangeError('as wished');
    if (n % 11 === 0) return new WeakMap() as unknown;
    return n % 5 === 0 ? Promise.resolve([n, load]) : [n, load];
  };
  const all: Future<unknown>[] = [];
  const loads = [5, 'text', [1, 2, 3], { deep: { er: 1 } }, new Uint8Array(9000).fill(3), 'ü'.repeat(5000)];
  for (let n = 0; n < TASKS; n++) {
    const future = pool.submit(task, n, loads[n % loads.length]);
    all.push(future);
    if (chance(10) === 0) all[chance(all.length)].cancel();
  }
  const { notDone } = wait(all);
  assert.equal(notDone.size, 0);
  for (const [n, future] of all.entries()) {
    if (future.cancelled()) continue;
    const error = future.exception();
    if (n % 7 === 0) assert.equal(error?.message, 'as wished');
    else if (n % 11 === 0) assert.equal(error?.name, 'NotSendableError');
    else assert.deepEqual(future.result(), [n, loads[n % loads.length]]);
  }
}

test('every future ends exactly once, and nothing is left of them', async () => {
  using pool = new ProcessPoolExecutor({ maxWorkers: 2, maxTasksPerChild: 1000 });
  storm(pool, 1);
  collectGarbage();
  const before = memoryUsage().used;
  storm(pool, 2);
  await until('the heap is what it was', () => {
    collectGarbage();
    return memoryUsage().used <= before + SLACK_BYTES;
  });
});

test('when a process dies, every future ends', () => {
  for (let round = 0; round < Math.ceil(3 * SCALE); round++) {
    using pool = new ProcessPoolExecutor(2);
    const all: Future<number>[] = [];
    const task = (n: number) => {
      if (n === 50) process.exit(1);
      return n;
    };
    try {
      for (let n = 0; n < 200; n++) all.push(pool.submit(task, n));
    } catch (error) {
      assert.equal((error as Error).name, 'BrokenProcessPool');
    }
    assert.equal(wait(all as Iterable<Future<number>>).notDone.size, 0);
    for (const [n, future] of all.entries()) {
      const error = future.exception();
      if (error === null) assert.equal(future.result(), n);
      else assert.equal(error.name, 'BrokenProcessPool');
    }
  }
});
