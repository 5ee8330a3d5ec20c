import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ended, programFile, startNode } from '../conformance/thread-programs.js';

/** Runs a CommonJS program; `say(name, fn)` prints what `fn` returns or throws in a thread. */
function runScript(before: string, cases: string): Promise<Ended> {
  const source = `
    const { EventEmitter } = require('node:events');
    const fs = require('node:fs');
    const os = require('node:os');
    const { promisify } = require('node:util');
    ${before}
    const { run } = require('threadwork');
    async function say(name, fn) {
      try {
        console.log(name, JSON.stringify(await run(fn)));
      } catch (error) {
        console.log(name, error.name, error.message);
      }
    }
    (async () => { ${cases} })();
  `;
  return startNode(['--no-warnings', programFile(source, 'cjs')]).ended;
}

test('what a program hung on globals and builtin modules travels as any value', async () => {
  const ended = await runScript(
    `
    process.settings = { level: 3 };
    process.bus = new EventEmitter();
    process.helper = function helper() { return 'helped'; };
    Math.clamp = (x, low, high) => Math.min(high, Math.max(low, x));
    Object.defineProperty(Math, 'hidden', { value: { a: 1 } });
    Array.prototype.last = function () { return this.at(-1); };
    fs.atMost = Math.clamp.bind(null, 100);
    fs.Tool = class { static make() { return 'made'; } use() { return 'used'; } };
    fs.readAsync = promisify(fs.readFile);
    `,
    `
    os.later = () => 'later';
    const { settings, bus, helper, argv } = process;
    const { clamp, hidden } = Math;
    const { last } = Array.prototype;
    const { atMost, Tool, readAsync } = fs;
    const { later } = os;
    await say('settings', () => settings);
    await say('functions', () => [helper(), clamp(9, 1, 3), atMost(5, 7), last.call([1, 2]), later()]);
    await say('hidden', () => hidden);
    await say('class', () => [Tool.make(), new Tool().use()]);
    await say('argv', () => argv.length);
    await say('bus', () => bus);
    await say('made by Node', () => readAsync);
    `,
  );
  assert.equal(ended.stderr, '');
  assert.deepEqual(ended.stdout.trimEnd().split('\n'), [
    'settings {"level":3}',
    'functions ["helped",3,7,2,"later"]',
    'hidden {"a":1}',
    'class ["made","used"]',
    'argv 2',
    'bus CaptureError fn → bus is an EventEmitter, which cannot be sent to another thread. Its listeners belong to this thread. ' +
      'Send the data that it holds, use a Queue or an Event, or make one per thread with local(() => …), or in the function that uses it.',
    'made by Node TypeError node:fs has no readAsync in this thread',
  ]);
});

test("what is the engine's or Node's is the other thread's own", async () => {
  const ended = await runScript(
    '',
    `
    const { floor } = Math;
    const { from } = Array;
    const { log } = console;
    const { env, cwd } = process;
    const { readFileSync, constants } = fs;
    const { gzipSync } = require('node:zlib');
    const { types } = require('node:util');
    const { resolve4 } = require('node:dns');
    const { performance } = require('node:perf_hooks');
    const later = setTimeout;
    const same = () => {
      const own = [
        Math.floor, Array.from, console.log, process.env, process.cwd, require('node:fs').readFileSync,
        require('node:fs').constants, require('node:zlib').gzipSync, require('node:util').types,
        require('node:dns').resolve4, globalThis.performance, globalThis.setTimeout,
      ];
      const got = [floor, from, log, env, cwd, readFileSync, constants, gzipSync, types, resolve4, performance, later];
      return got.map((value, k) => value === own[k]);
    };
    await say('same', same);
    `,
  );
  assert.equal(ended.stderr, '');
  assert.equal(ended.stdout, `same ${JSON.stringify(Array.from({ length: 12 }, () => true))}\n`);
});

test('of a CommonJS module, functions have what it exports', async () => {
  const ended = await runScript(
    'module.exports.rate = 5; exports.name = "it";',
    `
    await say('exports', () => [module.exports.rate, exports.name, typeof module.filename]);
    await say('whole', () => typeof module);
    `,
  );
  assert.equal(ended.stderr, '');
  assert.deepEqual(ended.stdout.trimEnd().split('\n'), [
    'exports [5,"it","string"]',
    'whole CaptureError fn: an anonymous function uses module, the CommonJS module that this thread has loaded; ' +
      'use members of module.exports, or require() the file in the function',
  ]);
});
