/** Atomics against a model: a typed array, and `Atomics` on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { AtomicBigInt64, AtomicBoolean, AtomicFloat64, AtomicInt32, AtomicUint32 } from 'threadwork';
import { Crew } from '../conformance/crew.js';
import { blocking } from '../conformance/forms.js';

const SUMS = ['add', 'sub', 'and', 'or', 'xor'] as const;
const WRITES = ['store', 'exchange'] as const;

/** Calls random operations on both, and compares what they return and what is there afterwards. */
function agree<T>(
  make: () => {
    ours: { [name in (typeof SUMS)[number] | 'exchange']: (value: T) => T } & {
      load: () => T;
      store: (value: T) => void;
      compareExchange: (expected: T, value: T) => T;
    };
    model: Int32Array | Uint32Array | BigInt64Array;
  },
  values: fc.Arbitrary<T>,
): void {
  const step = fc.tuple(fc.constantFrom(...SUMS, ...WRITES, 'compareExchange' as const), values, values, fc.boolean());
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { ours, model } = make();
      // One signature for arrays of numbers and of bigints.
      const atomics = Atomics as unknown as Record<string, (array: unknown, index: 0, ...values: T[]) => T>;
      for (const [name, value, other, hit] of steps) {
        if (name === 'compareExchange') {
          const expected = hit ? ours.load() : other;
          assert.equal(ours.compareExchange(expected, value), atomics[name](model, 0, expected, value));
        } else if (name === 'store') {
          ours.store(value);
          atomics[name](model, 0, value);
        } else assert.equal(ours[name](value), atomics[name](model, 0, value));
        assert.equal(ours.load(), model[0]);
      }
    }),
  );
}

test('AtomicInt32', () => {
  agree(() => ({ ours: new AtomicInt32(), model: new Int32Array(1) }), fc.integer());
});

test('AtomicUint32', () => {
  agree(() => ({ ours: new AtomicUint32(), model: new Uint32Array(1) }), fc.nat({ max: 2 ** 32 - 1 }));
});

test('AtomicBigInt64', () => {
  const values = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  agree(() => ({ ours: new AtomicBigInt64(), model: new BigInt64Array(1) }), values);
});

test('AtomicBoolean', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), fc.boolean(), (before, value, expected) => {
      const now = (call: (flag: AtomicBoolean) => unknown): unknown[] => {
        const flag = new AtomicBoolean(before);
        return [call(flag), flag.value];
      };
      assert.deepEqual(
        now((flag) => flag.exchange(value)),
        [before, value],
      );
      assert.deepEqual(
        now((flag) => flag.compareExchange(expected, value)),
        [before, before === expected ? value : before],
      );
      assert.deepEqual(
        now((flag) => flag.and(value)),
        [before, before && value],
      );
      assert.deepEqual(
        now((flag) => flag.or(value)),
        [before, before || value],
      );
      assert.deepEqual(
        now((flag) => flag.xor(value)),
        [before, before !== value],
      );
    }),
  );
});

test('AtomicFloat64', () => {
  const step = fc.tuple(
    fc.constantFrom('add', 'sub', 'store', 'exchange', 'compareExchange'),
    fc.double(),
    fc.double(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.boolean())), (steps) => {
      const ours = new AtomicFloat64();
      let model = 0;
      for (const [[name, value, other], hit] of steps) {
        const before = model;
        if (name === 'compareExchange') {
          const expected = hit ? model : other;
          if (Object.is(expected, model)) model = value;
          assert.equal(ours.compareExchange(expected, value), before);
        } else if (name === 'store') {
          ours.store(value);
          model = value;
        } else if (name === 'exchange') {
          assert.equal(ours.exchange(value), before);
          model = value;
        } else {
          assert.equal(name === 'add' ? ours.add(value) : ours.sub(value), before);
          model = name === 'add' ? model + value : model - value;
        }
        assert.equal(ours.load(), model);
      }
    }),
  );
});

