/** Maps, lists, sets and objects: what came in less what went out is what is inside. */
import assert from 'node:assert/strict';
import {
  AtomicFloat64,
  AtomicInt32,
  shared,
  type SharedList,
  type SharedMap,
  SharedObject,
  type SharedSet,
} from 'threadwork';
import type { Actor } from './actor.js';
import type { Workload } from './workload.js';

const KEYS = 8;
const MOST = 200;

interface Containers {
  counts: SharedMap<string, number>;
  updates: AtomicInt32;
  list: SharedList<number>;
  /** Of the list: how many came in and went out, and what they sum up to. */
  length: AtomicInt32;
  sum: AtomicFloat64;
  set: SharedSet<number | string>;
  size: AtomicInt32;
  object: { n: number; text: string; list: SharedList<number> };
  raised: AtomicInt32;
  /** Texts and nested objects, which come and go. */
  things: SharedMap<number, unknown>;
}

function operate(state: Containers, actor: Actor): void {
  const { counts, updates, list, length, sum, set, size, object, raised, things } = state;
  const { chance } = actor;
  const n = chance(1000);
  switch (chance(7)) {
    case 0:
      counts.update(`key ${chance(KEYS)}`, (count = 0) => {
        actor.mayDie();
        return count + 1;
      });
      updates.add(1);
      return;
    case 1:
      if (list.length > MOST) {
        const removed = list.splice(chance(MOST), 3);
        length.sub(removed.length);
        for (const item of removed) sum.sub(item);
        return;
      }
      if (chance(2) === 0) list.push(n);
      else list.insert(chance(10), n);
      length.add(1);
      sum.add(n);
      return;
    case 2: {
      const item = list.shift();
      if (item === undefined) return;
      length.sub(1);
      sum.sub(item);
      return;
    }
    case 3: {
      const item = chance(2) === 0 ? chance(50) : `item ${chance(50)}`;
      if (chance(2) === 0) size.add(Number(set.insert(item)));
      else size.sub(Number(set.delete(item)));
      return;
    }
    case 4:
      SharedObject.update(object, 'n', (before) => {
        actor.mayDie();
        return before + 1;
      });
      raised.add(1);
      object.text = `${n} and ${n}`;
      assert.match(object.text, /^(\d+) and \1$/);
      return;
    case 5: {
      const key = chance(KEYS);
      if (chance(3) === 0) things.delete(key);
      else if (chance(2) === 0) things.set(key, `${n} and ${n}`.repeat(1 + chance(9)));
      else things.set(key, { n, list: [n, { n }], map: new Map([[n, 'text']]) });
      actor.mayDie();
      return;
    }
    default: {
      const thing = things.get(chance(KEYS));
      if (typeof thing === 'string') assert.match(thing, /^(\d+) and \1/);
      else if (thing !== undefined) {
        const { n: number, list: inner } = thing as { n: number; list: SharedList<number | { n: number }> };
        assert.equal(inner.at(0), number);
        assert.equal((inner.at(1) as { n: number }).n, number);
      }
    }
  }
}

export const containers: Workload<Containers> = {
  name: 'containers',

  open: () => ({
    counts: shared(new Map<string, number>()),
    updates: new AtomicInt32(),
    list: shared<number[]>([]),
    length: new AtomicInt32(),
    sum: new AtomicFloat64(),
    set: shared(new Set<number | string>()),
    size: new AtomicInt32(),
    object: shared({ n: 0, text: '0 and 0', list: [] as number[] }),
    raised: new AtomicInt32(),
    things: shared(new Map<number, unknown>()) as SharedMap<number, unknown>,
  }),

  step: operate,

  async stepAsync(state, actor) {
    operate(state, actor);
    await actor.mayDieAsync();
  },

  check({ counts, updates, list, length, sum, set, size, object, raised }) {
    let counted = 0;
    for (const count of counts.values()) counted += count;
    assert.equal(counted, updates.value, 'updates of the map');
    const items = list.toArray();
    assert.equal(items.length, length.value, 'items of the list');
    assert.equal(
      items.reduce((total, item) => total + item, 0),
      sum.value,
      'sum of the list',
    );
    assert.equal(set.size, size.value, 'items of the set');
    assert.equal([...set].length, size.value);
    assert.equal(object.n, raised.value, 'updates of the object');
  },
};
