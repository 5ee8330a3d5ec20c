/**
 * What the atomics have in common: single numbers and flags in the shared heap. Every operation is one indivisible step for all
 * threads.
 */
import { inspect } from 'node:util';
import { mustBeCallable } from '../arguments.js';
import { ADDRESS, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { ofType } from '../heap/records.js';

export const INT32_TYPE = 40;
export const UINT32_TYPE = 41;
export const BIGINT64_TYPE = 42;
export const FLOAT64_TYPE = 43;
export const BOOLEAN_TYPE = 44;

/** The value's word, an even one. */
export const VALUE: number = Record.BODY;

export function mustBeInteger(value: number, least: number, most: number, type: string): number {
  if (typeof value !== 'number') throw new TypeError(`${type} takes a number, not ${typeof value}`);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${value} does not fit ${type}: it holds whole numbers from ${least} to ${most}`);
}

export function mustBeNumber(value: number, type: string): number {
  if (typeof value !== 'number') throw new TypeError(`${type} takes a number, not ${typeof value}`);
  return value;
}

export function mustBeWhole(value: number, type: string): number {
  if (typeof value !== 'number') throw new TypeError(`${type} takes a number, not ${typeof value}`);
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not a whole number: ${type} counts in whole numbers`);
  return value;
}

function mustBeAtomic(handle: Handle): void {
  ofType(handle?.[ADDRESS], INT32_TYPE, BOOLEAN_TYPE);
}

/** What all atomics have in common. */
export abstract class Atomic<T> extends Handle {
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
