import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { allocateRaw, blockBytes, free, usedBytes } from '../../src/heap/allocator.js';
import { i32, u8 } from '../../src/heap/memory.js';
import { pack, unpack } from './peer.js';
import { references, Thing } from './thing.js';

const thing = new Thing();
const rich = (): unknown => ({
  numbers: [1, 300, 70000, 1.5, -1],
  texts: ['short', 'é'.repeat(60), '日本語', 'x'.repeat(300)],
  list: Array.from({ length: 20 }, (_, k) => ({ id: k, name: `name ${k}` })),
  map: new Map<unknown, unknown>([['k', new Set([1, 2n ** 80n])]]),
  bytes: new Float64Array(8),
  integers: Array.from({ length: 30 }, (_, k) => k * 1000),
  doubles: Array.from({ length: 30 }, (_, k) => k / 7),
  thing,
  date: new Date(5),
  regexp: /a/g,
  formatter: new Intl.NumberFormat('de', { minimumFractionDigits: 1 }),
  error: new TypeError('e', { cause: 1 }),
  fn: () => 1,
});

/** Where the encoded value begins: behind the header and the addresses of records. */
function bodyOf(address: number): number {
  return Math.ceil(((address + 4 + i32[address + 2]) * 4 + i32[address + 3]) / 8) * 8;
}

/** Decodes; damage may give an Error or another value, nothing else. */
function tryUnpack(address: number): void {
  try {
    unpack(address);
  } catch (error) {
    assert.ok(error instanceof Error, String(error));
  }
}

describe('damaged messages', () => {
  test('cut off at any length, with what follows untouched', () => {
    const length = i32[pack(rich(), 'value')];
    for (let cut = 0; cut < length; cut += 3) {
      const address = pack(rich(), 'value');
      // Whatever stands behind the cut would be valid: a decoder that read on would succeed.
      i32[address] = cut;
      assert.throws(() => unpack(address), /damaged message/);
    }
  });

  test('a length beyond the block', () => {
    const address = pack(['x'.repeat(100)], 'value');
    i32[address] = 0x7fffffff;
    const body = bodyOf(address);
    // Claim a text that reaches far behind the block.
    u8[body + 2] = 0xa8;
    u8.set([0xff, 0xff, 0xff, 0x7f], body + 3);
    assert.throws(() => unpack(address), /damaged message/);
  });

  test('bytes changed at random', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const address = pack(rich(), 'value');
          const body = bodyOf(address);
          const end = address * 4 + i32[address];
          for (const [place, value] of changes) u8[body + (place % (end - body))] = value;
          tryUnpack(address);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        const address = allocateRaw(16 + bytes.length);
        i32[address] = 16 + bytes.length;
        i32[address + 1] = 1;
        i32[address + 2] = 0;
        i32[address + 3] = 0;
        u8.set(bytes, (address + 4) * 4);
        tryUnpack(address);
      }),
      { numRuns: 3000 },
    );
  });

  test('references are given back, and the block is freed', () => {
    const thing = new Thing();
    const address = pack([thing, 'x'.repeat(5000)], 'value');
    const size = blockBytes(address);
    u8[bodyOf(address)] = 0xff;
    assert.throws(() => unpack(address), /damaged message/);
    assert.equal(references(thing), 1);
    const again = allocateRaw(size);
    assert.equal(again, address);
    free(again);
  });

  test('any valid message, changed or cut off: an error or another value, soon, and the heap is as before', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withTypedArray: true,
      withSparseArray: true,
      maxDepth: 4,
    });
    const list = fc.array(anything, { maxLength: 40 });
    const damage = fc.record({
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      cut: fc.oneof(fc.constant(-1), fc.nat()),
    });
    const spoil = (value: unknown, changes: readonly (readonly [number, number])[], cut: number) => {
      const address = pack([value, 'the end'], 'value');
      const body = bodyOf(address);
      const length = address * 4 + i32[address] - body;
      for (const [place, byte] of changes) u8[body + (place % length)] = byte;
      if (cut >= 0) i32[address] = body + (cut % length) - address * 4;
      tryUnpack(address);
    };
    spoil([1], [], 0);
    const before = usedBytes();
    fc.assert(
      fc.property(fc.oneof(anything, list), damage, (value, { changes, cut }) => {
        const start = performance.now();
        spoil(value, changes, cut);
        // A damaged count must not make it read what is not there; the machine may be busy.
        assert.ok(performance.now() - start < 5_000);
        // The rest behind a page run's last block counts as used, once for each size of block.
        assert.ok(usedBytes() - before < 1 << 15, `${usedBytes() - before} bytes left behind`);
      }),
      { numRuns: 3000 },
    );
  });
});
