import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../conformance/thread-programs.js';

/** Starts a thread with this target, joins it in both forms, and goes on. */
function failing(target: string, options = ''): string {
  return `
    import { AtomicInt32, Event, Thread, sleep, sleepAsync } from 'threadwork';
    const thread = new Thread({ name: 'failing', target: ${target}, ${options} }).start();
    const other = new Thread({ target: () => { console.log('joined by another:', thread.join()); } }).start();
    console.log('joined:', thread.join(), thread.isAlive());
    console.log('joined async:', await thread.joinAsync());
    other.join();
    new Thread({ target: () => console.log('the next one runs') }).start().join();
  `;
}
const goesOn = ['joined by another: true', 'joined async: true', 'joined: true false', 'the next one runs'];

async function assertFails(program: string, stderr: RegExp): Promise<void> {
  const ended = await runProgram(program);
  assert.deepEqual(ended.stdout.trimEnd().split('\n').sort(), goesOn.toSorted(), `${ended.stdout}\n${ended.stderr}`);
  assert.match(ended.stderr, stderr);
  assert.equal(ended.stderr.match(/Exception in thread failing/g)?.length, 1, ended.stderr);
  assert.equal(ended.code, 0);
}

const RANGE_ERROR = /^Exception in thread failing:\n( {4}at .*\n)*RangeError: it failed\n$/;

test('an error in a callback of the event loop ends the thread as any other', async () => {
  await assertFails(
    failing(
      '() => { setTimeout(() => { throw new RangeError("it failed"); }, 5); return new Promise(() => undefined); }',
    ),
    RANGE_ERROR,
  );
  await assertFails(failing('() => { setImmediate(() => { throw new RangeError("it failed"); }); }'), RANGE_ERROR);
});

test('a rejected async target ends the thread with its error', async () => {
  await assertFails(failing('async () => { throw new RangeError("it failed"); }'), RANGE_ERROR);
  await assertFails(failing('async () => { await sleepAsync(5); throw new RangeError("it failed"); }'), RANGE_ERROR);
  await assertFails(failing('() => Promise.reject(new RangeError("it failed"))'), RANGE_ERROR);
});

test('an unhandled rejection in a thread is an error of the thread', async () => {
  await assertFails(failing('() => { void Promise.reject(new RangeError("it failed")); }'), RANGE_ERROR);
  await assertFails(
    failing(
      'async () => { void Promise.reject(new RangeError("it failed")); await new Promise(() => setTimeout(() => undefined, 60_000)); }',
    ),
    RANGE_ERROR,
  );
});

test('a promise that can never settle is an error of the thread', async () => {
  const told =
    /^Exception in thread failing:\nRuntimeError: the promise that the target returned can never settle: .*\n$/;
  await assertFails(failing('() => new Promise(() => undefined)'), told);
  await assertFails(failing('async () => { await sleepAsync(5); await new Promise(() => undefined); }'), told);
  await assertFails(failing('async () => { setTimeout(() => undefined, 1e6).unref(); await { then() {} }; }'), told);
  const own = 'local(() => ({ x: { [Symbol.asyncDispose]: () => new Promise(() => undefined) } }))';
  await assertFails(
    `import { local } from 'threadwork'; Symbol.asyncDispose ??= Symbol.for('Symbol.asyncDispose'); const own = ${own};` +
      failing("() => { Symbol.asyncDispose ??= Symbol.for('Symbol.asyncDispose'); void own.x; }"),
    /^Exception in thread failing:\nRuntimeError: the promise that asyncDispose\(\) of a local returned can never settle: .*\n$/,
  );
});

test('what is no error can be thrown, too', async () => {
  await assertFails(failing('() => { throw "a text"; }'), /^Exception in thread failing:\nUncaught 'a text'\n$/);
  await assertFails(failing('() => { throw undefined; }'), /^Exception in thread failing:\nUncaught undefined\n$/);
  await assertFails(
    failing('async () => { throw { code: 5 }; }'),
    /^Exception in thread failing:\nUncaught \{ code: 5 \}\n$/,
  );
});

test('the cause of an error is shown before it', async () => {
  await assertFails(
    failing('() => { throw new RangeError("it failed", { cause: new TypeError("why") }); }'),
    /^Exception in thread failing:\n( {4}at .*\n)*TypeError: why\n\nThe above .*\n\n( {4}at .*\n)*RangeError: it failed\n$/,
  );
});

test('the errors that an AggregateError gathers are shown, and none twice', async () => {
  await assertFails(
    failing('() => { throw new AggregateError([new TypeError("one"), new RangeError("two")], "both"); }'),
    /\n {4}at .*\nTypeError: one\n\n {4}at .*\nRangeError: two\n\nThe above 2 errors are .*\n\n {4}at .*\nAggregateError: both\n$/,
  );
  const ended = await runProgram(
    failing('() => { const error = new Error("round"); error.cause = error; throw error; }'),
  );
  assert.equal(ended.stderr.match(/Error: round/g)?.length, 1);
});

test('a thread that runs out of memory dies alone; who joins it goes on at once', async () => {
  const grow = `() => { const all = []; for (;;) all.push({ n: all.length }); }`;
  const before = performance.now();
  await assertFails(
    failing(grow, 'resourceLimits: { maxOldGenerationSizeMb: 20, maxYoungGenerationSizeMb: 4 }'),
    /^Exception in thread failing:\n.*(memory limit|out of memory)[^]*maxOldGenerationSizeMb/,
  );
  assert.ok(performance.now() - before < 30_000);
});

