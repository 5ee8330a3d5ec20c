/**
 * Four threads of random operations on one container. What they saw must be what some order of the operations gives
 * (linearizable.ts).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtomicInt32, Barrier, shared, SharedList, SharedMap, SharedObject } from 'threadwork';
import { Crew } from '../conformance/crew.js';
import { asynchronous } from '../conformance/forms.js';
import { chanceFrom } from './chance.js';
import { DEADLINE_MS, SCALE } from './contest.js';
import { type Call, type Model, mustBeLinearizable } from './linearizable.js';

const THREADS = 4;
/** Operations of a thread between two moments at which all rest: the search is over one such burst at a time. */
const BURST = 6;
const BURSTS = Math.ceil(30 * SCALE);

type Do = (what: readonly unknown[]) => unknown;

/** Runs random operations, each written down with the times of a clock that all threads share. */
async function record(
  choose: (chance: (below: number) => number) => readonly unknown[],
  make: () => Do,
  seed: number,
): Promise<Call[]> {
  const clock = new AtomicInt32();
  const rest = new Barrier(THREADS);
  const written = new SharedList<string>();
  await new Crew(THREADS, (number) => {
    const chance = chanceFrom(seed * THREADS + number + 1);
    const perform = make();
    const calls: Call[] = [];
    for (let burst = 0; burst < BURSTS; burst++) {
      rest.wait(DEADLINE_MS);
      for (let k = 0; k < BURST; k++) {
        const what = choose(chance);
        const called = clock.add(1);
        const result = perform(what);
        calls.push({ called, returned: clock.add(1), what, result: result === undefined ? null : result });
      }
    }
    written.push(JSON.stringify(calls));
  }).join(asynchronous, DEADLINE_MS);
  return [...written].flatMap((text) => JSON.parse(text) as Call[]);
}

/** A model whose states are plain data. */
function modelOf<S>(start: S, perform: (state: S, what: readonly unknown[]) => unknown): Model<S> {
  return {
    start,
    step(state, what) {
      const next = structuredClone(state);
      const result = perform(next, what);
      return [next, result === undefined ? null : result];
    },
    key: (state) => JSON.stringify(state),
  };
}

const runs = Math.max(1, Math.ceil(2 * SCALE));
const VALUES = [1, 'short', 2.5, 'a text that is too long to be remembered by readers', null, 'Ω'];

