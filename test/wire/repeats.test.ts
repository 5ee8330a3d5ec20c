/**
 * Cycles and repeated references in messages with so many objects that these are looked up by their prints.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { pack, roundTrip, unpack } from './peer.js';
import { Thing } from './thing.js';

interface Node {
  readonly [key: string]: unknown;
  to: unknown[];
}

/** Nodes of all forms that writing tells apart, many of which begin alike. */
function nodeOf(id: number, form: number): Node {
  switch (form) {
    case 0:
      return { id, to: [] };
    case 1:
      return { to: [], id };
    case 2:
      return { same: 1, to: [] };
    case 3:
      return { text: `n${id % 3}`, on: true, none: null, to: [] };
    case 4:
      return { ['key' + id]: 0.5, to: [] };
    default:
      return Object.assign(Object.create({ inherited: 1 }) as object, { id, to: [] });
  }
}

/** Checks that two graphs have one form: whatever is one object here is one object there. */
function sameForm(a: unknown, b: unknown, seen = new Map<object, object>(), back = new Map<object, object>()): void {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
    assert.ok(Object.is(a, b), `${String(a)} and ${String(b)}`);
    return;
  }
  assert.equal(seen.get(a), back.has(b) ? b : undefined);
  assert.equal(back.get(b), seen.has(a) ? a : undefined);
  if (seen.has(a)) return;
  seen.set(a, b);
  back.set(b, a);
  assert.deepStrictEqual(Object.keys(a), Object.keys(b));
  for (const key of Object.keys(a)) {
    sameForm((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], seen, back);
  }
}

describe('repeated references in large messages', () => {
  test('graphs of all forms keep their form', () => {
    const edges = fc.array(fc.tuple(fc.nat(5), fc.array(fc.nat(199), { maxLength: 4 })), {
      minLength: 30,
      maxLength: 200,
    });
    fc.assert(
      fc.property(edges, (list) => {
        const nodes = list.map(([form], id) => nodeOf(id, form));
        for (const [id, [, targets]] of list.entries()) {
          nodes[id].to = targets.map((target) => nodes[target % nodes.length]);
          if (id % 3 === 0) nodes[id].to.unshift(id % 2);
        }
        sameForm(nodes, roundTrip(nodes));
      }),
      { numRuns: 300 },
    );
  });

  test('arrays of numbers and dates, too', () => {
    const numbers = Array.from({ length: 100 }, (_, k) => k);
    const doubles = numbers.map((k) => k / 3);
    const date = new Date(7);
    const list = Array.from({ length: 50 }, (_, k) => [k, k % 2 === 0 ? numbers : doubles, date, new Date(7)]);
    sameForm(list, roundTrip(list));
  });

  test('thousands of equal objects stay apart', () => {
    const list: object[] = Array.from({ length: 5000 }, () => ({ x: 0, y: 0 }));
    list.push(...list.slice(0, 2500));
    const copy = roundTrip(list);
    assert.equal(new Set(copy).size, 5000);
    assert.equal(copy[5000], copy[0]);
    assert.equal(copy[7499], copy[2499]);
  });

  test('instances of classes', () => {
    class Point {
      constructor(
        readonly x: number,
        readonly next: Point | null,
      ) {}
    }
    const points: Point[] = [];
    for (let k = 0; k < 100; k++) points.push(new Point(k % 4, points[k - 7] ?? null));
    const copy = roundTrip(points);
    for (const [k, point] of copy.entries()) {
      assert.ok(point instanceof Point);
      assert.equal(point.next, copy[k - 7] ?? null);
    }
  });

  test('a long text in front of the first object', () => {
    const head = { text: 'é'.repeat(20_000), wide: '日'.repeat(9000), inner: { a: 1 } };
    const list = [
      ...Array.from({ length: 20 }, (_, k) => ({ k })),
      'x'.repeat(10_000),
      head,
      head,
      'y'.repeat(9000),
      head,
    ];
    sameForm(list, roundTrip(list));
  });

  test('a circle of objects that are different each time ends', () => {
    let n = 0;
    const list: unknown[] = Array.from({ length: 20 }, (_, k) => ({ k }));
    const restless = {
      get n() {
        return n++;
      },
      inner: {} as unknown,
    };
    restless.inner = { again: restless };
    list.push(restless);
    assert.ok(unpack(pack(list, 'value')));
  });

  test('one message after the other', () => {
    const shared = { id: 1, of: 'all' };
    for (let k = 0; k < 300; k++) {
      const list = Array.from({ length: 5 + ((k * 7) % 90) }, (_, i) => ({ i, shared, own: { id: 1, of: 'all' } }));
      sameForm(list, roundTrip(list));
    }
  });

  test('objects nested deeply and met at the surface, and the other way round', () => {
    const inner = { id: 1, name: 'inner', list: [{ id: 2 }] };
    let deep: unknown = { inner, again: inner };
    for (let k = 0; k < 100; k++) deep = k % 2 === 0 ? { k, deep } : [deep, k];
    const many = Array.from({ length: 30 }, (_, k) => ({ id: k, name: `n${k}`, list: [] }));
    sameForm([many, deep, inner, inner.list], roundTrip([many, deep, inner, inner.list]));
    sameForm([many, inner.list, inner, deep, many], roundTrip([many, inner.list, inner, deep, many]));
  });

  test('objects whose shape gets a writer of its own while the message is written', () => {
    const node = (k: number) => ({
      ['made ' + (k % 2)]: BigInt(k) * 2n ** 70n,
      id: k % 3,
      at: Symbol.iterator,
      to: {},
    });
    const list: object[] = Array.from({ length: 1200 }, (_, k) => node(k));
    sameForm([list, list.slice()], roundTrip([list, list.slice()]));
  });

  test('shapes that were met in a part that was left out', () => {
    const bad = { first: { p: 1, q: 2 }, other: { r: 1 }, promise: Promise.resolve() };
    const error = Object.assign(new Error('kept'), {
      bad,
      b: { p: 3, q: 4 },
      c: { p: 5, q: 6 },
      d: { r: 2 },
      e: { r: 3 },
    });
    for (let k = 0; k < 4; k++) {
      const copy = unpack(pack(error, { path: 'error', lenient: true })) as typeof error;
      assert.deepStrictEqual([copy.b, copy.c, copy.d, copy.e], [{ p: 3, q: 4 }, { p: 5, q: 6 }, { r: 2 }, { r: 3 }]);
      assert.ok(!('bad' in copy));
    }
  });
});

