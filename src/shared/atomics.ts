/**
 * Atomics: single numbers and flags in the shared heap. Every operation is one indivisible step for all threads.
 */
import { inspect } from 'node:util';
import { mustBeCallable } from '../arguments.js';
import * as atomic from '../heap/atomic.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { f64, i32, i64 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';

const INT32_TYPE = 40;
const UINT32_TYPE = 41;
const BIGINT64_TYPE = 42;
const FLOAT64_TYPE = 43;
const BOOLEAN_TYPE = 44;

/** The value's word; 8-byte values have it at this index / 2. */
const VALUE: number = Record.BODY;

function mustBeInteger(value: number, least: number, most: number, type: string): number {
  if (typeof value !== 'number') throw new TypeError(`${type} takes a number, not ${typeof value}`);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${value} does not fit ${type}: it holds whole numbers from ${least} to ${most}`);
}

function mustBeNumber(value: number, type: string): number {
  if (typeof value !== 'number') throw new TypeError(`${type} takes a number, not ${typeof value}`);
  return value;
}

function mustBeWhole(value: number, type: string): number {
  if (typeof value !== 'number') throw new TypeError(`${type} takes a number, not ${typeof value}`);
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not a whole number: ${type} counts in whole numbers`);
  return value;
}

function mustBeAtomic(handle: Handle): void {
  ofType(handle?.[ADDRESS], INT32_TYPE, BOOLEAN_TYPE);
}

/** What all atomics have in common. */
abstract class Atomic<T> extends Handle {
  /** The value now: reading and writing are one step each; `x.value += 1` is two, use `add`. */
  get value(): T {
    mustBeAtomic(this);
    return this.load();
  }

  set value(value: T) {
    mustBeAtomic(this);
    this.store(value);
  }

  /** Reads the value. */
  abstract load(): T;
  /** Writes the value. */
  abstract store(value: T): void;
  /** Writes `value` if the present one is `expected`; returns the one before, so `=== expected` means that it was written. */
  abstract compareExchange(expected: T, value: T): T;

  /**
   * Replaces the value by `fn(value)`, and returns the new one. `fn` may be called several times, when other threads write
   * in between; it must do nothing but compute.
   *
   * @example
   * high.update((old) => Math.max(old, seen));
   */
  update(fn: (value: T) => T): T {
    mustBeAtomic(this);
    mustBeCallable(fn, 'update()');
    for (let old = this.load(); ; ) {
      const next = fn(old);
      const found = this.compareExchange(old, next);
      if (Object.is(found, old)) return next;
      old = found;
    }
  }

  /** The value; so `JSON.stringify` and template literals show it. */
  toJSON(): T {
    mustBeAtomic(this);
    return this.load();
  }

  /** The value, for arithmetic and comparison. */
  override valueOf(): T {
    mustBeAtomic(this);
    return this.load();
  }

