/**
 * What threads and tasks return may look like a promise and be none.
 */
// oxlint-disable unicorn/no-thenable -- that is what is tested
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  AtomicInt32,
  Event,
  ProcessPoolExecutor,
  run,
  SimpleQueue,
  Thread,
  ThreadPoolExecutor,
  Timer,
} from 'threadwork';

type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

const threads = new ThreadPoolExecutor(1);
const processes = new ProcessPoolExecutor(1);
after(() => {
  threads.shutdown();
  processes.shutdown();
});

const results: Record<string, [() => unknown, unknown]> = {
  'a then that cannot be read': [
    () => ({
      get then(): never {
        throw new RangeError('then');
      },
    }),
    RangeError,
  ],
  'a revoked proxy': [
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    TypeError,
  ],
  'a then that throws': [
    () => ({
      then() {
        throw new RangeError('in then');
      },
    }),
    RangeError,
  ],
  'a then that calls back twice': [() => ({ then: ((resolve) => [1, 2].forEach(resolve)) satisfies Then }), 1],
  'a then that fails afterwards': [
    () => ({
      then: ((resolve, reject) => {
        resolve(1);
        reject(new Error('again'));
        throw new Error('and again');
      }) satisfies Then,
    }),
    1,
  ],
  'one of one': [() => ({ then: ((done) => done({ then: ((more) => more(7)) satisfies Then })) satisfies Then }), 7],
  'a function with a then': [() => Object.assign(() => 0, { then: ((resolve) => resolve(3)) satisfies Then }), 3],
  'a then that is no function': [() => ({ then: 5 }), { then: 5 }],
};

for (const [name, [task, expected]] of Object.entries(results)) {
  test(`results: ${name}`, async () => {
    const told = (get: () => unknown): void => {
      if (typeof expected === 'function') assert.throws(get, expected as typeof RangeError);
      else assert.deepEqual(get(), expected);
    };
    for (const pool of [threads, processes]) {
      told(() => pool.submit(task).result(30_000));
      // The worker has survived it.
      assert.equal(pool.submit(() => 5).result(30_000), 5);
      for (const chunksize of [1, 2]) {
        const mapped = pool.map(task, [1, 2], { chunksize, timeout: 30_000 });
        told(() => mapped.next().value);
      }
    }
    const outcome = await run(task).then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    told(outcome);
  });
}

test('a thread ends once, however often its target calls back', async () => {
  const ends = new SimpleQueue<string>();
  class Told extends Thread {
    n = 0;
    override run(): unknown {
      this.n = 1;
      return {
        then(resolve: () => void) {
          resolve();
          resolve();
          throw new Error('nobody hears that');
        },
      };
    }
  }
  for (let k = 0; k < 20; k++) {
    const told = new Told();
    assert.equal(told.start().join(30_000), true);
    assert.equal(told.n, 1);
    new Thread({ target: () => ends.put('next') }).start().join();
  }
  assert.equal(ends.qsize(), 20);
});

test('a Timer has finished when what its function returned has', () => {
  const begun = new Event();
  const go = new Event();
  const count = new AtomicInt32();
  const timer = new Timer(1, () => ({
    then(resolve: () => void) {
      begun.set();
      void go.waitAsync().then(() => {
        count.value = 1;
        resolve();
      });
    },
  })).start();
  begun.wait();
  assert.equal(timer.finished.isSet(), false);
  go.set();
  assert.equal(timer.finished.wait(30_000), true);
  assert.equal(count.value, 1);
  timer.join();
});
