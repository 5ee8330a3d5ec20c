/** What finds no room in the heap leaves nothing behind, whatever it had got so far. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeapExhaustedError } from '../../src/errors.js';
import { breakPool, brokenError, newPool } from '../../src/futures/pool.js';
import { allocate, blockBytes, free, usedBytes } from '../../src/heap/allocator.js';
import { ADDRESS } from '../../src/heap/handle.js';
import { i32 } from '../../src/heap/memory.js';
import { newRecord, release, retain } from '../../src/heap/records.js';
import { MUTEX_WORDS } from '../../src/park/mutex.js';
import { PriorityQueue } from '../../src/queue/priority-queue.js';
import { Queue } from '../../src/queue/queue.js';
import { SharedList } from '../../src/shared/list.js';
import { SharedMap } from '../../src/shared/map.js';
import { Lock } from '../../src/threading/lock.js';
import { LOCK_TYPE } from '../../src/threading/types.js';
import { Tag, takeSlot } from '../../src/wire/slot.js';
import { countOf, withFullHeap } from './full.js';

const LOCK_BYTES = blockBytes(new Lock()[ADDRESS]);
/** More than there are free seats for handles (heap/handle.ts). */
const MANY = 600;

test('an object that finds no room for its handle is no more', () => {
  const before = countOf('Lock');
  const made: Lock[] = [];
  const slot = allocate(8);
  withFullHeap(
    () => {
      assert.throws(() => {
        for (;;) made.push(new Lock());
      }, HeapExhaustedError);
      assert.ok(made.length < MANY, 'the seats went first');
      for (let k = 0; k < 20; k++) assert.throws(() => new Lock(), HeapExhaustedError);
      assert.equal(countOf('Lock'), before + made.length);

      // What comes out of a slot into a thread without a seat.
      const record = newRecord(LOCK_TYPE, MUTEX_WORDS);
      retain(record);
      i32[slot] = record;
      i32[slot + 1] = Tag.RECORD;
      assert.throws(() => takeSlot(slot), HeapExhaustedError);
      assert.equal(countOf('Lock'), before + made.length);
    },
    MANY,
    LOCK_BYTES,
  );
  free(slot);
});

test('update() of a map that finds no room for the entry gives the new value up', () => {
  const map = new SharedMap<number, string>();
  const before = countOf('text');
  withFullHeap(
    () => {
      for (let k = 0; k < 20; k++) {
        assert.throws(() => map.update(k * 7919, () => `v${k}`), HeapExhaustedError);
        assert.throws(() => map.compareExchange(k * 7919, undefined, `v${k}`), HeapExhaustedError);
      }
    },
    100,
    48,
  );
  assert.equal(map.size, 0);
  assert.equal(countOf('text'), before);
});

test('texts beyond Latin-1 count once', () => {
  const list = new SharedList<string>();
  const before = countOf('text');
  for (let k = 0; k < 100; k++) list.append(`Ж${k}`);
  assert.equal(countOf('text'), before + 100);
  list.clear();
  assert.equal(countOf('text'), before);
});

test('a snapshot that cannot be sorted is given up', () => {
  const map = new SharedMap(Array.from({ length: 100 }, (_, k) => [`key ${k}`, `value ${k}`] as const));
  const { sort } = Array.prototype;
  const before = usedBytes();
  Array.prototype.sort = () => {
    throw new RangeError('no stack');
  };
  try {
    for (let k = 0; k < 10; k++) assert.throws(() => map.toMap(), RangeError);
  } finally {
    Array.prototype.sort = sort;
  }
  assert.equal(usedBytes(), before);
  map.clear();
});

for (const Class of [Queue, PriorityQueue]) {
  test(`the limit of a ${Class.name} stays what it was where there is no room for those who wait`, async () => {
    const queue = new Class<number>(16);
    for (let k = 0; k < 16; k++) queue.put(k);
    const put = queue.putAsync(16);
    withFullHeap(() => {
      assert.throws(() => {
        queue.maxsize = 20;
      }, HeapExhaustedError);
    });
    assert.equal(queue.maxsize, 16);
    assert.equal(queue.full(), true);
    queue.maxsize = 20;
    await put;
    assert.equal(queue.qsize(), 17);
  });
}

test('a pool breaks, also where there is no room to say why', () => {
  const pool = newPool({ maxWorkers: 1, prefix: undefined });
  withFullHeap(() => breakPool(pool, 'it is said at length: '.repeat(100)));
  assert.match(brokenError(pool).message, /no room to say why/);
  release(pool);
});
