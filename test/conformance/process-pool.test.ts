/** ProcessPoolExecutor: tasks and their results. One pool serves all cases that leave it as it was. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  CaptureError,
  exit,
  type Future,
  Lock,
  NotSendableError,
  ProcessPoolExecutor,
  RuntimeError,
  SystemExit,
  TimeoutError,
  ValueError,
} from 'threadwork';
import { until } from './crew.js';
import { inBothForms } from './future-forms.js';
import * as cases from './pool-cases.js';
import { range } from './pool-cases.js';
import { isOpen, markAndWait, marksAt, newGate, openGate, waitAt } from './process-gates.js';
import { programFile, runProgram, startNode } from './thread-programs.js';

const pool = new ProcessPoolExecutor(2);
after(() => pool.shutdownAsync());

inBothForms('PPE-001 submit', async (form) => {
  assert.equal(await form.result(pool.submit(Math.pow, 2, 8)), 256);
  assert.notEqual(await form.result(pool.submit(() => process.pid)), process.pid);
});

inBothForms('PPE-002 arguments arrive as they are', async (form) => {
  const given = { self: 1, fn: [2, { executor: null }], when: new Date(5), bytes: new Uint8Array(20_000).fill(7) };
  assert.deepEqual(await form.result(pool.submit((options: unknown, more: number) => [options, more], given, 3)), [
    given,
    3,
  ]);
  assert.equal(await form.result(pool.submit(() => 'ä→'.repeat(9000))), 'ä→'.repeat(9000));
  for (const nothing of [undefined, 5, 'f', {}]) assert.throws(() => pool.submit(nothing as never), TypeError);
});

inBothForms('PPE-003 map gives what a plain map gives', async (form) => {
  const ten = range(0, 10);
  const plain = ten.map((n) => n ** n);
  assert.deepEqual(await form.all(pool.map(Math.pow, ten, ten)), plain);
  assert.deepEqual(await form.all(pool.map(Math.pow, ten, ten, { chunksize: 3 })), plain);
});

inBothForms('PPE-006 map with a timeout', async (form) => {
  const gate = newGate();
  await form.result(pool.submit(() => 0));
  const results = pool.map((late: string) => late !== '' && waitAt(late), ['', '', gate], { timeout: 2000 });
  const found: unknown[] = [];
  await assert.rejects(async () => {
    for (;;) found.push((await form.step(results)).value);
  }, TimeoutError);
  assert.deepEqual(found, [false, false]);
  assert.equal((await form.step(results)).done, true);
  openGate(gate);
});

for (const chunksize of [1, 3]) {
  inBothForms(`PPE-007 closing map’s iterator, chunksize ${chunksize}`, async (form) => {
    using one = new ProcessPoolExecutor(1);
    const gate = newGate();
    const results = one.map((n: number) => (n === chunksize ? markAndWait(gate) : n), range(0, 12), { chunksize });
    assert.deepEqual(await form.step(results), { done: false, value: 0 });
    await until('the second task runs', () => marksAt(gate) === 1);
    results.return();
    for (let k = 0; k < 3; k++) assert.equal((await form.step(results)).done, true);
    openGate(gate);
    const all = one.submit(() => 'the only one left');
    assert.equal(await form.result(all), 'the only one left');
    assert.equal(marksAt(gate), 1);
  });
}

test('PPE-008 buffersize must be an integer', () => {
  for (const buffersize of ['foo' as never, 2.5]) {
    assert.throws(() => pool.map(Math.abs, [1], { buffersize }), TypeError);
  }
});

inBothForms('PPE-010 map with a buffersize', async (form) => {
  for (const buffersize of [1, 2, 4, 8]) {
    assert.deepEqual(await form.all(pool.map((n: number) => n * 2, range(0, 4), { buffersize })), [0, 2, 4, 6]);
  }
});

inBothForms('PPE-012 map over what has no end', async (form) => {
  let read = 0;
  function* counter() {
    for (;;) yield read++;
  }
  const results = pool.map((n: number) => n * 2, counter(), { buffersize: 2 });
  for (let k = 0; k < 3; k++) assert.deepEqual(await form.step(results), { done: false, value: k * 2 });
  assert.ok(read <= 6, `${read} inputs were read`);
  results.return();
});

inBothForms('PPE-014 map over nothing, with a buffersize', async (form) => {
  assert.equal((await form.step(pool.map(Math.abs, [], { buffersize: 2 }))).done, true);
});

test('PPE-019 a pool needs a process', () => {
  for (const count of [0, -1]) {
    assert.throws(
      () => new ProcessPoolExecutor(count),
      (error) => {
        assert.ok(error instanceof ValueError);
        assert.match(error.message, /must be greater than 0/);
        return true;
      },
    );
  }
  for (const maxTasksPerChild of ['two', 2.5]) {
    assert.throws(() => new ProcessPoolExecutor({ maxTasksPerChild: maxTasksPerChild as never }), TypeError);
  }
  for (const maxTasksPerChild of [0, -1])
    assert.throws(() => new ProcessPoolExecutor({ maxTasksPerChild }), ValueError);
  assert.throws(() => new ProcessPoolExecutor({ initializer: 5 as never }), TypeError);
});

inBothForms('PPE-025 map in chunks', async (form) => {
  const forty = range(0, 40);
  const plain = forty.map((n) => n ** 2 % 7);
  const call = (a: number, b: number) => (a * b) % 7;
  for (const chunksize of [6, 50, 40]) {
    assert.deepEqual(await form.all(pool.map(call, forty, forty, { chunksize })), plain);
  }
  assert.throws(() => pool.map(call, forty, forty, { chunksize: -1 }), ValueError);
});

inBothForms('PPE-026 an error says where it was thrown', async (form) => {
  function inTheOtherProcess(): never {
    throw new RangeError('123');
  }
  const error = (await form.exception(pool.submit(inTheOtherProcess))) as Error;
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, '123');
  assert.ok(error.cause instanceof Error);
  assert.match(error.cause.message, /in process \d+:[^]*inTheOtherProcess.*process-pool\.test[^]*RangeError: 123/);
  const chained = (await form.exception(
    pool.submit(() => {
      throw new Error('outside', { cause: new TypeError('inside') });
    }),
  )) as Error;
  assert.ok((chained.cause as Error).cause instanceof TypeError);
});

class Distance {
  constructor(readonly meters: number) {}
  twice(): Distance {
    return new Distance(this.meters * 2);
  }
}

inBothForms('PPE-026 classes are the same on both sides', async (form) => {
  class Odd extends Error {
    constructor(readonly number: number) {
      super(`odd: ${number}`);
    }
  }
  const call = (distance: Distance) => {
    if (distance.meters % 2 === 1) throw new Odd(distance.meters);
    return distance.twice();
  };
  const twice = await form.result(pool.submit(call, new Distance(4)));
  assert.ok(twice instanceof Distance);
  assert.equal(twice.twice().meters, 16);
  const error = await form.exception(pool.submit(call, new Distance(3)));
  assert.ok(error instanceof Odd);
  assert.equal(error.number, 3);
  // A function that was made there works here, and is the same when it goes back.
  const made = await form.result(pool.submit((n: number) => (more: number) => n + more, 40));
  assert.equal(made(2), 42);
  assert.equal(await form.result(pool.submit((fn: (n: number) => number) => fn(3), made)), 43);
});

inBothForms('PPE-061 each process is initialised before its first task', async (form) => {
  using own = new ProcessPoolExecutor({
    maxWorkers: 2,
    initializer: async (value: string) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      process.title = value;
      process.env.THREADWORK_INITIALIZED = value;
    },
    initargs: ['initialized'],
  });
  const all = range(0, 4).map(() => own.submit(() => process.env.THREADWORK_INITIALIZED));
  for (const future of all) assert.equal(await form.result(future), 'initialized');
});

inBothForms('PPE-062 an initializer that fails breaks the pool', (form) =>
  cases.breaksByItsInitializer('ProcessPoolExecutor', form),
);

test('PPE-062 the error of an initializer is printed', () =>
  cases.printsItsInitializersError('ProcessPoolExecutor', 'BrokenProcessPool'));

inBothForms('PPE-064 an argument that cannot be sent fails its future', async (form) => {
  const lock = new Lock();
  const unsendable: [Future<unknown>, RegExp][] = [
    [pool.submit((value: unknown) => value, new WeakMap()), /args\[0\] is a WeakMap/],
    [
      pool.submit((value: unknown) => value, { deep: [lock] }),
      /args\[0\]\.deep\[0\] is a shared object \(Lock\).*ThreadPool/,
    ],
    [pool.submit((value: unknown) => value, new SharedArrayBuffer(8)), /args\[0\] is a SharedArrayBuffer/],
    [pool.submit(() => lock.locked()), /fn → lock is a shared object \(Lock\)/],
  ];
  for (const [future, message] of unsendable) {
    const error = (await form.exception(future)) as Error;
    assert.ok(error instanceof NotSendableError || error instanceof CaptureError, String(error));
    assert.match(error.message, message);
  }
  assert.equal(await form.result(pool.submit(Math.abs, -3)), 3);
});

inBothForms('PPE-070 a task that throws', async (form) => {
  const future = pool.submit(() => {
    throw new RuntimeError('as it should');
  });
  await assert.rejects(async () => form.result(future), RuntimeError);
  const late = pool.submit(async () => {
    await new Promise((_, reject) => setTimeout(() => reject(new RuntimeError('late')), 5));
  });
  await assert.rejects(async () => form.result(late), { name: 'RuntimeError', message: 'late' });
  const aside = pool.submit(() => new Promise(() => setTimeout(() => exit(), 5)));
  await assert.rejects(async () => form.result(aside), SystemExit);
});

inBothForms('PPE-072 an exit while the result is read', async (form) => {
  const future = pool.submit(() => ({
    get value(): number {
      return exit();
    },
  }));
  assert.ok((await form.exception(future as Future)) instanceof SystemExit);
  assert.equal(await form.result(pool.submit(Math.abs, -3)), 3);
});

inBothForms('PPE-073 a result that cannot be sent fails its future', async (form) => {
  for (const task of [() => ({ deep: new WeakMap() }) as unknown, () => new Lock() as unknown]) {
    const error = await form.exception(pool.submit(task));
    assert.ok(error instanceof NotSendableError);
    assert.match(error.message, /result.*is a/);
  }
  assert.equal(await form.result(pool.submit(Math.abs, -3)), 3);
});

test('tasks may start threads, and print', async () => {
  const ended = await runProgram(`
    import { ProcessPoolExecutor, Thread } from 'threadwork';
    const pool = new ProcessPoolExecutor(1);
    const square = (n) => {
      let found = 0;
      const threads = [1, 2].map((k) => new Thread({ target: (by) => console.log('by', by), args: [k] }).start());
      for (const thread of threads) thread.join();
      return n * n;
    };
    console.log(pool.submit(square, 5).result());
  `);
  assert.deepEqual([ended.stderr, ended.code], ['', 0]);
  assert.deepEqual(ended.stdout.split('\n').sort(), ['', '25', 'by 1', 'by 2']);
});

test('module loaders and arguments of Node’s hold in the processes', async () => {
  const help = programFile('export enum Color { Red = 4 }\nexport const help = (n: number) => [Color.Red, n];', 'ts');
  const file = programFile(
    `
      import { ProcessPoolExecutor } from 'threadwork';
      import { help } from ${JSON.stringify(help)};
      const pool = new ProcessPoolExecutor(1);
      console.log(pool.submit(help, 3).result(), await pool.submit(() => process.execArgv));
    `,
    'mts',
  );
  const ended = await startNode(['--import', 'tsx', '--max-old-space-size=300', file]).ended;
  assert.deepEqual([ended.stdout, ended.stderr], ["[ 4, 3 ] [ '--max-old-space-size=300' ]\n", '']);
});

test('tasks may have pools of their own, and say what nobody hears', async () => {
  const inner = async (n: number) => {
    process.send?.('nobody hears this');
    await using own = new ProcessPoolExecutor(1);
    return await own.submit((m: number) => m + 1, n);
  };
  assert.equal(await pool.submit(inner, 5), 6);
});

test('what is cancelled is never sent', async () => {
  using one = new ProcessPoolExecutor(1);
  const [gate, other] = [newGate(), newGate()];
  const running = one.submit(markAndWait, gate);
  await until('it runs', () => marksAt(gate) === 1);
  const queued = one.submit(openGate, other);
  assert.deepEqual([running.cancel(), running.cancel({ running: true }), queued.cancel()], [false, false, true]);
  openGate(gate);
  await running;
  await one.submit(() => 0);
  assert.equal(isOpen(other), false);
});
