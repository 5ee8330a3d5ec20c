/**
 * A stack that runs out in the middle of an operation: the operation has happened or not, and nothing is left locked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Condition, Event, Lock, Queue, shared, Thread, ThreadPoolExecutor } from 'threadwork';

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

test.after(() => pool.shutdown());
