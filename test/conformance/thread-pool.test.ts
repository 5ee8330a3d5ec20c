/** ThreadPoolExecutor. */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import {
  AtomicInt32,
  currentThread,
  enumerate,
  Event,
  Local,
  Semaphore,
  sleep,
  ThreadPoolExecutor,
  TimeoutError,
  ValueError,
  wait,
} from 'threadwork';
import { promptly, until } from './crew.js';
import { inBothForms } from './future-forms.js';
import * as cases from './pool-cases.js';
import { range } from './pool-cases.js';
import { runProgram } from './thread-programs.js';

/** Names of living threads with this prefix. */
function threadsOf(prefix: string): string[] {
  return enumerate()
    .map((thread) => thread.name)
    .filter((name) => name.startsWith(prefix))
    .sort();
}

inBothForms('TPE-001 submit', async (form) => {
  using pool = new ThreadPoolExecutor();
  assert.equal(await form.result(pool.submit(Math.pow, 2, 8)), 256);
});

inBothForms('TPE-002 arguments arrive as they are', async (form) => {
  using pool = new ThreadPoolExecutor(1);
  const given = { self: 1, fn: [2, { executor: null }] };
  assert.deepEqual(await form.result(pool.submit((options: unknown, more: number) => [options, more], given, 3)), [
    given,
    3,
  ]);
  for (const nothing of [undefined, 5, 'f', {}]) assert.throws(() => pool.submit(nothing as never), TypeError);
});

inBothForms('TPE-003 map gives what a plain map gives', async (form) => {
  using pool = new ThreadPoolExecutor();
  const ten = range(0, 10);
  const plain = ten.map((n) => n ** n);
  assert.deepEqual(await form.all(pool.map(Math.pow, ten, ten)), plain);
  assert.deepEqual(await form.all(pool.map(Math.pow, ten, ten, { chunksize: 3 })), plain);
  assert.deepEqual(
    await form.all(pool.map((n: number) => n * 0.5, range(0, 40), { chunksize: 20 })),
    range(0, 40).map((n) => n / 2),
  );
});

inBothForms('TPE-006 map with a timeout', async (form) => {
  const release = new Event();
  const pool = new ThreadPoolExecutor();
  const results = pool.map((late: number) => late === 1 && release.wait(), [0, 0, 1], { timeout: 1000 });
  const found: unknown[] = [];
  await assert.rejects(async () => {
    for (;;) found.push((await form.step(results)).value);
  }, TimeoutError);
  assert.deepEqual(found, [false, false]);
  assert.equal((await form.step(results)).done, true);
  release.set();
  await form.shutdown(pool);
});

for (const chunksize of [1, 3]) {
  inBothForms(`TPE-007 closing map’s iterator, chunksize ${chunksize}`, async (form) => {
    const release = new Event();
    const started = new AtomicInt32();
    const pool = new ThreadPoolExecutor(1);
    const results = pool.map(
      (n: number) => {
        started.add(1);
        if (n === chunksize) release.wait();
        return n;
      },
      range(0, 12),
      { chunksize },
    );
    assert.deepEqual(await form.step(results), { done: false, value: 0 });
    await until('the second task runs', () => started.value === chunksize + 1);
    results.return();
    for (let k = 0; k < 3; k++) assert.equal((await form.step(results)).done, true);
    release.set();
    await form.shutdown(pool);
    assert.equal(started.value, 2 * chunksize);
  });
}

test('TPE-008 buffersize must be an integer', () => {
  using pool = new ThreadPoolExecutor(1);
  for (const buffersize of ['foo' as never, 2.5]) {
    assert.throws(() => pool.map(Math.abs, [1], { buffersize }), TypeError);
  }
  for (const buffersize of [0, -1]) assert.throws(() => pool.map(Math.abs, [1], { buffersize }), ValueError);
  assert.throws(() => pool.map(Math.abs, [1], { chunksize: -1 }), ValueError);
});

