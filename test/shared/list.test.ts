import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import fc from 'fast-check';
import { AtomicInt32, Lock, NotSendableError, shared, SharedList, SharedMap, SharedSet, ValueError } from 'threadwork';
import { Crew, elsewhere } from '../conformance/crew.js';
import { blocking } from '../conformance/forms.js';

test('elements are read and written by index, from either end', () => {
  const list = shared([1, 'two', null as unknown, undefined, true]);
  assert.equal(list.length, 5);
  assert.equal(list.at(0), 1);
  assert.equal(list.at(-1), true);
  assert.equal(list.at(5), undefined);
  assert.equal(list.get(1), 'two');
  list.set(-5, 'first');
  assert.equal(list.get(0), 'first');
  assert.deepEqual(list.toArray(), ['first', 'two', null, undefined, true]);
  for (const index of [5, -6, 2 ** 40]) {
    assert.throws(() => list.get(index), { name: 'RangeError', message: /index out of range/ });
    assert.throws(() => list.set(index, 'text'), RangeError);
    assert.throws(() => list.update(index, () => 1), RangeError);
    assert.throws(() => list.pop(index), RangeError);
    assert.throws(() => list.swap(0, index), RangeError);
    assert.throws(() => list.move(index, 0), RangeError);
  }
  assert.throws(() => list.get('0' as unknown as number), TypeError);
  assert.equal(list.length, 5);
});

test("it does what Python's list and JavaScript's arrays do", () => {
  const list = new SharedList<number>([3, 1, 2]);
  assert.equal(list.push(5, 4), 5);
  assert.equal(list.unshift(9, 8), 7);
  list.insert(2, 7);
  list.insert(-100, 0);
  list.insert(100, 6);
  assert.deepEqual([...list], [0, 9, 8, 7, 3, 1, 2, 5, 4, 6]);
  assert.equal(list.pop(), 6);
  assert.equal(list.pop(0), 0);
  assert.equal(list.shift(), 9);
  list.remove(7);
  assert.throws(() => list.remove(77), RangeError);
  assert.deepEqual(list.slice(), [8, 3, 1, 2, 5, 4]);
  assert.deepEqual(list.slice(1, -1), [3, 1, 2, 5]);
  list.extend(new Set([8, 1]));
  assert.equal(list.indexOf(8), 0);
  assert.equal(list.indexOf(8, 1), 6);
  assert.equal(list.lastIndexOf(1), 7);
  assert.equal(list.indexOf(42), -1);
  list.sort();
  assert.deepEqual(list.toArray(), [1, 1, 2, 3, 4, 5, 8, 8]);
  list.reverse();
  list.sort((a, b) => (a % 3) - (b % 3));
  assert.deepEqual(list.toArray(), [3, 4, 1, 1, 8, 8, 5, 2]);
  assert.deepEqual(list.splice(1, 3, 10, 11), [4, 1, 1]);
  list.swap(0, -1);
  list.move(0, 2);
  assert.deepEqual(list.toArray(), [10, 11, 2, 8, 8, 5, 3]);
  assert.equal(list.map((n) => n * 2).join(), '20,22,4,16,16,10,6');
  assert.deepEqual(
    list.filter((n) => n > 9),
    [10, 11],
  );
  assert.equal(
    list.find((n) => n < 5),
    2,
  );
  assert.equal(list.join('-'), '10-11-2-8-8-5-3');
  assert.deepEqual([...list.entries()][1], [1, 11]);
  list.clear();
  assert.equal(list.length, 0);
  assert.throws(() => list.pop(), /pop from empty list/);
  assert.equal(list.shift(), undefined);
  assert.equal(JSON.stringify({ list: shared([1, [2]]) }), '{"list":[1,[2]]}');
  assert.equal(inspect(shared([1, ['a']])), "SharedList [ 1, SharedList [ 'a' ] ]");
  assert.equal(String(shared([1])), 'SharedList [ 1 ]');
});

test("Python's and Array's names for reading see the list as it was", () => {
  const list = shared([3, 1, 3, 2]);
  assert.equal(list.index(3), 0);
  assert.equal(list.index(3, 1), 2);
  assert.equal(list.index(2, -1), 3);
  const missing = { name: 'ValueError', message: 'list.index(x): 7 is not in the list' };
  assert.throws(() => list.index(7), missing);
  assert.throws(() => list.index(1, 2), ValueError);
  assert.throws(() => list.remove(7), { name: 'ValueError', message: 'list.remove(x): 7 is not in the list' });
  assert.deepEqual(
    [list.count(3), list.count(7), shared([NaN, 0, -0]).count(NaN), shared([0, -0]).count(0)],
    [2, 0, 1, 2],
  );
  const lock = new Lock();
  const mixed = shared([lock, 'a', new Lock(), 'a', 10n ** 20n] as unknown[]);
  assert.deepEqual([mixed.count('a'), mixed.count(lock), mixed.count(10n ** 20n), mixed.index(lock)], [2, 1, 1, 0]);
  assert.throws(() => mixed.count(new Date()), TypeError);
  const copy = list.copy();
  const bigger = list.concat<number | string>([4], 5, shared([6, 7]), 'text');
  const keys = list.keys();
  list.push(9);
  assert.deepEqual(copy, [3, 1, 3, 2]);
  assert.deepEqual(bigger, [3, 1, 3, 2, 4, 5, 6, 7, 'text']);
  assert.deepEqual([...keys], [0, 1, 2, 3]);
  assert.deepEqual(
    [list.some((n) => n > 8), list.some((n) => n > 9), shared([]).some(() => true)],
    [true, false, false],
  );
  assert.deepEqual(
    [list.every((n) => n > 0), list.every((n) => n > 1), shared([]).every(() => false)],
    [true, false, true],
  );
  assert.equal(
    list.findIndex((n, at) => n === 3 && at > 0),
    2,
  );
  assert.equal(
    list.findIndex(() => false),
    -1,
  );
  assert.equal(
    list.reduce((sum, n) => sum + n),
    18,
  );
  assert.equal(
    list.reduce((text, n, at) => `${text}${at}${n}`, ''),
    '0311233249',
  );
  assert.equal(
    new SharedList<number>().reduce((sum: number | undefined, n) => n + (sum ?? 0), undefined),
    undefined,
  );
  assert.throws(() => new SharedList<number>().reduce((sum, n) => sum + n), TypeError);
  for (const name of ['some', 'every', 'findIndex', 'reduce'] as const)
    assert.throws(() => list[name](5 as never), { name: 'TypeError', message: `${name}() takes a function, not 5` });
});

