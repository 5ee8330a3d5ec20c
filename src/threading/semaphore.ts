import { inspect } from 'node:util';
import { told } from '../arguments.js';
import { ValueError } from '../errors.js';
import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import * as counter from '../park/counter.js';
import { block, blockAsync } from '../park/drive.js';
import { queueLength } from '../park/waiter.js';
import { inTurn } from '../park/turns.js';
import { semaphoreLimit } from './acquire-options.js';
import { type AcquireOptions, Holdable } from './guard.js';
import { BOUNDED_SEMAPHORE_TYPE, SEMAPHORE_TYPE } from './types.js';

/** Word with the largest count. */
const MOST: number = Record.BODY + 1;

defineRecord(SEMAPHORE_TYPE, { label: 'Semaphore' });
defineRecord(BOUNDED_SEMAPHORE_TYPE, { label: 'BoundedSemaphore' });

function checkedValue(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`the value of a semaphore must be a number, not ${typeof value}`);
  if (!(value >= 0)) throw new ValueError('semaphore initial value must be >= 0');
  if (!Number.isInteger(value) || value > counter.COUNTER_MAX) {
    throw new ValueError(`the value of a semaphore must be a whole number up to ${counter.COUNTER_MAX}, not ${value}`);
  }
  return value;
}

function at(semaphore: Handle): number {
  return ofType(semaphore?.[ADDRESS], SEMAPHORE_TYPE, BOUNDED_SEMAPHORE_TYPE);
}

/**
 * A counter of free units: acquire takes one, waiting while there is none; release gives some back. Python's
 * `threading.Semaphore`. Waiters are served strictly in the order of arrival.
 *
 * @example
 * const slots = new Semaphore(3);
 * function fetchOne() {
 *   using slot = slots.hold(); // never more than 3 inside
 * }
 */
export class Semaphore extends Holdable {
  /**
   * @param value units at the start; default 1.
   * @throws ValueError when it is negative.
   */
  constructor(value = 1) {
    const count = checkedValue(value);
    const bounded = new.target.prototype instanceof BoundedSemaphore || new.target === (BoundedSemaphore as unknown);
    const address = newRecord(bounded ? BOUNDED_SEMAPHORE_TYPE : SEMAPHORE_TYPE, counter.COUNTER_WORDS);
    counter.initialise(address, count);
    i32[address + MOST] = bounded ? count : counter.COUNTER_MAX;
    super(address);
  }

  /**
   * Takes a unit, waiting while there is none.
   *
   * @param options nothing: as long as it takes; `false` or `{ blocking: false }`: not at all; a number: that many ms,
   * where zero or less means not at all.
   * @returns whether a unit was taken; false only when the time was up.
   * @throws ValueError for a timeout together with `blocking: false`.
   */
  acquire(options?: AcquireOptions): boolean {
    if (options === undefined && counter.tryTake(at(this))) return true;
    const limit = semaphoreLimit(options);
    if (counter.tryTake(at(this))) return true;
    return limit.until !== -Infinity && block(counter.take(at(this), limit), limit);
  }

  /** As {@link acquire}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
  async acquireAsync(options?: AcquireOptions): Promise<boolean> {
    const limit = semaphoreLimit(options);
    if (counter.tryTake(at(this))) return inTurn(true);
    return limit.until === -Infinity ? inTurn(false) : await blockAsync(counter.take(at(this), limit), limit);
  }

  /**
   * Gives `n` units, in one step, and lets up to `n` waiters go on. Any thread may.
   *
   * @throws ValueError when `n` is less than 1; for a BoundedSemaphore when the count would exceed its initial value:
   * then nothing changes.
   */
  release(n = 1): void {
    if (!Number.isInteger(n)) throw new TypeError(`n must be a whole number, not ${told(n)}`);
    if (n < 1) throw new ValueError('n must be one or more');
    if (counter.give(at(this), n, i32[at(this) + MOST])) return;
    throw new ValueError('Semaphore released too many times');
  }

  /** Python's repr, such as `<Semaphore value=3 waiters=0 name=Semaphore-7>`. */
  override toString(): string {
    const most = i32[at(this) + MOST];
    const value = `${counter.countOf(at(this))}${most === counter.COUNTER_MAX ? '' : `/${most}`}`;
    return `<${this.constructor.name} value=${value} waiters=${queueLength(at(this))} name=${this.name}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * A semaphore that cannot be released more often than acquired: that is a ValueError, and nothing changes. Python's
 * `threading.BoundedSemaphore`.
 */
export class BoundedSemaphore extends Semaphore {}

defineHandle(SEMAPHORE_TYPE, Semaphore);
defineHandle(BOUNDED_SEMAPHORE_TYPE, BoundedSemaphore);