inBothForms('TPE-010 map with a buffersize', async (form) => {
  using pool = new ThreadPoolExecutor(2);
  for (const buffersize of [1, 2, 4, 8]) {
    assert.deepEqual(await form.all(pool.map((n: number) => n * 2, range(0, 4), { buffersize })), [0, 2, 4, 6]);
  }
});

inBothForms('TPE-012 map over what has no end', async (form) => {
  using pool = new ThreadPoolExecutor(2);
  let read = 0;
  function* counter() {
    for (;;) yield read++;
  }
  const results = pool.map((n: number) => n * 2, counter(), { buffersize: 2 });
  for (let k = 0; k < 3; k++) assert.deepEqual(await form.step(results), { done: false, value: k * 2 });
  assert.ok(read <= 6, `${read} inputs were read`);
  results.return();
});

inBothForms('TPE-014 map over nothing, with a buffersize', async (form) => {
  using pool = new ThreadPoolExecutor(2);
  assert.equal((await form.step(pool.map(Math.abs, [], { buffersize: 2 }))).done, true);
});

inBothForms('TPE-017 shutdown right after map', async (form) => {
  const pool = new ThreadPoolExecutor(2);
  const results = pool.map(() => sleep(10), range(0, 3));
  await form.shutdown(pool);
  assert.equal((await form.all(results)).length, 3);
});

test('TPE-019 a pool needs a thread', () => {
  for (const count of [0, -1]) {
    assert.throws(
      () => new ThreadPoolExecutor(count),
      (error) => {
        assert.ok(error instanceof ValueError);
        assert.match(error.message, /must be greater than 0/);
        return true;
      },
    );
  }
});

inBothForms('TPE-022 map submits all at once', async (form) => {
  const pool = new ThreadPoolExecutor(3);
  const ran = new AtomicInt32();
  pool.map(() => ran.add(1), range(0, 10));
  await form.shutdown(pool);
  assert.equal(ran.value, 10);
});

inBothForms('TPE-023 the default number of threads', async (form) => {
  const most = Math.min(32, availableParallelism() + 4);
  const pool = new ThreadPoolExecutor({ threadNamePrefix: 'default' });
  const release = new Event();
  const inside = new AtomicInt32();
  for (let k = 0; k < most + 3; k++) {
    pool.submit(() => {
      inside.add(1);
      release.wait();
    });
  }
  await until('all threads work', () => inside.value === most);
  assert.equal(threadsOf('default_').length, most);
  release.set();
  await form.shutdown(pool);
});

inBothForms('TPE-025 an idle thread takes the next task', async (form) => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 4, threadNamePrefix: 'reuse' });
  for (let k = 0; k < 3; k++) await form.result(pool.submit(() => k));
  assert.deepEqual(threadsOf('reuse_'), ['reuse_0']);
  await form.shutdown(pool);
});

inBothForms('TPE-028 map without time cancels what it submitted', async (form) => {
  const pool = new ThreadPoolExecutor(1);
  const release = new Event();
  const started = new AtomicInt32();
  const log = (name: string, own: Event) => {
    started.add(1);
    if (name === 'first') own.wait();
  };
  pool.submit(log, 'first', release);
  await until('it runs', () => started.value === 1);
  const results = pool.map((name: string) => log(name, release), ['second', 'third'], { timeout: 0 });
  await assert.rejects(async () => form.step(results), TimeoutError);
  assert.equal((await form.step(results)).done, true);
  release.set();
  await form.shutdown(pool);
  assert.equal(started.value, 1);
});

inBothForms('TPE-029 submit after shutdown', (form) => cases.refusesAfterShutdown(new ThreadPoolExecutor(1), form));

test('TPE-030 the process waits for a task', () => cases.endsWithTheProcess('ThreadPoolExecutor'));

inBothForms('TPE-032 shutdown waits for what was submitted', (form) =>
  cases.shutdownWaits(new ThreadPoolExecutor(), form),
);

inBothForms('TPE-033 shutdown that cancels', (form) => cases.shutdownCancels(new ThreadPoolExecutor(5), form));