test('equality: numbers, texts, bigints by value, shared objects by identity, copies not at all', () => {
  const lock = new Lock();
  const list = new SharedList<unknown>([-0, NaN, 'text'.repeat(50), 10n, lock, new Date(1), 'ähm', 'Ω']);
  assert.equal(list.indexOf(0), 0);
  assert.ok(list.includes(NaN));
  assert.equal(list.indexOf(NaN), -1);
  assert.equal(list.indexOf('text'.repeat(50)), 2);
  assert.equal(list.indexOf(10n), 3);
  assert.equal(list.indexOf('10'), -1);
  assert.equal(list.indexOf(10), -1);
  assert.equal(list.indexOf(lock), 4);
  assert.equal(list.indexOf('Ω'), 7);
  assert.throws(() => list.includes(new Date(1)), TypeError);
});

test('nothing can be added that would be in one thread only', async () => {
  class Log extends SharedList<string> {
    readonly prefix = '> ';
  }
  const containers = [new SharedList([1]), shared([1]), new SharedMap([[1, 2]]), new SharedSet([1])] as unknown[];
  const refused = () => {
    for (const container of containers as Record<string, unknown>[]) {
      assert.throws(() => (container[0] = 99), TypeError);
      assert.throws(() => (container.nme = 'x'), TypeError);
      container.name = 'list';
    }
    return containers.length;
  };
  refused();
  // Another thread makes objects of its own for them.
  assert.equal(await elsewhere(blocking, refused), 4);
  assert.equal(new Log().prefix, '> ');
});

test('sorting knows no order for mixed values, and sorts what it keeps', () => {
  assert.deepEqual(new SharedList(['b', 'a', 'B']).sort().toArray(), ['B', 'a', 'b']);
  const mixed = new SharedList<unknown>([2, 'a', 1]);
  assert.throws(() => mixed.sort(), { name: 'TypeError', message: /no order/ });
  assert.deepEqual(mixed.toArray(), [2, 'a', 1]);
  const people = shared([{ age: 3 }, { age: 1 }]);
  const [first] = people;
  people.sort((a, b) => a.age - b.age);
  assert.equal(people.at(1), first);
});

test('a failed operation changes nothing', () => {
  const list = new SharedList<unknown>([1, 2]);
  const bad = Promise.resolve();
  for (const attempt of [
    () => list.push(3, bad),
    () => list.push(bad),
    () => list.unshift(bad),
    () => list.insert(0, bad),
    () => list.set(0, bad),
    () => list.splice(0, 1, bad),
    () => list.extend([5, bad]),
    () => list.update(0, () => bad),
  ]) {
    assert.throws(attempt, NotSendableError);
  }
  assert.deepEqual(list.toArray(), [1, 2]);
});

test('like an array through any operations', () => {
  const operation = fc.record({
    what: fc.nat(9),
    index: fc.integer({ min: -12, max: 12 }),
    count: fc.nat(4),
    value: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const list = new SharedList<unknown>();
      const model: unknown[] = [];
      for (const { what, index, count, value: number } of operations) {
        const value = number > 3 ? `text ${number}` : number;
        if ((what === 3 || what === 8) && model.length === 0) continue;
        switch (what) {
          case 0:
            assert.equal(list.push(value, count), model.push(value, count));
            break;
          case 1:
            assert.equal(list.unshift(value), model.unshift(value));
            break;
          case 2:
            assert.equal(list.shift(), model.shift());
            break;
          case 3:
            assert.equal(list.pop(), model.pop());
            break;
          case 4:
            list.insert(index, value);
            model.splice(index, 0, value);
            break;
          case 5:
            assert.deepEqual(list.splice(index, count, value, value), model.splice(index, count, value, value));
            break;
          case 6:
            list.reverse();
            model.reverse();
            break;
          case 7:
            assert.equal(list.indexOf(value, index), model.indexOf(value, index));
            break;
          case 8:
            assert.deepEqual(list.splice(index, count), model.splice(index, count));
            break;
          default:
            assert.equal(list.at(index), model.at(index));
        }
        assert.deepEqual(list.toArray(), model);
        assert.equal(list.length, model.length);
      }
    }),
  );
});

test('two ends of a list under load: nothing is lost, nothing is doubled', async () => {
  const list = new SharedList<number | string>();
  const sum = new AtomicInt32();
  const taken = new AtomicInt32();
  const each = 5000;
  await new Crew(4, (number) => {
    if (number < 2) {
      for (let k = 1; k <= each; k++) list.push(k % 2 === 0 ? k : String(k));
    } else {
      while (taken.load() < 2 * each) {
        const value = list.shift();
        if (value === undefined) continue;
        taken.add(1);
        sum.add(Number(value));
      }
    }
  }).join(blocking);
  assert.equal(list.length, 0);
  assert.equal(sum.value, each * (each + 1));
});
