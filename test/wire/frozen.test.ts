import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { frozenOrigin } from '../../src/wire/frozen.js';
import { Peer, pack, unpack } from './peer.js';
import { Thing } from './thing.js';

function frozen<T>(value: T): T {
  return unpack(pack(value, { path: 'settings', freeze: true })) as T;
}

describe('frozen copies', () => {
  test('plain data is frozen through and through', () => {
    const copy = frozen({
      list: [1, { deep: true }],
      none: Object.assign(Object.create(null) as object, { a: [] as unknown[] }),
    });
    assert.throws(() => copy.list.push(3), TypeError);
    assert.throws(() => {
      (copy.list[1] as { deep: boolean }).deep = false;
    }, TypeError);
    assert.ok(Object.isFrozen(copy.none));
    assert.deepStrictEqual(copy.list, [1, { deep: true }]);
  });

  test('maps, sets and dates refuse to change', () => {
    const copy = frozen({ map: new Map([['k', { v: 1 }]]), set: new Set([{ x: 1 }]), date: new Date(5) });
    assert.throws(() => copy.map.set('k', { v: 2 }), { name: 'TypeError', message: 'Cannot set a frozen Map' });
    assert.throws(() => copy.map.delete('k'), TypeError);
    assert.throws(() => copy.map.clear(), TypeError);
    assert.throws(() => copy.set.add({ x: 2 }), TypeError);
    assert.throws(() => copy.set.clear(), TypeError);
    assert.throws(() => copy.date.setTime(0), TypeError);
    assert.throws(() => {
      (copy.map.get('k') as { v: number }).v = 2;
    }, TypeError);
    assert.deepStrictEqual(copy, { map: new Map([['k', { v: 1 }]]), set: new Set([{ x: 1 }]), date: new Date(5) });
    // And they travel on like any others.
    const again = unpack(pack(copy, 'value')) as typeof copy;
    again.map.set('l', { v: 3 });
    assert.equal(again.map.size, 2);
  });

  test('cycles are frozen, handles, errors, functions and typed arrays are not', () => {
    const thing = new Thing();
    const original: Record<string, unknown> = { thing, error: new Error('e'), bytes: new Uint8Array(3) };
    original['self'] = original;
    const copy = frozen(original);
    assert.ok(Object.isFrozen(copy));
    assert.equal(copy['self'], copy);
    assert.equal(copy['thing'], thing);
    thing.value = 3;
    (copy['error'] as Error & { extra?: number }).extra = 1;
    (copy['bytes'] as Uint8Array)[0] = 1;
  });

  test('a RegExp with g or y keeps its place', () => {
    const copy = frozen({ spaces: /\s+/g, word: /\w/y });
    assert.equal('a b  c'.replace(copy.spaces, '-'), 'a-b-c');
    assert.ok(copy.word.test('ab') && copy.word.test('ab') && !copy.word.test('ab'));
    assert.throws(() => Object.assign(copy.word, { extra: 1 }), TypeError);
  });

  test('a copy knows the variable that it came with', () => {
    const copy = frozen({ list: [[1]] });
    assert.equal(frozenOrigin(copy), 'settings');
    assert.equal(frozenOrigin(copy.list[0]), 'settings');
    assert.equal(frozenOrigin({}), undefined);
  });

  describe('what functions capture', () => {
    let peer: Peer;
    before(() => {
      peer = new Peer();
    });
    after(() => peer.end());

    test('is frozen; what they are given is not', async () => {
      const captured = { list: [1] };
      const frozenThere = await peer.call(
        (given: { list: number[] }) => [Object.isFrozen(captured.list), Object.isFrozen(given.list)],
        captured,
      );
      assert.deepStrictEqual(frozenThere, [true, false]);
    });

    test('is frozen though the same object is an argument, too', async () => {
      const both = { n: 1 };
      const n = await peer.call((given: { n: number }) => {
        given.n = 5;
        return [given.n, both.n, Object.isFrozen(both)];
      }, both);
      assert.deepStrictEqual(n, [5, 1, true]);
    });

    test('may be a RegExp with g, also one inside an object', async () => {
      const spaces = /\s+/g;
      const rules = { vowel: /[aeiou]/g };
      const text = await peer.call(
        (given: string) => given.replace(spaces, '-').replaceAll(rules.vowel, '*'),
        'one two  three',
      );
      assert.equal(text, '*n*-tw*-thr**');
    });

    test('explains the TypeError', async () => {
      const results: number[] = [];
      const seen = new Map<string, number>();
      const other: string[] = [];
      const hints = await peer.call(async () => {
        // Each thread has its own copy of the library; captured, this function would bring another one along.
        const { frozenHint: hint } = await import('../../src/wire/captives.js');
        const attempts = [
          () => results.push(other.length),
          () => seen.set('a', 1),
          () => {
            (other as string[] & { extra?: number }).extra = results.length;
          },
          () => {
            Object.freeze({ mine: 1 }).mine.toFixed();
            throw new TypeError('something else');
          },
        ];
        return attempts.map((attempt) => {
          try {
            attempt();
            return 'no error';
          } catch (error) {
            return hint(error) ?? 'no hint';
          }
        });
      });
      assert.deepStrictEqual(hints, [
        '`results` is a frozen copy: use `shared([])`',
        '`seen` is a frozen copy: use `shared(new Map())`',
        '`other` is a frozen copy: use `shared([])`',
        'no hint',
      ]);
    });
  });
});
