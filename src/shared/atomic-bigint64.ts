/**
 * An atomic integer of 64 bits.
 */
import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { i64 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { Atomic, BIGINT64_TYPE, VALUE } from './atomic.js';

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
