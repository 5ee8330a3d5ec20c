import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import fc from 'fast-check';
import { AtomicInt32, Lock, NotSendableError, shared, SharedMap, SharedObject, SharedSet } from 'threadwork';
import { Crew, elsewhere } from '../conformance/crew.js';
import { blocking } from '../conformance/forms.js';

test("it does what Map and Python's dict do", () => {
  const map = new SharedMap<string, number>([
    ['a', 1],
    ['b', 2],
  ]);
  assert.equal(map.size, 2);
  assert.equal(map.get('a'), 1);
  assert.equal(map.get('none'), undefined);
  assert.equal(map.set('c', 3), map);
  assert.ok(map.has('c') && !map.has('d'));
  assert.deepEqual(
    [...map],
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
  );
  assert.equal(map.delete('b'), true);
  assert.equal(map.delete('b'), false);
  map.set('b', 4).set('a', 9);
  assert.deepEqual([...map.keys()], ['a', 'c', 'b']);
  assert.deepEqual([...map.values()], [9, 3, 4]);
  assert.equal(map.getOrInsert('x', 1), 1);
  assert.equal(map.setDefault('x', 2), 1);
  assert.equal(
    map.getOrInsertComputed('y', (key) => key.length),
    1,
  );
  assert.equal(
    map.getOrInsertComputed('y', () => 7),
    1,
  );
  assert.equal(map.pop('x'), 1);
  assert.equal(map.pop('x', 'none'), 'none');
  assert.throws(() => map.pop('x'), RangeError);
  assert.deepEqual(map.popItem(), ['y', 1]);
  assert.equal(
    map.update('a', (n = 0) => n + 1),
    10,
  );
  assert.equal(
    map.update('new', (n = 0) => n + 1),
    1,
  );
  assert.equal(map.compareExchange('new', 1, 2), 1);
  assert.equal(map.compareExchange('new', 1, 3), 2);
  assert.equal(map.compareExchange('newer', undefined, 3), undefined);
  assert.equal(map.get('newer'), 3);
  assert.equal(JSON.stringify(map), '{"a":10,"c":3,"b":4,"new":2,"newer":3}');
  assert.deepEqual(map.toMap().get('a'), 10);
  assert.equal(inspect(new SharedMap([['a', 1]])), "SharedMap(1) { 'a' => 1 }");
  const copy = map.copy();
  const items = map.items();
  map.clear();
  assert.deepEqual(copy, new Map(items));
  assert.equal(copy.get('a'), 10);
  assert.equal(map.size, 0);
  assert.throws(() => map.popItem(), RangeError);
});

test('keys of every kind, by value; shared objects by identity', () => {
  const lock = new Lock();
  const keys = [
    0,
    -1,
    1.5,
    NaN,
    Infinity,
    '1',
    '',
    'Ω',
    'long '.repeat(99),
    1n,
    2n ** 80n,
    true,
    false,
    null,
    undefined,
    lock,
  ];
  const map = new SharedMap<unknown, unknown>();
  for (const [k, key] of keys.entries()) map.set(key, k);
  assert.equal(map.size, keys.length);
  for (const [k, key] of keys.entries()) assert.equal(map.get(key), k);
  assert.deepEqual([...map.keys()], keys);
  assert.equal(map.get(-0), 0);
  assert.equal(map.get(1), undefined);
  for (const key of [{}, [], new Date(), () => 1, Symbol('x')]) {
    assert.throws(() => map.set(key, 1), { name: 'TypeError', message: /cannot be a key/ });
    assert.throws(() => map.get(key), TypeError);
  }
  assert.throws(() => map.set('0', Promise.resolve()), NotSendableError);
  assert.equal(map.size, keys.length);
});

test('like a Map through any operations', () => {
  const operation = fc.record({
    what: fc.nat(7),
    key: fc.oneof(fc.nat(40), fc.constantFrom('a', 'b', 'c', 10n)),
    value: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 150 }), (operations) => {
      const map = new SharedMap<unknown, unknown>();
      const model = new Map<unknown, unknown>();
      for (const { what, key, value } of operations) {
        if (what < 3) {
          map.set(key, value);
          model.set(key, value);
        } else if (what < 5) {
          assert.equal(map.delete(key), model.delete(key));
        } else if (what === 5) {
          assert.equal(map.get(key), model.get(key));
        } else if (what === 6 && model.size > 0) {
          const last = [...model].at(-1) as [unknown, unknown];
          assert.deepEqual(map.popItem(), last);
          model.delete(last[0]);
        } else if (value === 0) {
          map.clear();
          model.clear();
        }
        assert.equal(map.size, model.size);
      }
      assert.deepEqual([...map], [...model]);
    }),
  );
});

test('it grows and shrinks by thousands', () => {
  const map = new SharedMap<number | string, string>();
  for (let k = 0; k < 20_000; k++) map.set(k % 2 === 0 ? k : `key ${k}`, String(k));
  assert.equal(map.size, 20_000);
  for (let k = 0; k < 20_000; k++) assert.equal(map.get(k % 2 === 0 ? k : `key ${k}`), String(k));
  for (let k = 0; k < 20_000; k += 2) assert.ok(map.delete(k));
  assert.equal(map.size, 10_000);
  assert.equal([...map.keys()][0], 'key 1');
});

test('containers as values are one object for all threads', async () => {
  const map = new SharedMap<string, { hits: number; tags: string[] }>();
  map.set('a', { hits: 0, tags: [] });
  const entry = map.get('a');
  assert.ok(entry instanceof SharedObject);
  assert.equal(map.get('a'), entry);
  await elsewhere(blocking, () => {
    const mine = map.get('a');
    mine?.tags.push('x');
    if (mine) mine.hits++;
    map.set('b', { hits: 5, tags: ['y'] });
    return 0;
  });
  assert.deepEqual([entry?.hits, entry?.tags.toArray()], [1, ['x']]);
  assert.deepEqual(map.get('b')?.tags.toArray(), ['y']);
});

test('update and getOrInsert are one step', async () => {
  const map = new SharedMap<string, number>();
  const firsts = new AtomicInt32();
  const seen = new SharedSet<number>();
  await new Crew(4, (number) => {
    for (let k = 0; k < 2000; k++) {
      map.update(`key ${k % 10}`, (n = 0) => n + 1);
      if (map.getOrInsert(`owner ${k}`, number) === number) firsts.add(1);
      if (seen.insert(k)) firsts.add(1000);
    }
  }).join(blocking);
  for (let k = 0; k < 10; k++) assert.equal(map.get(`key ${k}`), 800);
  assert.equal(firsts.value, 2000 + 2000 * 1000);
});

test('a set', () => {
  const lock = new Lock();
  const set = shared(new Set<unknown>(['a', 1, lock]));
  assert.equal(set.size, 3);
  assert.ok(set.has('a') && set.has(lock) && !set.has('1'));
  set.add('b').add('a');
  assert.equal(set.insert('a'), false);
  assert.deepEqual([...set], ['a', 1, lock, 'b']);
  assert.equal(set.pop(), 'b');
  assert.equal(set.delete(lock), true);
  assert.throws(() => set.remove('z'), RangeError);
  assert.throws(() => set.add({}), TypeError);
  assert.equal(JSON.stringify(set), '["a",1]');
  assert.equal(inspect(set), "SharedSet(2) { 'a', 1 }");
  assert.deepEqual(set.toSet(), new Set(['a', 1]));
  assert.deepEqual(set.copy(), new Set(['a', 1]));
  set.clear();
  assert.throws(() => set.pop(), RangeError);
});
