import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessPoolExecutor, run, ThreadPoolExecutor } from 'threadwork';

const exported = (name: string) => ({ module: new URL('./fixtures/exports.js', import.meta.url), name });

for (const Executor of [ThreadPoolExecutor, ProcessPoolExecutor]) {
  test(`${Executor.name}: exports of modules are taken wherever functions are`, () => {
    using pool = new Executor({ maxWorkers: 1, initializer: exported('begin'), initargs: [10] });
    assert.equal(pool.submit(exported('add'), 1, 2).result(), 13);
    assert.deepEqual(Array.from(pool.map(exported('add'), [1, 2, 3], [4, 5])), [15, 17]);
    assert.deepEqual(Array.from(pool.map(exported('add'), [1, 2, 3], [4, 5, 6], { chunksize: 2 })), [15, 17, 19]);
    assert.deepEqual(Array.from(pool.map(exported('add'), [1, 2, 3], { chunksize: 2 })), [11, 12, 13]);
  });

  test(`${Executor.name}: an export that does not exist is the task's error`, () => {
    using pool = new Executor({ maxWorkers: 1 });
    const results = pool.map(exported('missing'), [1]);
    assert.throws(() => results.next(), { name: 'TypeError', message: /exports no function named missing$/ });
    assert.throws(() => pool.map({ module: 'file:///work.js' } as never, [1]), {
      name: 'TypeError',
      message: /^map\(\) takes a function or \{ module, name \}, not \{ module: /,
    });
    assert.throws(() => new Executor({ initializer: { name: 'begin' } as never }), {
      name: 'TypeError',
      message: 'initializer must be a callable, or { module, name }',
    });
  });
}

test('run() and submitWithPriority() take exports of modules', () => {
  assert.equal(run(exported('add'), 1, 2).result(), 3);
  using pool = new ThreadPoolExecutor(1);
  assert.equal(pool.submitWithPriority(-1, exported('add'), 1, 2).result(), 3);
});