inBothForms('TPE-036 shutdown ends the threads', async (form) => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 5, threadNamePrefix: 'ending' });
  const gate = new Semaphore(0);
  for (let k = 0; k < 3; k++) pool.submit(() => gate.acquire());
  const threads = enumerate().filter((thread) => thread.name.startsWith('ending_'));
  assert.equal(threads.length, 3);
  gate.release(3);
  await form.shutdown(pool);
  for (const thread of threads) assert.equal(thread.join(0), true);
});

test('TPE-037 a scoped pool waits and ends its threads', () => {
  {
    using pool = new ThreadPoolExecutor({ maxWorkers: 5, threadNamePrefix: 'scoped' });
    assert.deepEqual(Array.from(pool.map(Math.abs, range(-5, 5))), [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]);
    assert.ok(threadsOf('scoped_').length > 0);
  }
  assert.deepEqual(threadsOf('scoped_'), []);
});

test('TPE-037 async a scoped pool waits and ends its threads', async () => {
  const ran = new AtomicInt32();
  {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 5, threadNamePrefix: 'scope' });
    pool.submit(() => {
      sleep(50);
      ran.add(1);
    });
  }
  assert.equal(ran.value, 1);
  assert.deepEqual(threadsOf('scope_'), []);
});

inBothForms('TPE-040 threads are named', async (form) => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 5, threadNamePrefix: 'SpecialPool' });
  const release = new Event();
  const inside = new AtomicInt32();
  const all = range(0, 5).map(() =>
    pool.submit(() => {
      inside.add(1);
      release.wait();
      return currentThread().name;
    }),
  );
  await until('all are at work', () => inside.value === 5);
  assert.deepEqual(
    threadsOf('SpecialPool'),
    range(0, 5).map((n) => `SpecialPool_${n}`),
  );
  release.set();
  const names = await Promise.all(all.map(async (future) => form.result(future)));
  assert.deepEqual([...new Set(names)].sort(), threadsOf('SpecialPool'));
  await form.shutdown(pool);
  const plain = new ThreadPoolExecutor(1);
  assert.match(await form.result(plain.submit(() => currentThread().name)), /^ThreadPoolExecutor-\d+_0$/);
  await form.shutdown(plain);
});

class Status extends Local {
  value = 'uninitialized';
}

inBothForms('TPE-043 each thread is initialised before its first task', async (form) => {
  const status = new Status();
  for (const isAsync of [false, true]) {
    const set = (value: string) => void (status.value = value);
    const pool = new ThreadPoolExecutor({
      maxWorkers: 2,
      initializer: isAsync
        ? async (value: string) => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            set(value);
          }
        : set,
      initargs: ['initialized'],
    });
    const all = range(0, 6).map(() => pool.submit(() => status.value));
    for (const future of all) assert.equal(await form.result(future), 'initialized');
    await form.shutdown(pool);
  }
});

inBothForms('TPE-044 an initializer that fails breaks the pool', (form) =>
  cases.breaksByItsInitializer('ThreadPoolExecutor', form),
);

test('TPE-044 the error of an initializer is printed', () =>
  cases.printsItsInitializersError('ThreadPoolExecutor', 'BrokenThreadPool'));

inBothForms('TPE-045 map stops at the shortest input', async (form) => {
  using pool = new ThreadPoolExecutor(2);
  assert.deepEqual(await form.all(pool.map((a: number, b: number) => a * b, [1, 2, 3], [10, 20])), [10, 40]);
});

inBothForms('TPE-047 map’s order is that of the inputs', async (form) => {
  using pool = new ThreadPoolExecutor(3);
  const nap = (ms: number) => {
    sleep(ms);
    return ms;
  };
  assert.deepEqual(await form.all(pool.map(nap, [60, 5, 30])), [60, 5, 30]);
});

inBothForms('TPE-049 shutdown again', async (form) => {
  const pool = new ThreadPoolExecutor(1);
  await form.result(pool.submit(() => 1));
  for (let k = 0; k < 3; k++) assert.equal(await promptly(() => form.shutdown(pool)), undefined);
});

