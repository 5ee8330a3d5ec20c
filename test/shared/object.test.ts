import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import {
  AtomicInt32,
  Lock,
  NotSendableError,
  shared,
  SharedList,
  SharedMap,
  SharedObject,
  SharedSet,
} from 'threadwork';
import { Crew, elsewhere } from '../conformance/crew.js';
import { blocking } from '../conformance/forms.js';

test('properties read and write the heap', () => {
  const account = shared({ owner: 'Ada', balance: 10, open: true, note: null as string | null, big: 2n ** 70n });
  account.balance += 5.5;
  account.owner = 'Bob'.repeat(100);
  account.note = 'größer als 255: Ω';
  account.open = false;
  assert.equal(account.balance, 15.5);
  assert.equal(account.owner, 'Bob'.repeat(100));
  assert.equal(account.note, 'größer als 255: Ω');
  assert.equal(account.open, false);
  assert.equal(account.big, 2n ** 70n);
  for (const value of [-0, NaN, Infinity, 2 ** 31, 5e-324, -1]) {
    account.balance = value;
    assert.ok(Object.is(account.balance, value), String(value));
  }
});

test('it is an object to the language: keys, in, for-in, spread, JSON, structuredClone', () => {
  const point = shared({ x: 1, y: 'two' });
  assert.deepEqual(Object.keys(point), ['x', 'y']);
  assert.ok('x' in point && !('z' in point));
  const names: string[] = [];
  for (const name in point) names.push(name);
  assert.deepEqual(names, ['x', 'y']);
  assert.deepStrictEqual({ ...point }, { x: 1, y: 'two' });
  assert.deepStrictEqual(Reflect.ownKeys({ ...point }), ['x', 'y']);
  assert.deepStrictEqual(structuredClone(point), { x: 1, y: 'two' });
  assert.equal(JSON.stringify(point), '{"x":1,"y":"two"}');
  assert.deepEqual(Object.entries(point), [
    ['x', 1],
    ['y', 'two'],
  ]);
  assert.ok(point instanceof SharedObject);
  const { x, ...rest } = point;
  assert.equal(x, 1);
  assert.deepStrictEqual(rest, { y: 'two' });
});

test('a name that the shape lacks is an error that lists the names, and nothing changes', () => {
  const point = shared({ x: 1, y: 2 }) as { x: number; y: number; z?: number };
  assert.throws(() => (point.z = 3), { name: 'TypeError', message: /no property z.*x, y/ });
  assert.throws(() => delete (point as { x?: number }).x, TypeError);
  assert.throws(() => Object.defineProperty(point, 'z', { value: 1 }), TypeError);
  assert.equal(point.z, undefined);
  assert.deepEqual({ ...point }, { x: 1, y: 2 });
  // Sloppy code is told, too.
  assert.throws(() => new Function('point', 'point.z = 3')(point), TypeError);
});

test('names that handles have are data when the shape has them', () => {
  const odd = shared({ name: 'Ada', toString: 1, constructor: 2, valueOf: 3, update: 4, toJSON: 5 });
  odd.name = 'Bob';
  odd.constructor = 7;
  assert.deepStrictEqual({ ...odd }, { name: 'Bob', toString: 1, constructor: 7, valueOf: 3, update: 4, toJSON: 5 });
  assert.match(inspect(odd), /name: 'Bob'/);
  const other = shared({ x: 1 });
  assert.match((other as unknown as { name: string }).name, /^SharedObject-\d+$/);
  (other as unknown as { name: string }).name = 'point';
  assert.throws(() => ((other as unknown as { x: unknown }).x = Promise.resolve()), /point\.x/);
  const proto = shared(JSON.parse('{"__proto__": 1, "a b": 2}') as Record<string, number>);
  assert.deepEqual(Object.keys(proto), ['__proto__', 'a b']);
  assert.equal(proto['__proto__'], 1);
});

