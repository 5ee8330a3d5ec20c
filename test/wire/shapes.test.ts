/** Objects at one place that mostly have one shape: those that only look like it are written as what they are. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { roundTrip } from './peer.js';

const KEY = Symbol.for('threadwork test');

/** So many of a kind that the shape's own code writes them. */
function many(odd: object): object[] {
  const list: object[] = Array.from({ length: 600 }, (_, k) => ({ id: k, name: `n${k}`, at: { x: k, y: 0.5 } }));
  list.splice(500, 0, odd);
  return list;
}

describe('among objects of one shape', () => {
  const like = () => ({ id: 7, name: 'n', at: { x: 1, y: 2 } });
  const odd: Record<string, object> = {
    'one with a key less': { id: 7, name: 'n' },
    'one with a key more': { ...like(), more: 1 },
    'one in another order': { name: 'n', id: 7, at: { x: 1, y: 2 } },
    'one with another key': { id: 7, nome: 'n', at: { x: 1, y: 2 } },
    'an empty one': {},
    'one with an index': Object.assign({ 5: 1 }, like()),
    'one with a symbol': { ...like(), [KEY]: 1 },
    'one that has lost a key': (() => {
      const object: Partial<ReturnType<typeof like>> = like();
      delete object.name;
      return object;
    })(),
    'one of a class': Object.assign(Object.create(null) as object, like()),
  };
  for (const [name, object] of Object.entries(odd)) {
    test(name, () => {
      const [there] = (roundTrip(many(object)) as object[]).slice(500);
      assert.deepStrictEqual(there, object);
      assert.deepStrictEqual(Reflect.ownKeys(there), Reflect.ownKeys(object));
    });
  }

  test('one with a key that is not enumerable', () => {
    const object = Object.defineProperty(like(), 'name', { enumerable: false });
    const [there] = (roundTrip(many(object)) as object[]).slice(500);
    assert.deepStrictEqual(there, { id: 7, at: { x: 1, y: 2 } });
  });

  for (const key of ['extra', 'at']) {
    test(`while the common prototype has a key, ${key}`, () => {
      roundTrip(many(like()));
      Object.assign(Object.prototype, { [key]: 1 });
      try {
        const there = roundTrip(many({ id: 7, name: 'n' })) as object[];
        assert.equal(there.length, 601);
        for (const [k, object] of there.entries()) {
          assert.deepEqual(Reflect.ownKeys(object), k === 500 ? ['id', 'name'] : ['id', 'name', 'at']);
        }
      } finally {
        Reflect.deleteProperty(Object.prototype, key);
      }
    });
  }
});
