import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { AtomicInt32, currentThread, enumerate, Event, getNativeId, Thread } from 'threadwork';
import { inBothForms } from '../conformance/thread-forms.js';
import { programFile, runProgram } from '../conformance/thread-programs.js';
import { assertAtOnce, until, untilAlone } from '../conformance/thread-time.js';

const onLinux = { skip: process.platform !== 'linux' };

/** The name that the operating system knows a thread by. */
function osNameOf(nativeId: number | null): string {
  return readFileSync(`/proc/self/task/${nativeId}/comm`, 'utf8').replace(/\n$/, '');
}

test('the operating system knows threads by their names, cut to 15 bytes', onLinux, async () => {
  const goOn = new Event();
  const running = [new Event(), new Event()];
  const names = ['parse', 'a name of more than fifteen bytes'];
  const threads = names.map((name, k) =>
    new Thread({
      name,
      target: () => {
        running[k].set();
        goOn.wait();
      },
    }).start(),
  );
  for (const event of running) await event.waitAsync();
  assert.deepEqual(
    threads.map((thread) => osNameOf(thread.nativeId)),
    ['parse', 'a name of more '],
  );
  threads[0].name = 'renamed';
  await until('the new name', () => osNameOf(threads[0].nativeId) === 'renamed');
  goOn.set();
  for (const thread of threads) thread.join();
});

test('a thread may rename itself', onLinux, async () => {
  const [renamed, goOn] = [new Event(), new Event()];
  const thread = new Thread({
    target: () => {
      currentThread().name = 'mine';
      renamed.set();
      goOn.wait();
    },
  }).start();
  await renamed.waitAsync();
  assert.equal(thread.name, 'mine');
  assert.equal(osNameOf(thread.nativeId), 'mine');
  goOn.set();
  thread.join();
});

inBothForms('a worker that has finished a thread runs the next one', async (form) => {
  const nativeIds = new Set<number>();
  for (let round = 0; round < 30; round++) {
    const nativeId = new AtomicInt32();
    await form.join(new Thread({ target: () => void (nativeId.value = getNativeId() ?? round) }).start());
    nativeIds.add(nativeId.value);
  }
  if (process.platform === 'linux') assert.ok(nativeIds.size <= 5, `${nativeIds.size} workers for 30 threads`);
});

/** Ways to leave something behind. Each counts as long as it goes on. */
const leftovers: Record<string, (count: AtomicInt32) => unknown> = {
  'an interval': (count) => void setInterval(() => count.add(1), 1),
  'an interval that keeps nothing alive': (count) => void setInterval(() => count.add(1), 1).unref(),
  'a timeout that renews itself': (count) => {
    const again = () => {
      count.add(1);
      setTimeout(again, 1);
    };
    setTimeout(again, 1);
  },
  'a chain of immediates': (count) => {
    const again = () => {
      count.add(1);
      setImmediate(again);
    };
    setImmediate(again);
  },
};

for (const [name, target] of Object.entries(leftovers)) {
  inBothForms(`${name} ends with its thread`, async (form) => {
    const count = new AtomicInt32();
    await form.join(new Thread({ target, args: [count] }).start());
    await untilAlone();
    const before = count.value;
    const idle = new AtomicInt32();
    for (let round = 0; round < 5; round++) {
      const next = async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        idle.add(1);
      };
      await form.join(new Thread({ target: next }).start());
    }
    assert.equal(idle.value, 5);
    assert.equal(count.value, before, 'it went on in the next threads');
  });
}

test('a server and a stream that a thread left end with it', async () => {
  const ended = await runProgram(`
    import { AtomicInt32, Thread } from 'threadwork';
    import { createServer, connect } from 'node:net';
    const port = new AtomicInt32();
    const serve = () => new Promise((resolve) => {
      const server = createServer((socket) => socket.write('hello'));
      server.listen(0, '127.0.0.1', () => { port.value = server.address().port; resolve(); });
    });
    const thread = new Thread({ target: serve }).start();
    thread.join();
    const answer = () => new Promise((resolve) => {
      const socket = connect(port.value, '127.0.0.1');
      socket.on('error', (error) => resolve(error.code)).on('close', () => resolve('closed'));
    });
    while (await answer() !== 'ECONNREFUSED');
    console.log(port.value > 0, 'refused');
    const stream = () => { process.stdin.on('data', () => undefined); process.on('SIGINT', () => undefined); };
    new Thread({ target: stream }).start().join();
  `);
  assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['true refused\n', '', 0]);
});