test('what is inside becomes shared, with its cycles and repeated references', () => {
  const one = { n: 1 };
  interface Node {
    one: typeof one;
    again: typeof one;
    list: number[];
    map: Map<string, number[]>;
    set: Set<string>;
    self: Node | undefined;
  }
  const plain: Node = {
    one,
    again: one,
    list: [1, 2],
    map: new Map([['a', [1]]]),
    set: new Set(['x']),
    self: undefined,
  };
  plain.self = plain;
  const node = shared(plain);
  assert.equal(node.self, node);
  assert.equal(node.one, node.again);
  node.one.n = 5;
  assert.equal(node.again.n, 5);
  assert.equal(one.n, 1);
  assert.ok(node.list instanceof SharedList && node.map instanceof SharedMap && node.set instanceof SharedSet);
  node.map.get('a')?.push(2);
  assert.deepEqual(node.map.get('a')?.toArray(), [1, 2]);
  assert.match(inspect(node), /Circular/);
});

test('a shared object stays itself; other values are frozen copies', () => {
  class Point {
    x = 1;
  }
  const lock = new Lock();
  const box = shared({ lock, date: new Date(5), point: new Point(), deep: { error: new RangeError('no') } });
  assert.equal(box.lock, lock);
  assert.equal(shared(box), box);
  assert.equal(box.deep, box.deep);
  assert.deepEqual(box.date, new Date(5));
  assert.throws(() => box.date.setTime(1), /frozen/);
  assert.throws(() => (box.point.x = 2), TypeError);
  assert.ok(box.point instanceof Point && box.deep.error instanceof RangeError);
});

test('what cannot be shared names the path, and leaves all as it was', () => {
  const box = shared({ value: 1 as unknown });
  (box as unknown as { name: string }).name = 'box';
  assert.throws(() => (box.value = { a: [Promise.resolve()] }), {
    name: 'NotSendableError',
    message: /box\.value\.a\[0\]/,
  });
  assert.equal(box.value, 1);
  const circle: { self?: unknown; bad: unknown } = { bad: new WeakMap() };
  circle.self = circle;
  assert.throws(() => shared(circle), NotSendableError);
  for (const wrong of [5, 'text', true, null, undefined, new Date(), () => 1, Symbol('s'), 5n]) {
    assert.throws(() => shared(wrong as object), TypeError);
  }
  assert.throws(() => new (SharedObject as unknown as new () => object)(), TypeError);
});

test('update and compareExchange are one step', async () => {
  const counter = shared({ n: 0, state: 'new', other: 0 });
  await new Crew(4, () => {
    for (let k = 0; k < 2000; k++) SharedObject.update(counter, 'n', (n) => n + 1);
  }).join(blocking);
  assert.equal(counter.n, 8000);
  assert.equal(SharedObject.compareExchange(counter, 'state', 'new', 'taken'), 'new');
  assert.equal(SharedObject.compareExchange(counter, 'state', 'new', 'mine'), 'taken');
  assert.equal(counter.state, 'taken');
  assert.throws(() => SharedObject.update(counter, 'none' as 'n', (n) => n), TypeError);
  assert.throws(() => SharedObject.update({ n: 1 }, 'n', (n) => n), TypeError);
  assert.throws(
    () => SharedObject.update(counter, 'n', () => Promise.resolve() as unknown as number),
    NotSendableError,
  );
});

test('other threads see the same object', async () => {
  const data = shared({ text: 'a', list: [1], inner: { n: 1 }, count: 0 });
  const hits = new AtomicInt32();
  const result = await elsewhere(blocking, () => {
    data.text = 'b';
    data.list.push(2);
    data.inner.n++;
    if (data.inner === data.inner && data.list === data.list) hits.add(1);
    return Object.keys(data).length;
  });
  assert.equal(result, 4);
  assert.equal(hits.value, 1);
  assert.deepEqual([data.text, data.list.toArray(), data.inner.n], ['b', [1, 2], 2]);
});

test('a reader never sees half of a write', async () => {
  const box = shared({ value: 'aaaaaaaaaaaaaaaa' as string | number });
  const done = new AtomicInt32();
  const odd = new AtomicInt32();
  await new Crew(3, (number) => {
    const values = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbbbbbbbb', 1.5, 7, -2.25e300];
    if (number === 0) {
      for (let k = 0; k < 100_000; k++) box.value = values[k % values.length];
      done.store(1);
    } else {
      while (done.load() === 0) if (!values.includes(box.value)) odd.add(1);
    }
  }).join(blocking);
  assert.equal(odd.value, 0);
});
