import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NotSendableError } from '../../src/errors.js';
import { AtomicInt32 } from '../../src/shared/atomic-integers.js';
import { Lock } from '../../src/threading/lock.js';
import { allocate, free, usedBytes } from '../../src/heap/allocator.js';
import { i32 } from '../../src/heap/memory.js';
import { defineRecord, newRecord, release, retain } from '../../src/heap/records.js';
import { Record } from '../../src/heap/layout.js';
import { clearSlot, dropSlot, peekSlot, Tag, takeSlot, writeSlot } from '../../src/wire/slot.js';

function withSlot<R>(use: (at: number) => R): R {
  const at = allocate(8);
  clearSlot(at);
  try {
    return use(at);
  } finally {
    free(at);
  }
}

/** Without dates: two invalid ones are never equal to Node 20. */
const values = fc.anything({ withBigInt: true, withMap: true, withSet: true });

test('a slot gives back what was written, as often as it is peeked at', () => {
  withSlot((at) => {
    fc.assert(
      fc.property(fc.oneof(values, fc.date({ noInvalidDate: true })), (value) => {
        writeSlot(at, value, 'item');
        assert.deepEqual(peekSlot(at), value);
        assert.deepEqual(peekSlot(at), value);
        assert.deepEqual(takeSlot(at), value);
      }),
    );
  });
});

test('every number keeps its value, whatever its bits', () => {
  const special = [0, -0, NaN, Infinity, -Infinity, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 5e-324, -Number.MAX_VALUE];
  withSlot((at) => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...special), fc.double(), fc.integer()), (value) => {
        writeSlot(at, value, 'item');
        return Object.is(takeSlot(at), value);
      }),
    );
    // A NaN with the bits of a tag comes from outside only; as a number it is just NaN.
    const words = new Int32Array([7, Tag.RECORD]);
    writeSlot(at, new Float64Array(words.buffer)[0], 'item');
    assert.ok(Number.isNaN(takeSlot(at)));
  });
});

test('an empty slot reads as undefined and owns nothing', () => {
  withSlot((at) => {
    assert.equal(peekSlot(at), undefined);
    dropSlot(at);
    assert.equal(takeSlot(at), undefined);
  });
});

test('a handle in a slot keeps its record alive and comes back as itself', () => {
  withSlot((at) => {
    const lock = new Lock();
    writeSlot(at, lock, 'item');
    assert.equal(peekSlot(at), lock);
    assert.equal(takeSlot(at), lock);
    lock.acquire();
    assert.ok(lock.locked());
  });
});

test('what cannot be sent leaves the slot as it was', () => {
  withSlot((at) => {
    writeSlot(at, 5, 'item');
    assert.throws(() => writeSlot(at, { deep: [Promise.resolve()] }, 'item'), NotSendableError);
    assert.equal(takeSlot(at), 5);
  });
});

test('slots that are dropped free what they own', () => {
  withSlot((at) => {
    const counter = new AtomicInt32();
    const churn = () => {
      for (const value of ['a longer text that needs a block '.repeat(8), { a: [1, { b: 2 }] }, [counter], counter]) {
        writeSlot(at, value, 'item');
        dropSlot(at);
      }
    };
    churn();
    const used = usedBytes();
    for (let k = 0; k < 1000; k++) churn();
    // Handles that were collected meanwhile may have given up what they held.
    assert.ok(usedBytes() <= used);
  });
});

test('a chain of records longer than the stack is freed', () => {
  const LINK: number = Record.BODY;
  const TYPE = 250;
  let freed = 0;
  defineRecord(TYPE, {
    label: 'Link',
    dispose(address) {
      freed++;
      if (i32[address + LINK] !== 0) release(i32[address + LINK]);
    },
  });
  let first = 0;
  for (let k = 0; k < 200_000; k++) {
    const record = newRecord(TYPE, 2);
    retain(record);
    i32[record + LINK] = first;
    first = record;
  }
  release(first);
  assert.equal(freed, 200_000);
});