inBothForms('TPE-050 shutdown that does not wait', async (form) => {
  const pool = new ThreadPoolExecutor(1);
  const release = new Event();
  const future = pool.submit(() => {
    release.wait();
    return 7;
  });
  await promptly(() => form.shutdown(pool, { wait: false }));
  assert.equal(future.done(), false);
  release.set();
  assert.equal(await form.result(future), 7);
});

inBothForms('TPE-054 what is queued can be cancelled, what runs cannot', async (form) => {
  const pool = new ThreadPoolExecutor(1);
  const release = new Event();
  const ran = new AtomicInt32();
  const running = pool.submit(() => {
    ran.add(1);
    release.wait();
  });
  const queued = pool.submit(() => ran.add(1));
  await until('the first runs', () => running.running());
  assert.deepEqual([running.cancel(), queued.cancel()], [false, true]);
  release.set();
  await form.shutdown(pool);
  assert.deepEqual([ran.value, queued.cancelled(), running.cancelled()], [1, true, false]);
});

test('TPE-055 the process runs all that is queued, in order', async () => {
  for (const end of ['', 'process.exit();', 'setTimeout(() => process.exit(), 10);']) {
    const ended = await runProgram(`
      import { sleep, ThreadPoolExecutor } from 'threadwork';
      const pool = new ThreadPoolExecutor(1);
      const print = (n) => { sleep(10); console.log(n); };
      for (let k = 0; k < 8; k++) pool.submit(print, k);
      ${end}
    `);
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['0\n1\n2\n3\n4\n5\n6\n7\n', '', 0]);
  }
});

inBothForms('TPE-057 futures that shutdown cancelled are done for wait() too', async (form) => {
  const pool = new ThreadPoolExecutor(1);
  const release = new Event();
  const all = [pool.submit(() => void release.wait()), pool.submit(() => undefined), pool.submit(() => undefined)];
  await until('the first runs', () => all[0].running());
  await form.shutdown(pool, { wait: false, cancelFutures: true });
  assert.deepEqual(
    all.map((future) => future.cancelled()),
    [false, true, true],
  );
  assert.equal((await promptly(() => form.wait(all.slice(1)))).done.size, 2);
  release.set();
  await form.shutdown(pool);
  assert.equal(wait(all).done.size, 3);
});

inBothForms('map goes on after an error of a call', async (form) => {
  using pool = new ThreadPoolExecutor(2);
  for (const chunksize of [1, 2, 10]) {
    const results = pool.map(
      (n: number) => {
        if (n % 2 === 1) throw new RangeError(`odd: ${n}`);
        return n;
      },
      range(0, 5),
      { chunksize },
    );
    const seen: unknown[] = [];
    for (let k = 0; k < 5; k++) {
      try {
        seen.push((await form.step(results)).value);
      } catch (error) {
        seen.push((error as Error).message);
      }
    }
    assert.deepEqual(seen, [0, 'odd: 1', 2, 'odd: 3', 4]);
    assert.equal((await form.step(results)).done, true);
  }
});

test('map is ended by its signal', async () => {
  using pool = new ThreadPoolExecutor(1);
  const controller = new AbortController();
  const release = new Event();
  const results = pool.map(() => release.wait(), range(0, 5), { signal: controller.signal });
  const step = results.nextAsync();
  controller.abort(new Error('enough'));
  await assert.rejects(step, /enough/);
  release.set();
});

inBothForms('tasks that wait for tasks of their own pool do not starve', async (form) => {
  const pool = new ThreadPoolExecutor(1);
  const depth = pool.submit(() => 1 + pool.submit(() => 1 + pool.submit(() => 1).result()).result());
  assert.equal(await form.result(depth), 3);
  const asyncDepth = pool.submit(async () => 1 + (await pool.submit(async () => 1 + (await pool.submit(() => 1)))));
  assert.equal(await form.result(asyncDepth), 3);
  const fan = pool.submit(
    () => Array.from(pool.map((n: number) => n * 2, [1, 2, 3])).length + wait([pool.submit(() => 0)]).done.size,
  );
  assert.equal(await form.result(fan), 4);
  await form.shutdown(pool);
});
