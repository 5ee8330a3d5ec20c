/** local(() => …) with objects that do not work through a proxy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { local, run } from 'threadwork';

test('collections', async () => {
  const map = local(() => new Map([['a', 1]]));
  map.set('b', 2);
  assert.deepEqual(
    [map.size, map.get('b'), [...map], [...map.keys()]],
    [2, 2, [...new Map(Object.entries({ a: 1, b: 2 }))], ['a', 'b']],
  );
  assert.deepEqual(await run(() => [map.size, map.get('a'), map.has('b')]), [1, 1, false]);
  const weak = local(() => new WeakSet());
  assert.equal(weak.has({}), false);
});

test('dates, text coders, formatters', async () => {
  const date = local(() => new Date(0));
  date.setTime(5);
  assert.equal(date.getTime(), 5);
  assert.equal(await run(() => date.getTime()), 0);
  const encoder = local(() => new TextEncoder());
  assert.equal(await run(() => encoder.encode('é').length), 2);
});

class Counter {
  #count = 0;
  readonly step: number;
  constructor(step: number) {
    this.step = step;
  }
  get count(): number {
    return this.#count;
  }
  add(): this {
    this.#count += this.step;
    return this;
  }
}
// A class with #private members is captured as a whole.
const counter = local(() => new Counter(2));

test('objects with #private members', async () => {
  counter.add().add();
  assert.equal(counter.count, 4);
  assert.equal(counter.constructor, Counter);
  assert.equal(await run(() => counter.add().count), 2);
});

test('a method is the same each time, and works for other objects, too', () => {
  assert.equal(counter.add, counter.add);
  const other = new Counter(1);
  counter.add.call(other);
  assert.equal(other.count, 1);
});

test('functions that are values stay what they are', () => {
  const handler = (): number => 1;
  class Holder {
    own = handler;
    get given(): () => number {
      return handler;
    }
  }
  const holder = local(() => new Holder());
  assert.equal(holder.own, handler);
  assert.equal(holder.given, handler);
  const bag = local<{ handler?: () => number }>();
  bag.handler = handler;
  assert.equal(bag.handler, handler);
});

test('a function must be a member of what the initialiser returns', async () => {
  const double = (n: number): number => n * 2;
  const wrong = local((() => double) as unknown as () => { x: number });
  assert.throws(() => wrong.x, /must return an object, not a function: local\(\(\) => \(\{ double \}\)\)/);
  const right = local(() => ({ double }));
  assert.equal(await run(() => right.double(4)), 8);
});
