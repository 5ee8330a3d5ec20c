import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, Event, getIdent, Thread, transfer } from 'threadwork';
import { inBothForms } from '../conformance/thread-forms.js';
import { programFile, runProgram } from '../conformance/thread-programs.js';
import { assertAtOnce } from '../conformance/thread-time.js';

inBothForms('named arguments arrive as one last argument', async (form) => {
  const right = new AtomicInt32();
  const target = (a: number, b: string, named?: { c: boolean; d: number[] }) => {
    right.value = a === 1 && b === 'two' && named?.c === true && named.d.join() === '3,4' ? 1 : -1;
  };
  await form.join(new Thread({ target, args: [1, 'two'], kwargs: { c: true, d: [3, 4] } }).start());
  assert.equal(right.value, 1);

  const count = new AtomicInt32(-1);
  const counting = (...all: unknown[]) => {
    count.value = all.length;
  };
  for (const kwargs of [undefined, null]) {
    await form.join(new Thread<unknown[]>({ target: counting, args: [1], kwargs }).start());
    assert.equal(count.value, 1);
  }
  await form.join(new Thread<unknown[]>({ target: counting, kwargs: { only: 1 } }).start());
  assert.equal(count.value, 1);
});

inBothForms('arguments are the thread’s own copies, and not frozen', async (form) => {
  const right = new AtomicInt32();
  const list = [1, 2];
  const target = (given: number[], bag: { list: number[] }) => {
    given.push(3);
    if (bag.list === given && given.length === 3) right.value = 1;
  };
  await form.join(new Thread({ target, args: [list, { list }] }).start());
  assert.equal(right.value, 1, 'what was one object is one object there');
  assert.deepEqual(list, [1, 2]);
});

inBothForms('a buffer can be handed over instead of copied', async (form) => {
  const sum = new AtomicInt32();
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  const target = (given: ArrayBuffer) => {
    for (const byte of new Uint8Array(given)) sum.add(byte);
  };
  const thread = new Thread({ target, args: [transfer(buffer)] }).start();
  assert.equal(buffer.byteLength, 0);
  await form.join(thread);
  assert.equal(sum.value, 6);
});

inBothForms('arguments are sent at start(), not when the thread is made', async (form) => {
  const seen = new AtomicInt32();
  const options = { n: 1 };
  const thread = new Thread({ target: ({ n }: { n: number }) => void seen.add(n), args: [options] });
  options.n = 5;
  await form.join(thread.start());
  assert.equal(seen.value, 5);
});

inBothForms('an async target’s thread ends when its promise settles, and works meanwhile', async (form) => {
  const [first, second] = [new Event(), new Event()];
  const steps = new AtomicInt32();
  const thread = new Thread({
    target: async () => {
      const ticking = setInterval(() => steps.add(1), 1);
      await first.waitAsync();
      clearInterval(ticking);
      await second.waitAsync();
      await new Promise((resolve) => setTimeout(resolve, 1));
      steps.value = 1000;
    },
  }).start();
  while (steps.value < 3) assert.equal(await form.join(thread, 1), false);
  first.set();
  assert.equal(await form.join(thread, 20), false);
  second.set();
  assert.equal(await form.join(thread), true);
  assert.equal(steps.value, 1000);
});

inBothForms('a target may return any thenable; what it is fulfilled with is dropped', async (form) => {
  const done = new AtomicInt32();
  const target = () => ({
    // oxlint-disable-next-line no-thenable -- the point of this test
    then(resolve: (value: unknown) => void) {
      setTimeout(() => {
        done.value = 1;
        resolve(Symbol('not sendable'));
      }, 10);
    },
  });
  await form.join(new Thread({ target }).start());
  assert.equal(done.value, 1);
});