test('the limits of a thread are not those of the threads after it', async () => {
  const ended = await runProgram(`
    import { resourceLimits } from 'node:worker_threads';
    import { Thread } from 'threadwork';
    const limit = () => console.log(resourceLimits.maxOldGenerationSizeMb === 77);
    new Thread({ target: limit, resourceLimits: { maxOldGenerationSizeMb: 77 } }).start().join();
    for (let k = 0; k < 3; k++) new Thread({ target: limit }).start().join();
  `);
  assert.deepEqual([ended.stdout, ended.stderr], ['true\nfalse\nfalse\nfalse\n', '']);
});

test('a stack overflow is an error like any other', async () => {
  await assertFails(
    failing('function endless() { return endless() + 1; }'),
    /^Exception in thread failing:\n( {4}at .*\n)*RangeError: Maximum call stack size exceeded\n$/,
  );
});

test('an error in a thread does not reach main or other threads', async () => {
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    process.on('uncaughtException', () => console.log('main was told'));
    process.on('unhandledRejection', () => console.log('main was told'));
    const threads = Array.from({ length: 20 }, (_, k) =>
      new Thread({ target: k % 2 ? () => { throw new Error('one'); } : async () => { throw new Error('one'); } }).start());
    for (const thread of threads) thread.join();
    await Promise.all(threads.map((thread) => thread.joinAsync()));
  `);
  assert.equal(ended.stdout, '');
  assert.equal(ended.stderr.match(/Exception in thread Thread-\d+:\n/g)?.length, 20, ended.stderr);
  assert.equal(ended.code, 0);
});

test('a hook that fails is reported, instead of the error it was told of', async () => {
  const ended = await runProgram(`
    import { Thread, setExcepthook } from 'threadwork';
    setExcepthook(() => { throw new TypeError('the hook failed'); });
    console.log(new Thread({ name: 'failing', target: () => { throw new RangeError('it failed'); } }).start().join());
  `);
  assert.equal(ended.stdout, 'true\n');
  assert.match(ended.stderr, /^Exception in threading.excepthook:\n( {4}at .*\n)*TypeError: the hook failed\n$/);
  assert.equal(ended.code, 0);
});

test('without a hook no thread can be made; those that exist report as by default', async () => {
  const ended = await runProgram(`
    import { Thread, defaultExcepthook, setExcepthook } from 'threadwork';
    const thread = new Thread({ name: 'failing', target: () => { throw new RangeError('it failed'); } });
    setExcepthook(null);
    try { new Thread(); } catch (error) { console.log(error.name); }
    thread.start().join();
    setExcepthook(defaultExcepthook);
    console.log(new Thread().start().join());
  `);
  assert.equal(ended.stdout, 'RuntimeError\ntrue\n');
  assert.match(ended.stderr, RANGE_ERROR);
});

test('without a hook a thread has the one that was in force when it was made', async () => {
  const ended = await runProgram(`
    import { AtomicInt32, Thread, ThreadPoolExecutor, defaultExcepthook, setExcepthook } from 'threadwork';
    const [first, second] = [new AtomicInt32(), new AtomicInt32()];
    const fail = () => { throw new RangeError('it failed'); };
    setExcepthook(() => { first.add(1); });
    const old = new Thread({ target: fail });
    setExcepthook(() => { second.add(1); });
    const young = new Thread({ target: () => { setExcepthook(null); fail(); } });
    // More than are kept for those who look just now.
    for (let k = 0; k < 100; k++) setExcepthook(() => { throw new Error(k); });
    young.start().join();
    old.start().join();
    console.log(first.value, second.value);
    setExcepthook(defaultExcepthook);
  `);
  assert.equal(ended.stdout, '1 1\n', ended.stderr);
  assert.equal(ended.stderr, '');
  assert.equal(ended.code, 0);
});

test('the hook in force when a thread fails is called, wherever it was set', async () => {
  const ended = await runProgram(`
    import { AtomicInt32, Event, Thread, setExcepthook } from 'threadwork';
    const [first, second] = [new AtomicInt32(), new AtomicInt32()];
    const goOn = new Event();
    setExcepthook(() => { first.add(1); });
    const thread = new Thread({ target: () => { goOn.wait(); throw new Error(); } }).start();
    new Thread({ target: () => { setExcepthook(() => { second.add(1); }); } }).start().join();
    goOn.set();
    thread.join();
    console.log(first.value, second.value);
  `);
  assert.equal(ended.stdout, '0 1\n');
  assert.equal(ended.stderr, '');
});

test('a function that cannot travel is refused at start(), and the thread can be started later', async () => {
  const ended = await runProgram(`
    import { Thread, activeCount } from 'threadwork';
    import { createServer } from 'node:net';
    const server = createServer();
    let total = 0;
    const targets = [() => server.address(), () => { total += 1; }];
    for (const target of targets) {
      const thread = new Thread({ target });
      try { thread.start(); } catch (error) { console.log(error.name, thread.isAlive(), String(thread).includes('initial')); }
    }
    const thread = new Thread({ target: (given) => console.log('ran', given), args: [new WeakMap()] });
    try { thread.start(); } catch (error) { console.log(error.name, /args\\[0\\]/.test(error.message), activeCount()); }
  `);
  assert.equal(ended.stdout, 'CaptureError false true\nCaptureError false true\nNotSendableError true 1\n');
  assert.equal(ended.code, 0);
});
