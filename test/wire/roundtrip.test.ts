import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { usedBytes } from '../../src/heap/allocator.js';
import { Peer, pack, roundTrip, unpack } from './peer.js';
import { references, Thing } from './thing.js';

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withTypedArray: true,
  withSparseArray: true,
  withUnicodeString: true,
  maxDepth: 4,
});

/** deepStrictEqual finds two invalid dates different on Node 20. */
function isValid(value: unknown): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Map) return [...value].every(([k, v]) => isValid(k) && isValid(v));
  if (value instanceof Set) return [...value].every(isValid);
  return ArrayBuffer.isView(value) || Object.values(value).every(isValid);
}

const samples: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  booleans: [true, false],
  numbers: [
    0,
    -0,
    1,
    -1,
    127,
    128,
    -128,
    32767,
    32768,
    -32768,
    -32769,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
    1.5,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
  ],
  bigints: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 64n), 10n ** 100n, -(10n ** 100n)],
  strings: [
    '',
    'a',
    'é',
    '日本語',
    '\ud800',
    'x\udfffy',
    '\0',
    'a'.repeat(31),
    'a'.repeat(32),
    'é'.repeat(47),
    'é'.repeat(48),
  ],
  longStrings: [
    'a'.repeat(8191),
    'a'.repeat(8192),
    'é'.repeat(9000),
    '日'.repeat(4095),
    '日'.repeat(4096),
    '\ud83d'.repeat(5000),
  ],
  symbols: [Symbol.for('x'), Symbol.iterator, Symbol.asyncIterator],
  dates: [new Date(0), new Date(8.64e15)],
  regexps: [/a\/b/giu, /(?<x>é)/s],
  urls: [new URL('https://u:p@example.com:8080/p?q=1#h')],
  search: [new URLSearchParams('a=1&b=2&a=3')],
  objects: [{}, { a: undefined }, { 2: 'b', 1: 'a', x: 'c' }, { [Symbol.for('k')]: 1, s: 2 }, { a: { a: { a: {} } } }],
  nullPrototype: [Object.assign(Object.create(null) as object, { a: 1 }), Object.create(null)],
  protoKey: JSON.parse('{"__proto__": {"x": 1}, "b": 2}'),
  arrays: [
    [],
    [1, [2, [3]]],
    [undefined, null],
    Object.assign([1, 2], { name: 'n', [Symbol.for('s')]: 1 }),
    'abc'.match(/b/),
  ],
  holes: [
    Object.assign([], { 0: 1, length: 2, name: 'as many keys as elements' }),
    Object.assign([], { 1: 1, 3: 2, length: 5 }),
    Object.assign([], { length: 5 }),
  ],
  maps: [
    new Map<unknown, unknown>([
      [{ k: 1 }, new Map([[1, 2]])],
      ['s', undefined],
    ]),
    Object.assign(new Map([[1, 2]]), { extra: 1 }),
  ],
  sets: [new Set([1, 'a', new Set([NaN])])],
  blocks: [
    Array.from({ length: 100 }, (_, k) => k - 50),
    Array.from({ length: 5000 }, (_, k) => k / 3),
    [...Array.from({ length: 40 }, () => 0), -0],
  ],
  records: Array.from({ length: 300 }, (_, id) => ({
    id,
    name: `name ${id % 9}`,
    at: { x: id / 2, tags: ['a', 'é', '日'] },
  })),
  boxed: [
    Object(1),
    Object('str'),
    Object(false),
    Object(10n),
    Object(Symbol.iterator),
    Object.assign(new String('x'), { extra: 1 }),
  ],
  buffers: [
    new Uint8Array([1, 2, 3]),
    new Float64Array(2000).fill(1.5),
    new BigInt64Array([1n, -1n]),
    new BigUint64Array([2n ** 64n - 1n]),
    new Uint8ClampedArray([0, 255]),
    new Int8Array([-128, 127]),
    new Int16Array([-32768]),
    new Uint16Array([65535]),
    new Int32Array([-(2 ** 31)]),
    new Uint32Array([2 ** 32 - 1]),
    new Float32Array([0.5, NaN, -0]),
    new DataView(new ArrayBuffer(16), 3, 5),
    new ArrayBuffer(3),
    Buffer.from('hello'),
    Buffer.alloc(10000, 7),
  ],
};

