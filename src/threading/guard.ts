import { mustBeCallable, mustNotBePromise } from '../arguments.js';
import { TimeoutError } from '../errors.js';
import { Handle } from '../heap/handle.js';
import { seeToStack } from '../park/latch.js';
import type { WaitOptions } from '../park/limit.js';
import { defineRefusal } from '../wire/refusals.js';

/**
 * A scoped hold of a lock or semaphore: releases it when the scope ends. What `hold()` returns.
 *
 * @example
 * {
 *   using held = lock.hold(); // Python: with lock:
 *   balance.value += 10;
 * } // released here, also when the body throws
 */
export class Guard implements Disposable {
  // The lock itself: a closure per hold would cost as much again as the guard.
  #held: Acquirable | undefined;

  /** @internal */
  constructor(held: Acquirable) {
    if (typeof held?.release !== 'function') throw new TypeError('a Guard is what hold() returns');
    this.#held = held;
  }

  /** Releases what is held, now. A second call does nothing. */
  release(): void {
    if (typeof this !== 'object' || this === null || !(#held in this)) {
      throw new TypeError('release() was called on something else than a Guard');
    }
    const held = this.#held;
    this.#held = undefined;
    held?.release();
  }

  /** The same as {@link release}; called by `using`. */
  [Symbol.dispose](): void {
    if (typeof this !== 'object' || this === null || !(#held in this)) {
      throw new TypeError('a method of Guard was called on something else');
    }
    this.release();
  }
}

defineRefusal({
  what: 'a Guard',
  remedy: 'It belongs to the thread that holds the lock: send the lock, and hold() it there.',
  test: (object) => object instanceof Guard,
});

/**
 * How `acquire()` waits: nothing (for ever), `false` (not at all), a number of milliseconds, or an object.
 */
export type AcquireOptions = boolean | number | null | (WaitOptions & { blocking?: boolean | undefined });

/** What can be acquired and released; gives the scoped forms to Lock, RLock, Condition, semaphores and RWLock's sides. */
export interface Acquirable {
  /** Takes it, waiting while others have it; false if the time was up. */
  acquire(options?: AcquireOptions): boolean;
  /** As `acquire()`, without blocking the thread. */
  acquireAsync(options?: AcquireOptions): Promise<boolean>;
  /** Gives it back. */
  release(): void;
}

function timedOut(what: Acquirable): TimeoutError {
  return new TimeoutError(`${String(what)} was not acquired in time`);
}

function mustBeAcquirable(what: Acquirable | undefined): void {
  if (typeof what?.acquire === 'function') return;
  throw new TypeError('a method of a lock was called on something else: call it as lock.method(), or bind it');
}

/** Waits for `what` and returns the guard; a TimeoutError instead of `false`. */
export function hold(what: Acquirable, options?: AcquireOptions): Guard {
  mustBeAcquirable(what);
  seeToStack();
  if (!what.acquire(options)) throw timedOut(what);
  return new Guard(what);
}

/** As {@link hold}, without blocking the thread. */
export async function holdAsync(what: Acquirable, options?: AcquireOptions): Promise<Guard> {
  mustBeAcquirable(what);
  if (!(await what.acquireAsync(options))) throw timedOut(what);
  return new Guard(what);
}

/** Calls `body` while holding `what`, and returns what it returns. */
export function whileHeld<R>(what: Acquirable, body: () => R): R {
  mustBeCallable(body, 'with()');
  mustBeAcquirable(what);
  seeToStack();
  // Not by a guard: what `using` compiles to costs four times the lock.
  what.acquire();
  let result: R;
  try {
    result = body();
  } finally {
    what.release();
  }
  mustNotBePromise(result, 'with() has released the lock before its asynchronous function was done: use withAsync()');
  return result;
}

/** As {@link whileHeld}, without blocking the thread; awaits `body` before it releases. */
export async function whileHeldAsync<R>(what: Acquirable, body: () => R | PromiseLike<R>): Promise<R> {
  mustBeCallable(body, 'withAsync()');
  using _held = await holdAsync(what);
  return await body();
}

/** What can be held for a scope: a Lock, an RLock, a Condition, a semaphore. */
export abstract class Holdable extends Handle implements Acquirable {
  /** Takes it, waiting while others have it; false if the time was up. */
  abstract acquire(options?: AcquireOptions): boolean;
  /** As {@link acquire}, without blocking the thread. */
  abstract acquireAsync(options?: AcquireOptions): Promise<boolean>;
  /** Gives it back. */
  abstract release(): void;

  /**
   * Waits for the lock and returns a guard that releases it: Python's `with lock:`.
   *
   * @throws TimeoutError when the time is up; what `acquire()` throws.
   *
   * @example
   * using held = lock.hold();
   */
  hold(options?: AcquireOptions): Guard {
    return hold(this, options);
  }

  /**
   * As {@link hold}, without blocking the thread.
   *
   * @example
   * using held = await lock.holdAsync();
   */
  holdAsync(options?: AcquireOptions): Promise<Guard> {
    return holdAsync(this, options);
  }

  /**
   * Calls `body` while holding the lock, and returns what it returns.
   *
   * @throws TypeError when `body` is no function, or asynchronous: then it is run, but not to its end, and the lock is released;
   * what `acquire()` throws; what `body` throws.
   *
   * @example
   * const total = lock.with(() => a.value + b.value);
   */
  with<R>(body: () => R): R {
    return whileHeld(this, body);
  }

  /**
   * As {@link with}, without blocking the thread; `body` may be asynchronous, and is awaited before the lock is released.
   */
  withAsync<R>(body: () => R | PromiseLike<R>): Promise<R> {
    return whileHeldAsync(this, body);
  }
}