const modules = {
  esm: () =>
    programFile(
      `export function work(cell, n) { cell.add(n); } export default async (cell) => { await null; cell.add(7); };`,
    ),
  waiting: () =>
    programFile(
      `const { promise, resolve } = Promise.withResolvers?.() ?? {}; await null; export const work = (cell, n) => { cell.add(n); };`,
    ),
  cjs: () => programFile(`exports.work = (cell, n) => { cell.add(n); };`, 'cjs'),
};

inBothForms('a target may be the export of a module', async (form) => {
  for (const make of Object.values(modules)) {
    const cell = new AtomicInt32();
    const file = make();
    const url = new URL(`file://${file}`);
    for (const module of [url, url.href]) {
      await form.join(new Thread({ target: { module, name: 'work' }, args: [cell, 2] }).start());
    }
    assert.equal(cell.value, 4, file);
  }
  const cell = new AtomicInt32();
  const module = new URL(`file://${modules.esm()}`);
  const thread = new Thread({ target: { module, name: 'default' }, args: [cell] });
  assert.match(thread.name, /^Thread-\d+ \(default\)$/);
  await form.join(thread.start());
  assert.equal(cell.value, 7);
});

test('a module target that is not there ends its thread with an error that says so', async () => {
  const module = new URL(`file://${modules.esm()}`).href;
  const ended = await runProgram(`
    import { Thread } from 'threadwork';
    new Thread({ name: 'missing', target: { module: '${module}', name: 'gone' } }).start().join();
    new Thread({ name: 'absent', target: { module: 'file:///nowhere/at-all.mjs', name: 'work' } }).start().join();
  `);
  assert.match(ended.stderr, /Exception in thread missing:\n[^]*TypeError: .* exports no function named gone\n/);
  assert.match(ended.stderr, /Exception in thread absent:\n[^]*at-all\.mjs/);
  assert.equal(ended.code, 0);
});

inBothForms('a target whose module takes long to load does not hold up others', async (form) => {
  const slow = programFile(`await new Promise((resolve) => setTimeout(resolve, 300)); export const value = 5;`);
  const caller = programFile(
    `import { value } from '${`file://${slow}`}'; export const add = (cell) => { cell.add(value); };`,
  );
  const cell = new AtomicInt32();
  const thread = new Thread({ target: { module: `file://${caller}`, name: 'add' }, args: [cell] }).start();
  const start = performance.now();
  await form.join(new Thread({ target: () => undefined }).start());
  assertAtOnce(performance.now() - start);
  await form.join(thread);
  assert.equal(cell.value, 5);
});

test('what is no target is refused when the thread is made', () => {
  for (const target of [5, 'work', {}, [], { module: 'x' }, Symbol.iterator]) {
    assert.throws(() => new Thread({ target: target as never }), TypeError, String(target));
  }
  assert.throws(() => new Thread({ args: 5 as never }), TypeError);
  assert.throws(() => new Thread({ args: new Set([1]) as never }), TypeError);
  assert.throws(() => new Thread({ kwargs: 5 as never }), TypeError);
  assert.throws(() => new Thread((() => undefined) as never), TypeError);
  assert.throws(() => new Thread(null as never), TypeError);
});

inBothForms('bound methods, methods of objects and generators’ creators can be targets', async (form) => {
  const cell = new AtomicInt32();
  const object = {
    step: 3,
    work(this: { step: number }, times: number) {
      cell.add(this.step * times);
    },
    *count() {
      for (let k = 0; k < 3; k++) yield k;
    },
    run() {
      for (const k of this.count()) cell.add(k);
    },
  };
  await form.join(new Thread({ target: object.work.bind(object), args: [2] }).start());
  assert.equal(cell.value, 6);
  await form.join(new Thread({ target: () => object.run() }).start());
  assert.equal(cell.value, 9);
  class Counter {
    readonly cell = cell;
    loop() {
      this.cell.add(getIdent() > 0 ? 10 : 0);
    }
    start() {
      return new Thread({ target: () => this.loop() }).start();
    }
  }
  await form.join(new Counter().start());
  assert.equal(cell.value, 19);
});