describe('values', () => {
  let peer: Peer;
  before(() => {
    peer = new Peer();
  });
  after(() => peer.end());

  for (const [name, value] of Object.entries(samples)) {
    test(`${name} arrive as they left`, async () => {
      // Three times: shapes and texts are remembered from the second on.
      for (let k = 0; k < 3; k++) assert.deepStrictEqual(roundTrip(value), value);
      assert.deepStrictEqual(await peer.echo(value), value);
      for (const part of Array.isArray(value) ? (value as unknown[]) : [])
        assert.deepStrictEqual(roundTrip(part), part);
    });
  }

  test('arbitrary values arrive as they left, and leave nothing in the heap', () => {
    fc.assert(
      fc.property(anything.filter(isValid), (value) => {
        assert.deepStrictEqual(roundTrip(value), value);
      }),
      { numRuns: 1500 },
    );
    const before = usedBytes();
    fc.assert(
      fc.property(anything, (value) => {
        unpack(pack(value, 'value'));
      }),
      { numRuns: 300 },
    );
    assert.ok(usedBytes() - before < 1 << 16, `${usedBytes() - before} bytes left behind`);
  });

  test('arbitrary values arrive in another thread', async () => {
    await fc.assert(
      fc.asyncProperty(anything.filter(isValid), async (value) => {
        assert.deepStrictEqual(await peer.echo(value), value);
      }),
      { numRuns: 200 },
    );
  });

  test('invalid dates', () => {
    assert.ok(Number.isNaN(roundTrip(new Date(NaN)).getTime()));
  });

  test("a regular expression's lastIndex", () => {
    const regexp = /a/g;
    regexp.lastIndex = 3;
    assert.equal(roundTrip(regexp).lastIndex, 3);
  });

  test('sparse arrays are small', () => {
    const sparse: unknown[] = [];
    sparse[1e6] = 1;
    sparse[4e9] = { a: 1 };
    const before = usedBytes();
    const address = pack(sparse, 'value');
    assert.ok(usedBytes() - before < 1 << 16);
    const copy = unpack(address) as unknown[];
    assert.equal(copy.length, 4e9 + 1);
    assert.deepStrictEqual(Object.keys(copy), ['1000000', '4000000000']);
    assert.deepStrictEqual(copy[4e9], { a: 1 });
  });

  test('long arrays with named properties', () => {
    const array = Object.assign(
      Array.from({ length: 1000 }, (_, k) => k),
      { label: 'many' },
    );
    assert.deepStrictEqual(roundTrip(array), array);
  });

  test('cycles and repeated references', () => {
    const shared = { shared: true };
    const object: Record<string, unknown> = { a: shared, b: [shared], date: new Date(1) };
    object['self'] = object;
    object['map'] = new Map<unknown, unknown>([[object, shared]]);
    object['set'] = new Set([object, shared]);
    object['again'] = object['date'];
    const copy = roundTrip(object);
    assert.equal(copy['self'], copy);
    assert.equal((copy['b'] as unknown[])[0], copy['a']);
    assert.equal((copy['map'] as Map<unknown, unknown>).get(copy), copy['a']);
    assert.ok((copy['set'] as Set<unknown>).has(copy));
    assert.equal(copy['again'], copy['date']);
    assert.notEqual(copy['a'], shared);
  });

  test('graphs keep their form', () => {
    const graph = fc.array(fc.array(fc.nat(40), { maxLength: 5 }), { minLength: 1, maxLength: 41 });
    fc.assert(
      fc.property(graph, (edges) => {
        const nodes = edges.map((_, id) => ({ id, to: [] as unknown[] }));
        for (const [id, targets] of edges.entries())
          nodes[id].to = targets.map((target) => nodes[target % nodes.length]);
        const copy = roundTrip(nodes);
        assert.equal(new Set(copy).size, nodes.length);
        for (const [id, node] of copy.entries()) {
          assert.deepStrictEqual(
            node.to.map((other) => copy.indexOf(other as (typeof copy)[number])),
            nodes[id].to.map((other) => nodes.indexOf(other as (typeof nodes)[number])),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a getter is read, and may pack something itself', () => {
    const value = {
      before: 'é'.repeat(60),
      get inner() {
        return roundTrip({ deep: [1, 'x'] });
      },
      after: { deep: [2, 'y'] },
    };
    assert.deepStrictEqual(roundTrip(value), {
      before: value.before,
      inner: { deep: [1, 'x'] },
      after: { deep: [2, 'y'] },
    });
  });

  test('proxies with working traps are read through', () => {
    const proxy = new Proxy({ a: 1 } as Record<string, unknown>, {
      get: (target, key) => (key === 'a' ? 'trapped' : Reflect.get(target, key)),
    });
    assert.deepStrictEqual(roundTrip(proxy), { a: 'trapped' });
    assert.deepStrictEqual(roundTrip(new Proxy([1, 2], {})), [1, 2]);
  });

  test('who lies about what it is does no harm', () => {
    assert.deepStrictEqual(roundTrip({ [Symbol.toStringTag]: 'Map', a: 1 }), { [Symbol.toStringTag]: 'Map', a: 1 });
    const liar = Object.create(Map.prototype) as object;
    assert.throws(() => pack(liar, 'value'), { code: 'ERR_NOT_SENDABLE' });
  });

  test('globals are those of the receiver', async () => {
    const value = roundTrip({ global: globalThis, math: Math });
    assert.equal(value.global, globalThis);
    assert.equal(value.math, Math);
    assert.equal(await peer.call((json) => json === JSON, JSON), true);
  });

  test('handles are the same record in every thread', async () => {
    const thing = new Thing();
    thing.value = 5;
    assert.equal(roundTrip(thing), thing);
    assert.deepStrictEqual(roundTrip([thing, { thing }]), [thing, { thing }]);
    assert.equal(references(thing), 1);
    assert.equal(
      await peer.call((there) => {
        there.value += 1;
        return there;
      }, thing),
      thing,
    );
    assert.equal(thing.value, 6);
    const address = pack([thing, thing], 'value');
    assert.equal(references(thing), 3 - 0);
    unpack(address);
    assert.equal(references(thing), 2);
  });
});
