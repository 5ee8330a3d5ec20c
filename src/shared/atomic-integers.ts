/**
 * Atomic integers of 32 bits, with and without a sign.
 */
import * as atomic from '../heap/atomic.js';
import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { Atomic, INT32_TYPE, mustBeInteger, mustBeWhole, UINT32_TYPE, VALUE } from './atomic.js';

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
