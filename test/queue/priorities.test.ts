/** The order of priorities, against a comparison as Python makes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lock, NotSendableError, type Priority, PriorityQueue, Thread } from 'threadwork';

/** Python's `<` and `>` on what has an order; NaN where it has none. */
function compare(a: Priority, b: Priority): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let k = 0; k < Math.min(a.length, b.length); k++) {
      const order = compare(a[k], b[k]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (typeof a === 'string' && typeof b === 'string') {
    const [left, right] = [a, b].map((text) => Array.from(text, (point) => point.codePointAt(0) as number));
    return compare(left, right);
  }
  if ([a, b].some((value) => typeof value === 'string' || Array.isArray(value))) return Number.NaN;
  const [left, right] = [a, b].map((value) =>
    typeof value === 'boolean' ? Number(value) : (value as number | bigint),
  );
  return left < right ? -1 : left > right ? 1 : 0;
}

function sorted(items: readonly Priority[]): Priority[] {
  const queue = new PriorityQueue<Priority>();
  for (const item of items) queue.put(item);
  return items.map(() => queue.getNowait());
}

const special = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  5e-324,
  -5e-324,
  2 ** -1022,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1.5,
  1e308,
];
const numbers = fc.oneof(
  fc.constantFrom(...special),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.integer({ min: -5, max: 5 }),
  fc.boolean(),
  fc.bigInt(),
  fc.bigInt({ min: 2n ** 53n - 4n, max: 2n ** 53n + 4n }),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  fc.constantFrom(10n ** 308n, 10n ** 309n, -(10n ** 309n), 2n ** 60n, 2n ** 60n + 1n),
);
const strings = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom('', 'a', 'ab', '\uffff', '\u{10000}'),
);

for (const [name, elements] of [
  ['numbers of all kinds', numbers],
  ['strings', strings],
  ['arrays', fc.array(numbers, { maxLength: 4 })],
  ['arrays of arrays', fc.array(fc.array(strings, { maxLength: 3 }), { maxLength: 3 })],
] as const) {
  test(`${name} are ordered as in Python, equal ones by arrival`, () => {
    fc.assert(
      fc.property(fc.array(elements as fc.Arbitrary<Priority>, { maxLength: 30 }), (items) => {
        // Array.prototype.sort is stable too.
        assert.deepEqual(sorted(items), [...items].sort(compare));
      }),
      { numRuns: 300 },
    );
  });
}

test('an item without an order is not put', () => {
  const queue = new PriorityQueue<unknown>();
  const itself: unknown[] = [];
  itself.push(itself);
  for (const item of [undefined, null, {}, Number.NaN, new Date(), new Lock(), new Map(), [{}], [null, 1], itself]) {
    assert.throws(() => queue.put(item), { name: 'TypeError', message: /has no order.*Put \[priority, item\]/s });
  }
  assert.deepEqual([queue.qsize(), queue.unfinishedTasks], [0, 0]);
});

test('kinds that have no order among each other do not meet', () => {
  for (const [inside, stranger] of [
    [1, 'a'],
    ['a', 1n],
    [[1], 1],
    [
      [1, 'a'],
      [1, 2],
    ],
  ] as [Priority, Priority][]) {
    const queue = new PriorityQueue<Priority>();
    queue.put(inside);
    assert.throws(() => queue.put(stranger), { name: 'TypeError', message: /cannot be compared/ });
    assert.deepEqual([queue.qsize(), queue.unfinishedTasks], [1, 1]);
    assert.deepEqual(queue.get(), inside);
    queue.put(stranger);
    assert.deepEqual(queue.get(), stranger);
  }
});

test('kinds that never meet are no error', () => {
  const queue = new PriorityQueue<Priority>();
  for (const item of [
    [1, 'y'],
    [2, 'x'],
    [2, 5],
    [3, 'z'],
  ] as Priority[])
    queue.put(item);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => queue.get()),
    [
      [1, 'y'],
      [2, 5],
      [2, 'x'],
      [3, 'z'],
    ],
  );
});

test('a putter that waits learns that its item has no order', async () => {
  const queue = new PriorityQueue<Priority>(2);
  queue.put(1);
  queue.put(2);
  const refused = assert.rejects(queue.putAsync('a'), TypeError);
  const accepted = queue.putAsync(0);
  assert.equal(queue.get(), 1);
  await refused;
  await accepted;
  assert.deepEqual([queue.get(), queue.get(), queue.unfinishedTasks], [0, 2, 3]);
});

test('arrays are ordered by their leading elements that have an order', () => {
  const queue = new PriorityQueue<unknown[]>();
  const items = [[2, {}], [1, { b: 1 }], [1, { a: 1 }], [1], [1, 5], [0, null, 3], [0, null, 1]];
  for (const item of items) queue.put(item);
  const out = items.map(() => queue.get());
  assert.deepEqual(out, [[0, null, 3], [0, null, 1], [1], [1, { b: 1 }], [1, { a: 1 }], [1, 5], [2, {}]]);
});

test('the priority function goes with the queue, and runs where the item is put', () => {
  const bonus = { big: 100 };
  const queue = new PriorityQueue<{ size: number; of?: string }>(0, {
    priority: (item) => (item.of === undefined ? item.size : -bonus.big - item.size),
  });
  queue.put({ size: 1 });
  new Thread({
    target: () => {
      queue.put({ size: 2, of: 'thread' });
      queue.put({ size: 0 });
    },
  })
    .start()
    .join();
  assert.deepEqual([queue.get().size, queue.get().size, queue.get().size], [2, 0, 1]);
  const wrong = new PriorityQueue<number>(0, { priority: (item) => [item, {}] as never });
  assert.throws(() => wrong.put(1), { name: 'TypeError', message: /the priority of the item .* has no order/ });
  const failing = new PriorityQueue<number>(0, {
    priority: () => {
      throw new URIError('no idea');
    },
  });
  assert.throws(() => failing.put(1), URIError);
  assert.deepEqual([wrong.qsize(), failing.qsize()], [0, 0]);
  assert.throws(() => new PriorityQueue(0, { priority: 3 as never }), TypeError);
  const socket = new WeakMap();
  assert.throws(
    () => new PriorityQueue(0, { priority: (item) => (socket.has({}) ? 1 : (item as number)) }),
    NotSendableError,
  );
});