  /** Text form: `<AtomicInt32 5 name=AtomicInt32-3>`. */
  override toString(): string {
    mustBeAtomic(this);
    return `<${this.constructor.name} ${String(this.load())} name=${this.name}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineRecord(INT32_TYPE, { label: 'AtomicInt32' });

function int32At(handle: Handle): number {
  return ofType(handle?.[ADDRESS], INT32_TYPE);
}

/**
 * A shared 32-bit integer. Sums wrap around at ±2³¹, as Atomics' do.
 *
 * @example
 * const hits = new AtomicInt32();
 * new Thread({ target: () => { hits.add(1); } }).start();
 */
export class AtomicInt32 extends Atomic<number> {
  /** @param initial the value at the start, default 0; RangeError when it is no 32-bit integer. */
  constructor(initial = 0) {
    const value = mustBeInteger(initial, -(2 ** 31), 2 ** 31 - 1, 'AtomicInt32');
    const address = newRecord(INT32_TYPE, 2);
    i32[address + VALUE] = value;
    super(address);
  }

  /** Reads the value. */
  load(): number {
    return atomic.load(int32At(this) + VALUE);
  }

  /** Writes the value; RangeError when it is no 32-bit integer. */
  store(value: number): void {
    atomic.store(int32At(this) + VALUE, mustBeInteger(value, -(2 ** 31), 2 ** 31 - 1, 'AtomicInt32'));
  }

  /** Adds `n` and returns the value before. */
  add(n: number): number {
    return atomic.add(int32At(this) + VALUE, mustBeWhole(n, 'AtomicInt32'));
  }

  /** Subtracts `n` and returns the value before. */
  sub(n: number): number {
    return atomic.sub(int32At(this) + VALUE, mustBeWhole(n, 'AtomicInt32'));
  }

  /** Writes `value` and returns the one before. */
  exchange(value: number): number {
    return atomic.exchange(int32At(this) + VALUE, mustBeInteger(value, -(2 ** 31), 2 ** 31 - 1, 'AtomicInt32'));
  }

  /** Writes `value` if the present one is `expected`; returns the one before. */
  compareExchange(expected: number, value: number): number {
    const next = mustBeInteger(value, -(2 ** 31), 2 ** 31 - 1, 'AtomicInt32');
    return atomic.compareExchange(int32At(this) + VALUE, mustBeWhole(expected, 'AtomicInt32'), next);
  }

  /** Bitwise and; returns the value before. */
  and(bits: number): number {
    return atomic.and(int32At(this) + VALUE, mustBeWhole(bits, 'AtomicInt32'));
  }

  /** Bitwise or; returns the value before. */
  or(bits: number): number {
    return atomic.or(int32At(this) + VALUE, mustBeWhole(bits, 'AtomicInt32'));
  }

  /** Bitwise exclusive or; returns the value before. */
  xor(bits: number): number {
    return atomic.xor(int32At(this) + VALUE, mustBeWhole(bits, 'AtomicInt32'));
  }
}

defineHandle(INT32_TYPE, AtomicInt32);
defineRecord(UINT32_TYPE, { label: 'AtomicUint32' });

function uint32At(handle: Handle): number {
  return ofType(handle?.[ADDRESS], UINT32_TYPE);
}

/** A shared 32-bit integer without a sign. Sums wrap around at 2³². */
export class AtomicUint32 extends Atomic<number> {
  /** @param initial the value at the start, default 0; RangeError when it is not from 0 to 2³² - 1. */
  constructor(initial = 0) {
    const value = mustBeInteger(initial, 0, 2 ** 32 - 1, 'AtomicUint32');
    const address = newRecord(UINT32_TYPE, 2);
    i32[address + VALUE] = value;
    super(address);
  }

  /** Reads the value. */
  load(): number {
    return atomic.load(uint32At(this) + VALUE) >>> 0;
  }

  /** Writes the value; RangeError when it does not fit. */
  store(value: number): void {
    atomic.store(uint32At(this) + VALUE, mustBeInteger(value, 0, 2 ** 32 - 1, 'AtomicUint32') | 0);
  }

  /** Adds `n` and returns the value before. */
  add(n: number): number {
    return atomic.add(uint32At(this) + VALUE, mustBeWhole(n, 'AtomicUint32')) >>> 0;
  }

  /** Subtracts `n` and returns the value before. */
  sub(n: number): number {
    return atomic.sub(uint32At(this) + VALUE, mustBeWhole(n, 'AtomicUint32')) >>> 0;
  }

  /** Writes `value` and returns the one before. */
  exchange(value: number): number {
    return atomic.exchange(uint32At(this) + VALUE, mustBeInteger(value, 0, 2 ** 32 - 1, 'AtomicUint32') | 0) >>> 0;
  }

  /** Writes `value` if the present one is `expected`; returns the one before. */
  compareExchange(expected: number, value: number): number {
    const next = mustBeInteger(value, 0, 2 ** 32 - 1, 'AtomicUint32') | 0;
    return atomic.compareExchange(uint32At(this) + VALUE, mustBeWhole(expected, 'AtomicUint32') | 0, next) >>> 0;
  }

  /** Bitwise and; returns the value before. */
  and(bits: number): number {
    return atomic.and(uint32At(this) + VALUE, mustBeWhole(bits, 'AtomicUint32')) >>> 0;
  }

  /** Bitwise or; returns the value before. */
  or(bits: number): number {
    return atomic.or(uint32At(this) + VALUE, mustBeWhole(bits, 'AtomicUint32')) >>> 0;
  }

  /** Bitwise exclusive or; returns the value before. */
  xor(bits: number): number {
    return atomic.xor(uint32At(this) + VALUE, mustBeWhole(bits, 'AtomicUint32')) >>> 0;
  }
}

defineHandle(UINT32_TYPE, AtomicUint32);
defineRecord(BIGINT64_TYPE, { label: 'AtomicBigInt64' });

function mustBeBigInt(value: bigint): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`AtomicBigInt64 takes a bigint, not ${typeof value}`);
  return value;
}

function mustBeBigInt64(value: bigint): bigint {
  if (BigInt.asIntN(64, mustBeBigInt(value)) === value) return value;
  throw new RangeError(
    `${value} does not fit AtomicBigInt64: it holds whole numbers from -2n ** 63n to 2n ** 63n - 1n`,
  );
}

function bigint64At(handle: Handle): number {
  return ofType(handle?.[ADDRESS], BIGINT64_TYPE);
}

/** A shared 64-bit integer. Sums wrap around at ±2⁶³. */
export class AtomicBigInt64 extends Atomic<bigint> {
  /** @param initial the value at the start, default 0n; RangeError when it does not fit 64 bits. */
  constructor(initial = 0n) {
    const value = mustBeBigInt64(initial);
    const address = newRecord(BIGINT64_TYPE, 2);
    i64[(address + VALUE) / 2] = value;
    super(address);
  }

  /** Reads the value. */
  load(): bigint {
    return Atomics.load(i64, (bigint64At(this) + VALUE) / 2);
  }

  /** Writes the value; RangeError when it does not fit. */
  store(value: bigint): void {
    Atomics.store(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt64(value));
  }

  /** Adds `n` and returns the value before. */
  add(n: bigint): bigint {
    return Atomics.add(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt(n));
  }

  /** Subtracts `n` and returns the value before. */
  sub(n: bigint): bigint {
    return Atomics.sub(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt(n));
  }

  /** Writes `value` and returns the one before. */
  exchange(value: bigint): bigint {
    return Atomics.exchange(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt64(value));
  }

  /** Writes `value` if the present one is `expected`; returns the one before. */
  compareExchange(expected: bigint, value: bigint): bigint {
    const next = mustBeBigInt64(value);
    return Atomics.compareExchange(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt(expected), next);
  }

  /** Bitwise and; returns the value before. */
  and(bits: bigint): bigint {
    return Atomics.and(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt(bits));
  }

  /** Bitwise or; returns the value before. */
  or(bits: bigint): bigint {
    return Atomics.or(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt(bits));
  }

  /** Bitwise exclusive or; returns the value before. */
  xor(bits: bigint): bigint {
    return Atomics.xor(i64, (bigint64At(this) + VALUE) / 2, mustBeBigInt(bits));
  }
}

defineHandle(BIGINT64_TYPE, AtomicBigInt64);
defineRecord(FLOAT64_TYPE, { label: 'AtomicFloat64' });

/** For looking at a double's bits. */
const doubles = new Float64Array(1);
const bits = new BigInt64Array(doubles.buffer);

function bitsOf(value: number): bigint {
  doubles[0] = value;
  return bits[0];
}

function doubleOf(pattern: bigint): number {
  bits[0] = pattern;
  return doubles[0];
}

function float64At(handle: Handle): number {
  return ofType(handle?.[ADDRESS], FLOAT64_TYPE);
}

/** A shared double. Two values are the same if their bits are: NaN is found by compareExchange, 0 and -0 differ. */
export class AtomicFloat64 extends Atomic<number> {
  /** @param initial the value at the start, default 0. */
  constructor(initial = 0) {
    const value = mustBeNumber(initial, 'AtomicFloat64');
    const address = newRecord(FLOAT64_TYPE, 2);
    f64[(address + VALUE) / 2] = value;
    super(address);
  }

  /** Reads the value. */
  load(): number {
    return doubleOf(Atomics.load(i64, (float64At(this) + VALUE) / 2));
  }

  /** Writes the value. */
  store(value: number): void {
    Atomics.store(i64, (float64At(this) + VALUE) / 2, bitsOf(mustBeNumber(value, 'AtomicFloat64')));
  }

  /** Adds `n` and returns the value before. */
  add(n: number): number {
    float64At(this);
    mustBeNumber(n, 'AtomicFloat64');
    for (let old = this.load(); ; ) {
      const found = this.compareExchange(old, old + n);
      if (Object.is(found, old)) return old;
      old = found;
    }
  }

  /** Subtracts `n` and returns the value before. */
  sub(n: number): number {
    float64At(this);
    return this.add(-mustBeNumber(n, 'AtomicFloat64'));
  }

  /** Writes `value` and returns the one before. */
  exchange(value: number): number {
    return doubleOf(Atomics.exchange(i64, (float64At(this) + VALUE) / 2, bitsOf(mustBeNumber(value, 'AtomicFloat64'))));
  }

  /** Writes `value` if the present one is `expected`; returns the one before. */
  compareExchange(expected: number, value: number): number {
    const next = bitsOf(mustBeNumber(value, 'AtomicFloat64'));
    return doubleOf(
      Atomics.compareExchange(
        i64,
        (float64At(this) + VALUE) / 2,
        bitsOf(mustBeNumber(expected, 'AtomicFloat64')),
        next,
      ),
    );
  }
}

defineHandle(FLOAT64_TYPE, AtomicFloat64);
defineRecord(BOOLEAN_TYPE, { label: 'AtomicBoolean' });

function mustBeBoolean(value: boolean): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  throw new TypeError(`AtomicBoolean takes true or false, not ${typeof value}`);
}

function booleanAt(handle: Handle): number {
  return ofType(handle?.[ADDRESS], BOOLEAN_TYPE);
}

/** A shared flag, for what need not be waited for (an {@link Event} can be). */
export class AtomicBoolean extends Atomic<boolean> {
  /** @param initial the value at the start, default false. */
  constructor(initial = false) {
    const value = mustBeBoolean(initial);
    const address = newRecord(BOOLEAN_TYPE, 2);
    i32[address + VALUE] = value;
    super(address);
  }

  /** Reads the flag. */
  load(): boolean {
    return atomic.load(booleanAt(this) + VALUE) === 1;
  }

  /** Writes the flag. */
  store(value: boolean): void {
    atomic.store(booleanAt(this) + VALUE, mustBeBoolean(value));
  }

  /** Writes `value` and returns the one before. */
  exchange(value: boolean): boolean {
    return atomic.exchange(booleanAt(this) + VALUE, mustBeBoolean(value)) === 1;
  }

  /** Writes `value` if the present one is `expected`; returns the one before. */
  compareExchange(expected: boolean, value: boolean): boolean {
    return atomic.compareExchange(booleanAt(this) + VALUE, mustBeBoolean(expected), mustBeBoolean(value)) === 1;
  }

  /** Logical and; returns the flag before. */
  and(value: boolean): boolean {
    return atomic.and(booleanAt(this) + VALUE, mustBeBoolean(value)) === 1;
  }

  /** Logical or; returns the flag before. */
  or(value: boolean): boolean {
    return atomic.or(booleanAt(this) + VALUE, mustBeBoolean(value)) === 1;
  }

  /** Logical exclusive or; returns the flag before. */
  xor(value: boolean): boolean {
    return atomic.xor(booleanAt(this) + VALUE, mustBeBoolean(value)) === 1;
  }
}

defineHandle(BOOLEAN_TYPE, AtomicBoolean);
