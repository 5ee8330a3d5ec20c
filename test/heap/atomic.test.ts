/**
 * Atomic steps by WebAssembly, and without it.
 */
import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import wabt from 'wabt';
import * as atomic from '../../src/heap/atomic.js';
import { CODE } from '../../src/heap/atomic-code.js';
import { allocate, free } from '../../src/heap/allocator.js';
import { i32, memory } from '../../src/heap/memory.js';

const wat = new URL('../../../src/heap/atomic.wat', import.meta.url);

test('the module in the library is the one in atomic.wat', async () => {
  const { parseWat } = await wabt();
  const module = parseWat('atomic.wat', fs.readFileSync(wat, 'utf8'), { threads: true, simd: true });
  assert.equal(CODE, Buffer.from(module.toBinary({}).buffer).toString('base64'), 'npm run wasm writes it anew');
});

test('each step does what Atomics does', () => {
  assert.notEqual(memory, undefined);
  const at = allocate(8);
  const other = new Int32Array(new SharedArrayBuffer(8));
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const { add, sub, and, or, xor, exchange } = atomic;
  const ours = { add, sub, and, or, xor, exchange };
  const names = Object.keys(ours) as (keyof typeof ours)[];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...names), word, word)), (steps) => {
      atomic.store(at, 0);
      i32[at + 1] = 7;
      Atomics.store(other, 0, 0);
      for (const [name, value, expected] of steps) {
        assert.equal(ours[name](at, value), Atomics[name](other, 0, value));
        for (const guess of [expected, i32[at]]) {
          assert.equal(atomic.compareExchange(at, guess, value), Atomics.compareExchange(other, 0, guess, value));
        }
        assert.equal(atomic.load(at), Atomics.load(other, 0));
      }
      assert.equal(i32[at + 1], 7);
    }),
  );
  free(at);
});

describe('threads of a process', () => {
  const program = fileURLToPath(new URL('./fixtures/counting.js', import.meta.url));
  const run = (flags: string[], env: Record<string, string>) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, program], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    assert.match(stderr, /^(?:Warning: disabling flag --expose_wasm .*\n)*$/);
    assert.equal(status, 0);
    return stdout;
  };
  test('compile the steps once: the others are given the module', () => {
    const program = `
      import { AtomicInt32 } from 'threadwork';
      import { Worker } from 'node:worker_threads';
      const code = \`
        let made = 0;
        WebAssembly.Module = new Proxy(WebAssembly.Module, {
          construct(type, args) {
            made++;
            return Reflect.construct(type, args);
          },
        });
        import('threadwork').then(({ AtomicInt32 }) => {
          process.getBuiltinModule('node:worker_threads').parentPort.postMessage([made, new AtomicInt32(41).add(1)]);
        });
      \`;
      console.log(new AtomicInt32(1).value, await new Promise((r) => new Worker(code, { eval: true }).once('message', r)));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    assert.equal(stdout, '1 [ 0, 41 ]\n', stderr);
  });
  test('count together', () => assert.equal(run([], {}), '40000 of 40000\n'));
  const beyond = constants.MAX_LENGTH > 2 ** 32 ? {} : { skip: 'Node 20 has no views beyond 4 GiB' };
  test('in a heap beyond what WebAssembly can address', beyond, () =>
    assert.equal(run([], { THREADWORK_HEAP_BYTES: String(5 * 2 ** 30) }), '40000 of 40000\n'),
  );
  test('without WebAssembly', () => {
    assert.equal(run(['--jitless'], {}), '40000 of 40000\n');
    const test = fileURLToPath(new URL('../shared/atomics.test.js', import.meta.url));
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout, status } = spawnSync(process.execPath, ['--jitless', test], { encoding: 'utf8', env });
    assert.equal(status, 0, stdout);
  });
});
