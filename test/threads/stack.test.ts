/**
 * A stack that runs out in the middle of an operation: the operation has happened or not, and nothing is left locked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Condition,
  Event,
  Future,
  Lock,
  Queue,
  Semaphore,
  shared,
  SharedList,
  SharedMap,
  Thread,
  ThreadPoolExecutor,
} from 'threadwork';

const ROUNDS = 20;
const map = shared(new Map<unknown, unknown>());
const list = shared<unknown[]>([]);
const record = shared<{ text: unknown }>({ text: 0 });
const queue = new Queue<unknown>();
const condition = new Condition();
const pool = new ThreadPoolExecutor(1);

const operations: Record<string, (k: number) => unknown> = {
  'SharedMap.set(number)': (k) => map.set(k % 50, k),
  'SharedMap.set(text)': (k) => map.set(`key ${k % 50}`, { value: [k] }),
  'SharedMap.delete': (k) => map.delete(k % 50),
  'SharedList.push, pop': (k) => [list.push({ k }), list.pop()],
  'SharedObject, a property': (k) => (record.text = `${'x'.repeat(k % 99)}`),
  'Queue.put': (k) => (queue.qsize() < 100 ? queue.put({ k }) : queue.get()),
  'new Lock': () => new Lock().acquire(),
  'Event.set': () => new Event().set(),
  'Condition.notify': () => condition.locked() || condition.with(() => condition.notifyAll()),
  'ThreadPoolExecutor.submit': (k) => (k % 100 === 0 ? pool.submit(() => 1).result() : 0),
};

/** Calls the operation ever deeper until the stack is full, with frames of several sizes below it. */
function exhaust(operation: (k: number) => unknown, round: number): void {
  let k = round;
  const descend = (): number => {
    operation(k++);
    return descend() + 1;
  };
  const below = (frames: number): number => (frames > 0 ? below(frames - 1) : descend());
  assert.throws(
    () => below(round),
    (error) => error instanceof RangeError && error.message.includes('call stack'),
  );
}

for (const [name, operation] of Object.entries(operations)) {
  test(name, () => {
    for (let round = 0; round < ROUNDS; round++) {
      exhaust(operation, round);
      operation(round);
    }
    const other = new Thread({ target: (call: (k: number) => unknown) => void call(1), args: [operation] });
    other.start();
    assert.equal(other.join(10_000), true, 'another thread waits for ever');
    assert.equal(map.size, [...map.keys()].length);
    assert.equal(list.length, [...list].length);
  });
}

/** What a thread does for the first time when its stack is nearly full: its functions are compiled then, which takes stack as well. */
const first: Record<string, () => () => unknown> = {
  'SharedList.append': () => {
    const list = new SharedList<number>();
    return () => list.append(1);
  },
  'SharedMap.set': () => {
    const map = new SharedMap<string, number>();
    return () => map.set('a', 1);
  },
  'SharedMap.delete': () => {
    const map = new SharedMap([['a', 1]]);
    return () => map.delete('a');
  },
  'Queue.put': () => {
    const queue = new Queue<number>();
    return () => queue.put(1);
  },
  'Queue.get': () => {
    const queue = new Queue<number>();
    for (let k = 0; k < 1000; k++) queue.put(k);
    return () => queue.get();
  },
  'Event.set': () => {
    const event = new Event();
    return () => event.set();
  },
  'Semaphore.release': () => {
    const semaphore = new Semaphore(0);
    return () => semaphore.release();
  },
  'Future.setResult, with a callback': () => {
    const future = new Future<number>();
    future.addDoneCallback(() => undefined);
    return () => future.setResult(1);
  },
};

for (const [name, make] of Object.entries(first)) {
  test(`${name}, for the first time`, () => {
    for (let padding = 0; padding < 3; padding++) {
      const thread = new Thread({
        target: () => {
          const operation = make();
          let done = false;
          const deep = (...frame: number[]): void => {
            try {
              deep(...frame);
            } catch {
              // The deepest.
            }
            if (done) return;
            try {
              operation();
              done = true;
            } catch (error) {
              if (!(error instanceof RangeError)) throw error;
            }
          };
          deep(...Array.from({ length: padding }, () => 0));
        },
        // A worker of its own, which has compiled nothing yet.
        resourceLimits: { maxOldGenerationSizeMb: 64 + padding },
      }).start();
      assert.equal(thread.join(20_000), true, `it hangs, with ${padding} words more a frame`);
    }
  });
}

test('a wait that ends by the clock, or a with(), where the stack is nearly full leaves nobody in line, and nothing locked', () => {
  const lock = new Lock();
  const stop = new Event();
  const others = [0, 1].map(() =>
    new Thread({
      target: () => {
        while (!stop.isSet()) {
          lock.acquire();
          for (let k = 0; k < 1000; k++);
          lock.release();
        }
      },
    }).start(),
  );
  const taken = new Lock();
  taken.acquire();
  for (let round = 0; round < 20; round++) {
    let left = 40;
    const deep = (): void => {
      try {
        deep();
      } catch {
        // The deepest.
      }
      for (const call of [() => lock.with(() => 1), () => taken.acquire(0.1)]) {
        if (left-- < 0) return;
        try {
          call();
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }
    };
    deep();
    assert.match(String(taken), /waiters=0/);
  }
  stop.set();
  for (const thread of others) assert.equal(thread.join(20_000), true);
  assert.equal(lock.locked(), false);
  taken.release();
  assert.equal(taken.acquire(1000), true);
});

test.after(() => pool.shutdown());