describe('arrays of numbers', () => {
  test('arrive as they left', () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, NaN, Infinity, 2 ** 31, -(2 ** 31)));
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 20, maxLength: 60 }),
        fc.oneof(fc.constant(null), fc.constant('text'), fc.constant(undefined)),
        fc.nat(60),
        (list: unknown[], other, at) => {
          if (other !== null) list[at % list.length] = other;
          assert.deepStrictEqual(roundTrip(list), list);
          const holed = [...list];
          Reflect.deleteProperty(holed, at % list.length);
          assert.deepStrictEqual(roundTrip(holed), holed);
        },
      ),
      { numRuns: 500 },
    );
    for (const length of [1023, 1024, 2047, 2048, 100_000]) {
      const integers = Array.from({ length }, (_, k) => k * 7919 - 5000);
      assert.deepStrictEqual(roundTrip({ a: 'x', integers }), { a: 'x', integers });
      const doubles = integers.map((k) => k / 7);
      assert.deepStrictEqual(roundTrip([doubles, 'x', doubles]), [doubles, 'x', doubles]);
    }
  });

  test('with named properties', () => {
    const array = Object.assign(
      Array.from({ length: 50 }, (_, k) => k),
      { label: 'x' },
    );
    assert.deepStrictEqual(roundTrip(array), array);
  });
});

describe('objects at a place where all before had one shape', () => {
  interface Item {
    readonly id: number;
    readonly of: unknown;
  }
  const items = (): Item[] => Array.from({ length: 600 }, (_, id) => ({ id, of: { a: id, b: `b${id}` } }));
  const odd: Record<string, () => object> = {
    'a symbol key': () => ({ a: 1, b: 'x', [Symbol.for('s')]: 2 }),
    'another order': () => ({ b: 'x', a: 1 }),
    'a key more': () => ({ a: 1, b: 'x', c: 3 }),
    'a key less': () => ({ a: 1 }),
    'no keys': () => ({}),
    'no prototype': () => Object.assign(Object.create(null) as object, { a: 1, b: 'x' }),
    'another prototype': () => Object.assign(Object.create({ inherited: 1 }) as object, { a: 1, b: 'x' }),
    'a key that does not count': () =>
      Object.defineProperty({ a: 1, b: 'x' }, 'hidden', { value: 1, enumerable: false }),
    'an array': () => [1, 'x'],
    'an array with named elements': () => Object.assign([1], { a: 1, b: 'x' }),
    'a date': () => new Date(5),
    'an array of arrays': () => [['a'], [{ a: 1, b: 'x' }]],
  };

  for (const [name, make] of Object.entries(odd)) {
    test(name, () => {
      for (let turn = 0; turn < 3; turn++) {
        const list: unknown[] = items();
        const value = make();
        list[300] = { id: 300, of: value };
        list[301] = value;
        list[302] = { id: 302, of: value };
        const copy = roundTrip(list) as Item[];
        for (const found of [copy[300].of, copy[301], copy[302].of] as object[]) {
          assert.equal(found, copy[300].of);
          const expected = { ...value };
          assert.deepStrictEqual({ ...found }, expected);
          assert.equal(Array.isArray(found), Array.isArray(value));
          assert.deepStrictEqual(Object.keys(found), Object.keys(value));
        }
        assert.deepStrictEqual(copy[599], { id: 599, of: { a: 599, b: 'b599' } });
      }
    });
  }

  test('a handle, and what cannot be sent: the path says where', () => {
    const thing = new Thing();
    const list: unknown[] = items();
    list[400] = { id: 400, of: thing };
    assert.equal((roundTrip(list)[400] as Item).of, thing);
    const bad: [unknown, string][] = [
      [Promise.resolve(), 'value[400].of is a Promise'],
      [{ a: 1, b: new WeakMap() }, 'value[400].of.b is a WeakMap'],
      [{ a: 1, b: 'x', [Symbol('mine')]: 1 }, 'value[400].of has the key Symbol(mine)'],
      [
        {
          a: 1,
          get b(): never {
            throw new Error('not now');
          },
        },
        'value[400].of.b could not be read: not now',
      ],
    ];
    for (const [value, message] of bad) {
      list[400] = { id: 400, of: value };
      assert.throws(
        () => pack(list, 'value'),
        (error) => error instanceof Error && error.message.startsWith(message),
        message,
      );
    }
  });

  test('getters run once', () => {
    let runs = 0;
    const list: unknown[] = items();
    list[400] = {
      get id() {
        return runs++;
      },
      of: { a: 1, b: 'x' },
    };
    assert.deepStrictEqual(roundTrip(list)[400], { id: 0, of: { a: 1, b: 'x' } });
    assert.equal(runs, 1);
  });
});
