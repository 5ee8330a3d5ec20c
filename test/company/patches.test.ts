/**
 * Programs that change what the language gives everybody: the library works as before.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ended, runProgram } from '../conformance/thread-programs.js';

const EXERCISE = new URL('./exercise.js', import.meta.url).href;

/** Where a program can do it: before the library is loaded, afterwards, or in each of its threads. */
const PLACES: Record<string, (patch: string) => string> = {
  'before it is loaded': (patch) =>
    `import { exercise } from '${EXERCISE}'; ${patch}; await exercise(await import('threadwork'));`,
  'after it was loaded': (patch) =>
    `import * as library from 'threadwork'; import { exercise } from '${EXERCISE}'; ${patch}; await exercise(library);`,
  'in threads': (patch) =>
    `import * as library from 'threadwork'; import { exercise } from '${EXERCISE}';
    await exercise(library, () => { if (globalThis.isPatched) return; globalThis.isPatched = true; ${patch} });`,
};

/** Stands in for what it is put before: counts and calls. */
const spied = (owner: string, names: string) => `for (const name of '${names}'.split(' ')) {
  const real = ${owner}[name];
  ${owner}[name] = function (...args) { globalThis.calls = (globalThis.calls ?? 0) + 1; return Reflect.apply(real, this, args); };
}`;
const broken = (owner: string, names: string) =>
  `for (const name of '${names}'.split(' ')) ${owner}[name] = () => { throw new Error(\`${owner}.\${name} is patched\`); };`;
const ATOMICS = 'add and compareExchange exchange load notify or store sub wait waitAsync xor';

/** What programs do, or did, for their own ends: extensions, polyfills, spies, a debugger's stacks. */
const HABITS = `
  Array.prototype.last = function () { return this[this.length - 1]; };
  Object.prototype.extension = function () {};
  Object.prototype.number = 5;
  String.prototype.extension = 1;
  ${spied('Atomics', ATOMICS)}
  ${spied('Array.prototype', 'push pop map slice filter forEach')}
  ${spied('Promise.prototype', 'then catch finally')}
  ${spied('Object', 'keys entries defineProperty getPrototypeOf create assign freeze')}
  ${spied('Function.prototype', 'call')}
  globalThis.Promise = class Promise extends globalThis.Promise {};
  for (const name of ['Map', 'Set', 'WeakMap', 'WeakRef', 'FinalizationRegistry', 'Int32Array'])
    globalThis[name] = class extends globalThis[name] {};
  Error.prepareStackTrace = (error, frames) => frames;
  Error.stackTraceLimit = 0;
  Math.random = () => 0;
  globalThis.console = {};
  delete globalThis.structuredClone;`;

/** Time stands still and nothing is ever called: fake timers. */
const FAKE = `
  Date.now = performance.now = () => 0;
  process.hrtime = () => [0, 0];
  globalThis.setTimeout = globalThis.setInterval = globalThis.setImmediate = () => 1;
  globalThis.clearTimeout = globalThis.clearInterval = () => undefined;
  globalThis.queueMicrotask = process.nextTick = () => undefined;`;

const FROZEN = `
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    // Newer versions warn of who reads the storages, and cannot do that with frozen errors.
    if (['globalThis', 'global', 'process', 'navigator', 'crypto', 'localStorage', 'sessionStorage'].includes(name)) continue;
    const value = globalThis[name];
    if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) continue;
    Object.freeze(value);
    if (typeof value === 'function' && value.prototype) Object.freeze(value.prototype);
  }`;

function isWhole(ended: Ended): void {
  assert.equal(ended.stdout, 'done\n', JSON.stringify(ended));
  assert.equal(ended.code, 0, ended.stderr);
}

for (const [place, program] of Object.entries(PLACES)) {
  test(`extended, spied on and replaced, ${place}`, async () => isWhole(await runProgram(program(HABITS))));
  test(`a clock that stands still, ${place}`, async () => {
    // A thread whose own timers are gone cannot serve what is asynchronous in it; its waits have their time.
    const patch = place === 'in threads' ? FAKE.split('\n').slice(0, 3).join('\n') : FAKE;
    isWhole(await runProgram(program(patch)));
  });
  test(`frozen, ${place}`, async () => isWhole(await runProgram(program(FROZEN))));
}

test('Atomics, timers, stacks and source texts that throw, after the library was loaded and in threads', async () => {
  const patch = `
    ${broken('Atomics', ATOMICS)}
    ${broken('globalThis', 'setTimeout setInterval setImmediate clearTimeout clearInterval')}
    ${broken('Function.prototype', 'toString')}
    Error.prepareStackTrace = () => { throw new Error('patched'); };`;
  isWhole(await runProgram(PLACES['after it was loaded'](patch)));
  isWhole(await runProgram(PLACES['in threads'](patch)));
});

test('what an error in the middle of a call leaves behind is usable', async () => {
  const ended = await runProgram(`
    import { Lock, Queue, Thread, shared } from 'threadwork';
    const queue = new Queue(); const list = shared([]); const lock = new Lock();
    const { push } = Array.prototype; const { get } = Map.prototype; const iterator = Array.prototype[Symbol.iterator];
    const fail = () => { throw new Error('patched'); };
    const use = () => { queue.put({ list: [1, { a: new Map([[1, 2]]) }] }); list.push({ n: [1] }); list.sort(() => 0); lock.with(() => 1); };
    let failed = 0;
    for (let k = 0; k < 100; k++) {
      if (k % 4 === 1) Array.prototype.push = fail;
      if (k % 4 === 2) Map.prototype.get = fail;
      if (k % 4 === 3) Array.prototype[Symbol.iterator] = fail;
      try { use(); queue.get(); } catch { failed++; }
      Array.prototype.push = push; Map.prototype.get = get; Array.prototype[Symbol.iterator] = iterator;
      while (!queue.empty()) queue.get();
      if (lock.locked()) throw new Error('the lock is held');
      new Thread({ target: () => { queue.put(list.length); lock.with(() => 1); } }).start().join();
      if (queue.get() !== list.length) throw new Error('the list has changed');
    }
    console.log('done', failed > 0);
  `);
  assert.equal(ended.stdout, 'done true\n', JSON.stringify(ended));
});
