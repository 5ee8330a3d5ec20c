/**
 * What comes from another realm: a vm context has an Array, a Map and an Object of its own.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import vm from 'node:vm';
import { shared } from '../../src/shared/index.js';
import { transfer } from '../../src/wire/transfer.js';
import { pack, roundTrip } from './peer.js';

const context = vm.createContext({});
const there = <T>(text: string): T => vm.runInContext(`(${text})`, context, { filename: 'context.js' }) as T;
const here = (text: string): unknown => vm.runInThisContext(`(${text})`, { filename: 'here.js' }) as unknown;

describe('values become those of this realm', () => {
  for (const text of [
    '[1, [2, 3]]',
    'Array.from({ length: 100 }, (_, k) => k / 2)',
    'Object.assign([1, 2], { x: 1 })',
    '({ a: 1, b: { c: 2 }, constructor: 5 })',
    '({})',
    'new Map([[1, { a: new Set([new Date(5)]) }]])',
    'Object.assign(new Map([[1, 2]]), { x: 1 })',
    '/a/g',
    "Object.assign(new TypeError('bad', { cause: new RangeError('why') }), { code: 3 })",
    'new Uint8Array([1, 2])',
    'new DataView(new ArrayBuffer(3))',
    '[Object(1), Object("s"), Object(1n)]',
    'JSON.parse(`{"__proto__": {"x": 1}, "b": 2}`)',
    'new Proxy([1], {})',
    '[Math, JSON, Reflect, Object, Array.prototype, Object.keys, isNaN, globalThis]',
  ]) {
    test(text, () => assert.deepEqual(dated(roundTrip(there(text))), dated(here(text))));
  }
});

/** Stacks differ by the file. */
function dated(value: unknown): unknown {
  for (let at = value; at instanceof Error; at = at.cause) at.stack = '';
  return value;
}

test('functions and classes are the same again, and what they use of the language is found', () => {
  const functions = there<Record<string, (...args: unknown[]) => unknown>>(`({
    arrow: () => 1, plain: function () {}, async: async () => 1, generator: function* () {}, later: async function* () {},
    method() {}, bound: (function (a) { return a; }).bind(null, 1),
    list: class List extends Array { get last() { return this.at(-1); } },
    uses: (() => { const { keys } = Object; const m = Math; return () => m.max(keys({ a: 1 }).length, 0); })(),
  })`);
  assert.equal(roundTrip(functions)['uses'], functions['uses']);
  assert.deepEqual(Object.values(roundTrip(functions)), Object.values(functions));
  const instance = there<object>('new (class List extends Map { twice() { return 2 * this.size; } })([[1, 2]])');
  const copy = roundTrip(instance) as Map<number, number> & { twice(): number };
  assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(instance));
  assert.deepEqual([copy.twice(), copy.get(1)], [2, 2]);
});

test('formatters', () => {
  const copy = roundTrip(there<Intl.NumberFormat>("new Intl.NumberFormat('de')"));
  assert.equal(copy.format(1234.5), '1.234,5');
  assert.ok(copy instanceof Intl.NumberFormat);
});

describe('what cannot be sent is refused, whatever its realm', () => {
  for (const text of [
    'Promise.resolve()',
    'new WeakMap()',
    'new WeakRef({})',
    'new FinalizationRegistry(() => {})',
    '(function* () {})()',
    '[][Symbol.iterator]()',
    "''[Symbol.iterator]()",
    "'a'.matchAll(/a/g)",
    'new Map().keys()',
    'Object.create(Map.prototype)',
    'new (class { #x = 1; })()',
    'Object.create(Intl.NumberFormat.prototype)',
  ]) {
    test(text, () => {
      for (const value of [there(text), here(text)])
        assert.throws(() => pack(value, 'item'), { name: 'NotSendableError' });
    });
  }
});

test('shared() and transfer() take them', () => {
  const map = shared(there<Map<string, { b: number[] }>>('new Map([["a", { b: [2] }]])'));
  assert.equal(map.get('a')?.b.get(0), 2);
  assert.throws(() => shared(there<object>('Math')), TypeError);
  const bytes = there<Uint8Array>('new Uint8Array([1, 2, 3])');
  assert.deepEqual(roundTrip(transfer(bytes)), new Uint8Array([1, 2, 3]));
  assert.equal(bytes.length, 0);
});