test('AtomicFloat64: every NaN is the same, 0 and -0 are not', () => {
  const strange = new Float64Array(new BigInt64Array([0x7ff8_0000_0000_1234n, -1n]).buffer);
  const at = new AtomicFloat64(strange[0]);
  for (const write of [
    () => undefined,
    () => at.store(strange[1]),
    () => at.exchange(strange[0]),
    () => at.update(() => strange[1]),
    // What the processor makes of this is not the NaN that the language writes.
    () => [at.store(Infinity), at.add(-Infinity)],
    () => [at.store(Infinity), at.sub(Infinity)],
  ]) {
    write();
    assert.equal(at.compareExchange(strange[1], 1), NaN);
    assert.equal(at.load(), 1);
    at.store(NaN);
  }
  at.store(-0);
  at.compareExchange(0, 1);
  assert.equal(at.load(), -0);
  assert.equal(
    at.update((old) => old - 1),
    -1,
  );
});

test('threads count together', async () => {
  const whole = new AtomicInt32();
  const natural = new AtomicUint32();
  const big = new AtomicBigInt64();
  const double = new AtomicFloat64();
  const byUpdate = new AtomicFloat64();
  const flips = new AtomicBoolean();
  await new Crew(4, () => {
    for (let k = 0; k < 5000; k++) {
      whole.add(1);
      natural.sub(1);
      big.add(3n);
      double.add(0.5);
      byUpdate.update((old) => old + 0.25);
      flips.xor(true);
    }
    flips.xor(true);
  }).join(blocking, 60_000);
  assert.deepEqual(
    [whole.value, natural.value, big.value, double.value, byUpdate.value, flips.value],
    [20_000, 2 ** 32 - 20_000, 60_000n, 10_000, 5000, false],
  );
});

test('refuses what does not fit, and changes nothing', () => {
  const whole = new AtomicInt32(5);
  const natural = new AtomicUint32(5);
  const big = new AtomicBigInt64(5n);
  const double = new AtomicFloat64(5);
  const flag = new AtomicBoolean(true);
  for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5, NaN, Infinity]) {
    assert.throws(() => whole.store(value), RangeError);
    assert.throws(() => whole.exchange(value), RangeError);
    assert.throws(() => whole.compareExchange(5, value), RangeError);
    assert.throws(() => new AtomicInt32(value), RangeError);
  }
  for (const value of [2 ** 32, -1, 0.5, NaN]) assert.throws(() => natural.store(value), RangeError);
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) assert.throws(() => big.store(value), RangeError);
  for (const call of [
    () => whole.add(0.5),
    () => whole.add('1' as unknown as number),
    () => natural.and(1n as unknown as number),
    () => big.add(1 as unknown as bigint),
    () => double.add('1' as unknown as number),
    () => double.compareExchange(5, undefined as unknown as number),
    () => flag.store(1 as unknown as boolean),
    () => whole.update(undefined as unknown as () => number),
    () => whole.update(() => 'a' as unknown as number),
    () => AtomicInt32.prototype.add.call(natural, 1),
  ]) {
    assert.throws(call, (error) => error instanceof TypeError || error instanceof RangeError);
  }
  assert.deepEqual([whole.value, natural.value, big.value, double.value, flag.value], [5, 5, 5n, 5, true]);
});

test('text forms', () => {
  const whole = new AtomicInt32(-7);
  whole.name = 'hits';
  assert.equal(String(whole), '<AtomicInt32 -7 name=hits>');
  assert.equal(inspect(whole), '<AtomicInt32 -7 name=hits>');
  assert.equal(
    JSON.stringify({ a: whole, b: new AtomicBoolean(true), c: new AtomicFloat64(0.5) }),
    '{"a":-7,"b":true,"c":0.5}',
  );
  assert.equal(Number(whole) + 1, -6);
  assert.equal(new AtomicBigInt64(2n ** 62n).valueOf() > 2n ** 61n, true);
});
