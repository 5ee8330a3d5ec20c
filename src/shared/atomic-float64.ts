/**
 * An atomic double.
 */
import * as atomic from '../heap/atomic.js';
import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { Atomic, FLOAT64_TYPE, mustBeNumber, VALUE } from './atomic.js';

defineRecord(FLOAT64_TYPE, { label: 'AtomicFloat64' });

function float64At(handle: Handle): number {
  return ofType(handle?.[ADDRESS], FLOAT64_TYPE);
}

/** A shared double. Two values are the same if their bits are: NaN is found by compareExchange, 0 and -0 differ. */
export class AtomicFloat64 extends Atomic<number> {
  /** @param initial the value at the start, default 0. */
  constructor(initial = 0) {
    const value = mustBeNumber(initial, 'AtomicFloat64');
    const address = newRecord(FLOAT64_TYPE, 2);
    atomic.storeDouble(address + VALUE, value);
    super(address);
  }

  /** Reads the value. */
  load(): number {
    return atomic.loadDouble(float64At(this) + VALUE);
  }

  /** Writes the value. */
  store(value: number): void {
    atomic.storeDouble(float64At(this) + VALUE, mustBeNumber(value, 'AtomicFloat64'));
  }

  /** Adds `n` and returns the value before. */
  add(n: number): number {
    return atomic.addDouble(float64At(this) + VALUE, mustBeNumber(n, 'AtomicFloat64'));
  }

  /** Subtracts `n` and returns the value before. */
  sub(n: number): number {
    return atomic.addDouble(float64At(this) + VALUE, -mustBeNumber(n, 'AtomicFloat64'));
  }

  /** Writes `value` and returns the one before. */
  exchange(value: number): number {
    return atomic.exchangeDouble(float64At(this) + VALUE, mustBeNumber(value, 'AtomicFloat64'));
  }

  /** Writes `value` if the present one is `expected`; returns the one before. */
  compareExchange(expected: number, value: number): number {
    const next = mustBeNumber(value, 'AtomicFloat64');
    return atomic.compareExchangeDouble(float64At(this) + VALUE, mustBeNumber(expected, 'AtomicFloat64'), next);
  }
}

defineHandle(FLOAT64_TYPE, AtomicFloat64);
