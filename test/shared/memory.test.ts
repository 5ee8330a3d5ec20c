/** What containers own is freed, and nothing else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import {
  HeapExhaustedError,
  Lock,
  memoryUsage,
  shared,
  SharedList,
  SharedMap,
  SharedSet,
  SharedObject,
} from 'threadwork';
import { Crew } from '../conformance/crew.js';
import { blocking } from '../conformance/forms.js';
import { turn } from '../stress/chance.js';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

/** Bytes in use once the handles that nobody has any more are gone. */
async function settled(): Promise<number> {
  for (let k = 0; k < 3; k++) {
    collectGarbage();
    await turn();
  }
  return memoryUsage().used;
}

const values = (): unknown[] => [
  1,
  'text',
  'longer text '.repeat(30),
  'Ωmega',
  10n,
  new Date(),
  { a: [1, { b: 2 }] },
  new Map([['k', ['v']]]),
  new Lock(),
];

/** Runs `churn` until the heap has stopped growing, and then many times more. */
function keepsTheHeap(name: string, churn: () => void, rounds = 300): void {
  void test(name, async () => {
    for (let k = 0; k < rounds; k++) churn();
    let before = await settled();
    for (let attempt = 0; ; attempt++) {
      for (let k = 0; k < rounds; k++) churn();
      const after = await settled();
      // A stock of free blocks counts as used: a few of them more or less. A block lost each time would be 4800 bytes.
      if (after <= before + rounds * 8) break;
      assert.ok(attempt < 3, `the heap grew from ${before} to ${after} bytes`);
      before = after;
    }
  });
}

const list = new SharedList<unknown>();
const map = new SharedMap<unknown, unknown>();
const set = new SharedSet<unknown>();
const box = shared({ value: null as unknown });

keepsTheHeap('a list that is filled and emptied', () => {
  list.extend(values());
  list.splice(1, 3, ...values());
  list.set(0, 'other');
  list.update(1, () => ({ n: 1 }));
  list.remove('other');
  list.indexOf('needle');
  list.toArray();
  list.sort(() => 0);
  list.pop();
  list.shift();
  list.clear();
});

keepsTheHeap('a map that is filled and emptied', () => {
  for (const [k, value] of values().entries()) map.set(`key ${k}`, value).set(k, value).set(BigInt(k), value);
  for (const [k, value] of values().entries()) map.set(`key ${k}`, value).getOrInsert(`key ${k}`, value);
  map.update('key 1', () => ({ n: 1 }));
  map.compareExchange(1, 'text', 'other');
  map.compareExchange('key 3', 'no', 'other');
  map.toMap();
  map.pop('key 2');
  map.popItem();
  map.delete(1);
  map.clear();
});

keepsTheHeap('a set that is filled and emptied', () => {
  for (let k = 0; k < 20; k++) set.add(k).add(`text ${k}`).add('text 1');
  set.toSet();
  set.pop();
  set.delete('text 5');
  set.clear();
});

keepsTheHeap('an object that is overwritten', () => {
  for (const value of values()) box.value = value;
  SharedObject.update(box, 'value', (value) => [value]);
  box.value = 0;
});

keepsTheHeap('what fails in the middle', () => {
  const circle: Record<string, unknown> = {
    a: ['x', { y: 'z'.repeat(99) }],
    m: new Map([['k', ['v']]]),
    s: new Set(['q']),
  };
  circle['self'] = circle;
  circle['bad'] = Promise.resolve();
  assert.throws(() => shared(circle));
  assert.throws(() => list.push('a', 'b', Promise.resolve()));
  assert.throws(() => map.set({}, 'x'));
  assert.throws(() => map.update('k', () => Promise.resolve()));
});

test('a heap that is full: an error, and everything as before', () => {
  const big = new Uint8Array(2 ** 24);
  const full = new SharedList<Uint8Array | string>();
  let pushed = 0;
  assert.throws(() => {
    for (;;) {
      full.push(big);
      pushed++;
    }
  }, HeapExhaustedError);
  assert.equal(full.length, pushed);
  full.clear();
  full.push('a');
  assert.equal(full.at(0), 'a');
});

test('objects that other threads made and dropped are freed while the threads go on', async () => {
  const churn = async () => {
    await new Crew(2, () => {
      for (let k = 0; k < 4000; k++) {
        const own = shared({ list: [1, { n: 'text' }], set: new Set([k]) });
        map.set(k, own.list);
        map.set(k, own.set);
      }
    }).join(blocking, 60_000);
    map.clear();
  };
  await churn();
  await churn();
  let before = await settled();
  for (let attempt = 0; ; attempt++) {
    for (let k = 0; k < 3; k++) await churn();
    const after = await settled();
    // Each object is 1.5 KB; 24,000 were made, and would be there after each attempt. When a worker collects its garbage is its affair.
    if (after <= before + 2 ** 24) return;
    assert.ok(attempt < 4, `from ${before} to ${after}`);
    before = after;
  }
});

/** THREADWORK_STRESS=50 makes it a million. */
const DROPS = Math.ceil(20_000 * Number(process.env['THREADWORK_STRESS'] ?? 1));

for (const [kind, make] of Object.entries({
  SharedObject: () => shared({ a: 1, b: 'text', c: null }),
  SharedList: () => shared([1, 'text', null]),
  SharedMap: () => shared(new Map([['a', 1]])),
  SharedSet: () => shared(new Set(['a'])),
})) {
  void test(`${DROPS} of a ${kind} created and dropped in one job leave the heap where it was`, async () => {
    let before = await settled();
    // Spans that one round opened stay open for the next, and how many are needed depends on the collector.
    for (let attempt = 0; ; attempt++) {
      for (let k = 0; k < DROPS; k++) make();
      const after = await settled();
      if (after <= before + 2 ** 20) break;
      assert.ok(attempt < 4, `from ${before} to ${after}`);
      before = after;
    }
  });
}

test('containers that one long job drops do not pile up', () => {
  const MIB = 1024 * 1024;
  let most = 0;
  // A quarter of a gigabyte, without a turn of the event loop.
  for (let k = 0; k < 250_000; k++) {
    shared(new Map([[1, k]]));
    if (k % 1000 === 0) most = Math.max(most, memoryUsage().used);
  }
  assert.ok(most < 192 * MIB, `${(most / MIB).toFixed(0)} MiB`);
});