test('listeners that a thread left on process do not reach the next one', async () => {
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    const first = () => {
      process.on('uncaughtException', () => console.log('the first one saw it'));
      process.on('exit', () => console.log('exit of the first'));
    };
    new Thread({ target: first }).start().join();
    const second = () => {
      setTimeout(() => { throw new RangeError('of the second'); }, 1);
      return new Promise(() => undefined);
    };
    for (let k = 0; k < 3; k++) new Thread({ target: second }).start().join();
  `);
  assert.equal(ended.stdout, 'exit of the first\n');
  assert.equal(ended.stderr.match(/RangeError: of the second\n/g)?.length, 3);
});

inBothForms('what a thread wrote on its globals is its own business', async (form) => {
  const target = () => {
    (globalThis as { mine?: number }).mine = 1;
    process.env.THREADWORK_TEST_MARK = 'set by a thread';
  };
  await form.join(new Thread({ target }).start());
  assert.equal((globalThis as { mine?: number }).mine, undefined);
  assert.equal(process.env.THREADWORK_TEST_MARK, 'set by a thread', 'the environment is the process’s, as in Python');
  delete process.env.THREADWORK_TEST_MARK;
});

inBothForms('many threads at once, and after one another', async (form) => {
  const sum = new AtomicInt32();
  const target = (n: number) => void sum.add(n);
  for (let round = 0; round < 5; round++) {
    const threads = Array.from({ length: 12 }, (_, k) => new Thread({ target, args: [k] }).start());
    for (const thread of threads) await form.join(thread);
  }
  assert.equal(sum.value, 5 * 66);
  await untilAlone();
});

test('a thread that is started while all workers are busy does not wait for them', () => {
  const goOn = new Event();
  const busy = Array.from({ length: 6 }, () => new Thread({ target: () => goOn.wait() }).start());
  const start = performance.now();
  assert.equal(new Thread({ target: () => undefined }).start().join(10_000), true);
  assert.ok(performance.now() - start < 5000);
  goOn.set();
  for (const thread of busy) thread.join();
});

test('a raw worker takes part: it has the same heap, starts threads and ends on its own', async () => {
  const worker = new Worker(
    programFile(`
      import { parentPort } from 'node:worker_threads';
      import { AtomicInt32, Lock, Thread, enumerate, mainThread } from 'threadwork';
      const sum = new AtomicInt32();
      const lock = new Lock();
      const add = (n) => { lock.with(() => sum.add(n)); };
      const threads = [1, 2, 3].map((n) => new Thread({ target: add, args: [n] }).start());
      for (const thread of threads) thread.join();
      const daemon = new Thread().daemon;
      parentPort.postMessage([sum.value, mainThread().name, daemon, enumerate().includes(mainThread())]);
    `),
  );
  const [message] = (await once(worker, 'message')) as [unknown[]];
  assert.deepEqual(
    message,
    [6, 'MainThread', true, true],
    'its dummy thread is a daemon, and so are the threads it makes',
  );
  await once(worker, 'exit');
  await untilAlone();
});

test('threads outlive the raw worker that started them', async () => {
  const worker = new Worker(
    programFile(`
      import { Thread, Event, enumerate } from 'threadwork';
      const never = new Event();
      never.name = 'for the test';
      const target = (event) => { event.wait(); };
      new Thread({ name: 'left alone', target, args: [never], daemon: true }).start();
    `),
  );
  await once(worker, 'exit');
  const left = enumerate().find((thread) => thread.name === 'left alone');
  assert.ok(left, 'it still runs');
  assert.equal(left.isAlive(), true);
  assert.equal(left.join(20), false);
});

test('a raw worker that starts the first thread takes nothing along when it ends', async () => {
  for (const end of [
    '',
    'process.exit();',
    'setInterval(() => undefined, 1000); parentPort.postMessage("terminate");',
  ]) {
    const inner = programFile(`
      import { parentPort } from 'node:worker_threads';
      import { Thread } from 'threadwork';
      new Thread({ target: () => console.log('of the worker') }).start().join();
      ${end}
    `);
    const ended = await runProgram(`
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      import { Thread, enumerate } from 'threadwork';
      const worker = new Worker(new URL('file://${inner}'));
      worker.on('message', () => worker.terminate());
      await once(worker, 'exit');
      console.log(enumerate().length, new Thread({ target: () => console.log('of main') }).start().join(10_000));
    `);
    assert.deepEqual([ended.stdout, ended.stderr, ended.code], ['of the worker\nof main\n1 true\n', '', 0], end);
  }
});

test('a process whose only user of the library is a raw worker', async () => {
  const inner = programFile(`
    import { Thread, AtomicInt32, currentThread, mainThread } from 'threadwork';
    const sum = new AtomicInt32();
    new Thread({ target: () => { sum.add(5); } }).start().join();
    console.log('sum', sum.value);
  `);
  const ended = await runProgram(`
    import { Worker } from 'node:worker_threads';
    new Worker(new URL('file://${inner}')).on('exit', (code) => console.log('exit', code));
  `);
  assert.equal(ended.stdout, 'sum 5\nexit 0\n');
  assert.equal(ended.stderr, '');
  assert.equal(ended.code, 0);
});

test('start() and join() of a warm thread take no time to speak of', () => {
  const target = () => undefined;
  new Thread({ target }).start().join();
  const start = performance.now();
  for (let k = 0; k < 50; k++) new Thread({ target }).start().join();
  assertAtOnce(performance.now() - start);
});
