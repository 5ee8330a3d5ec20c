/**
 * An atomic flag.
 */
import * as atomic from '../heap/atomic.js';
import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { Atomic, BOOLEAN_TYPE, VALUE } from './atomic.js';

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
