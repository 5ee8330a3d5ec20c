import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, Event, Thread } from 'threadwork';
import { inBothForms } from '../conformance/thread-forms.js';
import { runProgram } from '../conformance/thread-programs.js';

test('leaving a scope joins the thread that was made for it', async () => {
  const done = new AtomicInt32();
  const work = () => {
    for (let k = 0; k < 1e6; k++);
    done.add(1);
  };
  {
    using _thread = new Thread({ target: work }).start();
  }
  assert.equal(done.value, 1);
  assert.throws(() => {
    using _thread = new Thread({ target: work }).start();
    throw new RangeError('left early');
  }, RangeError);
  assert.equal(done.value, 2);
  {
    await using _thread = new Thread({ target: async () => work() }).start();
  }
  assert.equal(done.value, 3);
  {
    using _thread = new Thread({ target: work });
    await using _other = new Thread({ target: work });
  }
  assert.equal(done.value, 3, 'what was not started is not waited for');
});

/** A program whose thread writes to what it captured; `use` is the write. */
function writing(declaration: string, use: string, end = ''): string {
  return `
    import { Thread } from 'threadwork';
    ${declaration}
    const write = () => { ${use} };
    new Thread({ target: write, name: 'writing' }).start().join();
    console.log(${end});
  `;
}

test('what a thread captured is a frozen copy; writing to it is an error that says what to do', async () => {
  for (const [declaration, use, end, shown] of [
    ['const results = [];', 'results.push(1);', 'results', '[]'],
    ['const results = { list: [] };', 'results.list.push(1);', 'results.list', '[]'],
    ['const results = { n: 1 };', 'results.n++;', 'results.n', '1'],
    ['const results = { n: 1 };', 'delete results.n;', 'results.n', '1'],
    ['const results = {};', 'results.added = 1;', 'results', '{}'],
    ['const results = new Map([[1, 2]]);', 'results.set(2, 3);', 'results.size', '1'],
    ['const results = new Set([1]);', 'results.add(3);', 'results.size', '1'],
  ]) {
    const ended = await runProgram(writing(declaration, use, end));
    assert.equal(ended.stdout, `${shown}\n`, use);
    assert.match(ended.stderr, /^Exception in thread writing:\n/);
    assert.match(ended.stderr, /TypeError: .*`results` is a frozen copy.*shared\(/, `${use}: ${ended.stderr}`);
    assert.match(ended.stderr, / at write \(.*program\d+\.mjs:4:\d+\)/);
  }
});

test('a TypeError that has nothing to do with frozen copies gets no such hint', async () => {
  const ended = await runProgram(writing('const nothing = null;', 'nothing.at(0);', '1'));
  assert.match(ended.stderr, /TypeError: Cannot read properties of null/);
  assert.doesNotMatch(ended.stderr, /frozen copy/);
  const own = await runProgram(writing('', 'const own = Object.freeze([]); own.push(1);', '1'));
  assert.match(own.stderr, /TypeError: Cannot add property 0/);
  assert.doesNotMatch(own.stderr, /frozen copy/, 'the thread froze it itself');
});

test('a captured variable that the function assigns is refused at start()', async () => {
  const ended = await runProgram(`
    import { Thread, activeCount } from 'threadwork';
    let counter = 0;
    const count = () => { counter += 1; };
    const thread = new Thread({ target: count });
    try {
      thread.start();
    } catch (error) {
      console.log(error.name, /counter/.test(error.message), /program\\d+\\.mjs:\\d+/.test(error.message), /AtomicInt32/.test(error.message));
    }
    console.log(thread.isAlive(), activeCount());
  `);
  assert.equal(ended.stdout, 'CaptureError true true true\nfalse 1\n');
});

inBothForms('a thread’s stack can be larger than others’', async (form) => {
  const depths = [new AtomicInt32(), new AtomicInt32()];
  const dive = (depth: AtomicInt32) => {
    const deeper = (n: number): number => {
      depth.value = n;
      return n > 0 ? deeper(n + 1) + 1 : 0;
    };
    try {
      deeper(1);
    } catch (error) {
      if (!(error instanceof RangeError)) depth.value = -1;
    }
  };
  await form.join(new Thread({ target: dive, args: [depths[0]], resourceLimits: { stackSizeMb: 1 } }).start());
  await form.join(new Thread({ target: dive, args: [depths[1]], resourceLimits: { stackSizeMb: 16 } }).start());
  assert.ok(depths[0].value > 0 && depths[1].value > 2 * depths[0].value, `${depths[0].value} and ${depths[1].value}`);
});

inBothForms('a thread with limits of its own is as any other otherwise', async (form) => {
  const goOn = new Event();
  const sum = new AtomicInt32();
  const target = async (n: number) => {
    await form.wait(goOn);
    sum.add(n);
  };
  const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 };
  const threads = [1, 2, 3].map((n) => new Thread({ target, args: [n], resourceLimits, name: `limited ${n}` }).start());
  assert.deepEqual(
    threads.map((thread) => [thread.isAlive(), thread.name]),
    [1, 2, 3].map((n) => [true, `limited ${n}`]),
  );
  goOn.set();
  for (const thread of threads) await form.join(thread);
  assert.equal(sum.value, 6);
});

test('memory that a thread used is free when it has ended', { timeout: 120_000 }, () => {
  const filled = new AtomicInt32();
  const fill = () => {
    const held = Array.from({ length: 200 }, () => new Uint8Array(1 << 20).fill(1));
    filled.add(held.length);
  };
  const before = process.memoryUsage().rss;
  for (let k = 0; k < 8; k++) new Thread({ target: fill, resourceLimits: { stackSizeMb: 4 } }).start().join();
  assert.equal(filled.value, 1600);
  assert.ok(process.memoryUsage().rss - before < 1200 << 20, 'the buffers of eight threads are not all kept');
});