for (let run = 0; run < runs; run++) {
  void test(`a SharedMap, ${run}`, async () => {
    const map = new SharedMap<string | number, unknown>();
    const keys = ['a', 'b', 1, 2];
    const history = await record(
      (chance) => {
        const key = keys[chance(keys.length)];
        const value = VALUES[chance(VALUES.length)];
        return [
          ['get', key],
          ['set', key, value],
          ['delete', key],
          ['getOrInsert', key, value],
          ['count', key],
          ['cas', key, VALUES[chance(VALUES.length)], value],
          ['popItem'],
          ['entries'],
          ['size'],
          ['has', key],
          ['clear'],
          ['set', key, value],
        ][chance(12)];
      },
      () =>
        ([what, key, value, other]) => {
          const k = key as string;
          if (what === 'get') return map.get(k);
          if (what === 'set') return void map.set(k, value);
          if (what === 'delete') return map.delete(k);
          if (what === 'getOrInsert') return map.getOrInsert(k, value);
          if (what === 'count') return map.update(k, (n) => (typeof n === 'number' ? n + 1 : 0));
          if (what === 'cas') return map.compareExchange(k, value, other);
          if (what === 'popItem') return map.size === 0 ? null : popItem();
          if (what === 'entries') return [...map];
          if (what === 'size') return map.size;
          if (what === 'has') return map.has(k);
          return map.clear();
          function popItem() {
            try {
              return map.popItem();
            } catch {
              return null;
            }
          }
        },
      run + 1,
    );
    assert.equal(history.length, THREADS * BURSTS * BURST);
    mustBeLinearizable(
      history,
      modelOf([] as [unknown, unknown][], (entries, [what, key, value, other]) => {
        const entry = entries.find(([k]) => k === key);
        const put = (v: unknown) => (entry === undefined ? void entries.push([key, v]) : void (entry[1] = v));
        if (what === 'get') return entry?.[1];
        if (what === 'set') return put(value);
        if (what === 'delete') return entry !== undefined && entries.splice(entries.indexOf(entry), 1).length === 1;
        if (what === 'getOrInsert') {
          if (entry === undefined) put(value);
          return entry === undefined ? value : entry[1];
        }
        if (what === 'count') {
          const next = typeof entry?.[1] === 'number' ? entry[1] + 1 : 0;
          put(next);
          return next;
        }
        if (what === 'cas') {
          const found = entry?.[1];
          if (entry !== undefined && found === value) put(other);
          return found;
        }
        if (what === 'popItem') return entries.pop();
        if (what === 'entries') return entries;
        if (what === 'size') return entries.length;
        if (what === 'has') return entry !== undefined;
        entries.length = 0;
        return undefined;
      }),
    );
  });

  void test(`a SharedList, ${run}`, async () => {
    const list = new SharedList<unknown>([0]);
    const history = await record(
      (chance) => {
        const value = VALUES[chance(VALUES.length)];
        const index = chance(4);
        return [
          ['push', value],
          ['push', value, index],
          ['shift'],
          ['shift'],
          ['at', index],
          ['at', -1 - index],
          ['unshift', value],
          ['insert', index, value],
          ['splice', index, chance(3), value],
          ['indexOf', value],
          ['toArray'],
          ['length'],
          ['reverse'],
          ['splice', 2, 9, 'end'],
        ][chance(14)];
      },
      () =>
        ([what, ...rest]) => {
          if (what === 'toArray') return list.toArray();
          if (what === 'length') return list.length;
          if (what === 'reverse') return void list.reverse();
          if (what === 'insert') return list.insert(rest[0] as number, rest[1]);
          return (list[what as 'push'] as (...args: unknown[]) => unknown).apply(list, rest);
        },
      run + 1,
    );
    mustBeLinearizable(
      history,
      modelOf([0] as unknown[], (array, [what, ...rest]) => {
        if (what === 'toArray') return array;
        if (what === 'length') return array.length;
        if (what === 'reverse') return void array.reverse();
        if (what === 'insert') return void array.splice(rest[0] as number, 0, rest[1]);
        return (array[what as 'push'] as (...args: unknown[]) => unknown).apply(array, rest);
      }),
    );
  });

  void test(`a SharedObject, ${run}`, async () => {
    const names = ['x', 'y', 'z'] as const;
    type Box = Record<(typeof names)[number], unknown>;
    const box = shared<Box>({ x: 0, y: 0, z: 0 });
    const history = await record(
      (chance) => {
        const name = names[chance(3)];
        const value = VALUES[chance(VALUES.length)];
        return [
          ['get', name],
          ['set', name, value],
          ['count', name],
          ['cas', name, VALUES[chance(VALUES.length)], value],
        ][chance(4)];
      },
      () =>
        ([what, key, value, other]) => {
          const name = key as keyof Box;
          if (what === 'get') return box[name];
          if (what === 'set') return void (box[name] = value);
          if (what === 'count')
            return SharedObject.update(box as Box, name, (n) => (typeof n === 'number' ? n + 1 : 0));
          return SharedObject.compareExchange(box as Box, name, value, other);
        },
      run + 1,
    );
    mustBeLinearizable(
      history,
      modelOf({ x: 0, y: 0, z: 0 } as Box, (state, [what, key, value, other]) => {
        const name = key as keyof Box;
        const found = state[name];
        if (what === 'get') return found;
        if (what === 'set') return void (state[name] = value);
        if (what === 'count') return (state[name] = typeof found === 'number' ? found + 1 : 0);
        if (found === value) state[name] = other;
        return found;
      }),
    );
  });
}

test('the checker finds a lost update', () => {
  const model = modelOf({ n: 0 }, (state, [what]) => (what === 'add' ? ++state.n : state.n));
  const history = (results: number[]): Call[] => [
    { called: 0, returned: 3, what: ['add'], result: results[0] },
    { called: 1, returned: 2, what: ['add'], result: results[1] },
    { called: 4, returned: 5, what: ['get'], result: results[2] },
  ];
  mustBeLinearizable(history([2, 1, 2]), model);
  assert.throws(() => mustBeLinearizable(history([1, 1, 1]), model), /no order/);
  assert.throws(() => mustBeLinearizable(history([1, 2, 1]), model), /no order/);
});
