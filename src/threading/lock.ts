import { inspect } from 'node:util';
import { AbandonedError, RuntimeError } from '../errors.js';
import { self } from '../heap/agents.js';
import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { defineRecord, newRecord, notOfType } from '../heap/records.js';
import { errorOfCaller } from '../host/stack.js';
import { block, blockAsync, type Steps } from '../park/drive.js';
import { FOREVER, type Limit } from '../park/limit.js';
import { forgetLock } from '../park/lock-order.js';
import * as mutex from '../park/mutex.js';
import { queueLength } from '../park/waiter.js';
import { inTurn } from '../park/turns.js';
import { threadNameOf } from '../supervisor/thread-record.js';
import { lockLimit } from './acquire-options.js';
import { type AcquireOptions, Holdable } from './guard.js';
import { LOCK_TYPE } from './types.js';

defineRecord(LOCK_TYPE, { label: 'Lock', dispose: forgetLock });

/** As `ofType`, by the class: where V8 knows the object it is settled at compile time. */
function at(lock: Handle): number {
  const address = lock?.[ADDRESS];
  if (lock instanceof Lock && address !== undefined) return address;
  throw notOfType(address, LOCK_TYPE);
}

/**
 * The lock: one holder at a time, any thread may release it. Python's `threading.Lock`.
 *
 * Not reentrant: a thread that acquires it twice waits for itself (see {@link RLock}). Waiters are served in the order of
 * arrival, except that whoever comes by when it is just free may take it; nobody is overtaken for more than a millisecond.
 *
 * @example
 * const lock = new Lock();
 * function deposit(amount: number) {
 *   using held = lock.hold();
 *   balance.value += amount;
 * }
 */
export class Lock extends Holdable {
  /** Makes an unlocked lock. Takes no arguments (TypeError). */
  constructor(...none: []) {
    if ((none as unknown[]).length > 0) throw new TypeError('Lock() takes no arguments');
    super(newRecord(LOCK_TYPE, mutex.MUTEX_WORDS));
  }

  /**
   * Waits until the lock is free and takes it.
   *
   * @param options nothing: as long as it takes; `false` or `{ blocking: false }`: not at all; a number: that many ms.
   * @returns whether the lock was taken; false only when the time was up.
   * @throws ValueError for a negative timeout, or a timeout together with `blocking: false`; OverflowError for a timeout
   * above TIMEOUT_MAX; AbandonedError, **holding the lock**, when the holder before died.
   */
  acquire(options?: AcquireOptions): boolean {
    if (options === undefined && mutex.tryAcquire(at(this), self.ident)) return true;
    const limit = lockLimit(options);
    if (mutex.tryBarge(at(this), self.ident)) return true;
    if (limit.until === -Infinity) return this.concluded(mutex.tryInherit(at(this), self.ident));
    return this.concluded(block(this.steps(limit), limit));
  }

  /** As {@link acquire}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
  async acquireAsync(options?: AcquireOptions): Promise<boolean> {
    const limit = lockLimit(options);
    if (mutex.tryBarge(at(this), self.ident)) return inTurn(true);
    if (limit.until === -Infinity) return inTurn(this.concluded(mutex.tryInherit(at(this), self.ident)));
    return this.concluded(await blockAsync(this.steps(limit), limit));
  }

  private steps(limit: Limit) {
    return mutex.acquire(at(this), self.ident, limit);
  }

  private concluded(acquisition: mutex.Acquisition): boolean {
    if (acquisition === mutex.INHERITED) throw abandoned(this.name);
    return acquisition === mutex.ACQUIRED;
  }

  /**
   * Gives the lock up, whoever holds it. Wakes one waiter.
   *
   * @throws RuntimeError when the lock is not held.
   */
  release(): void {
    if (!mutex.release(at(this))) throw new RuntimeError('release unlocked lock');
  }

  /**
   * For Condition: frees the lock, and returns what takes it back.
   * @internal
   */
  releaseAll(): Ownership {
    this.release();
    return { owner: self.ident, depth: 0, holder: self.ident };
  }

  /**
   * For Condition: takes the lock back as it was held before; nothing limits this wait.
   * @internal
   */
  takeBack(saved: Ownership): Steps<void> {
    return takeAgain(this, saved);
  }

  /** Whether some thread holds the lock. */
  locked(): boolean {
    return mutex.ownerOf(at(this)) !== 0;
  }

  /** Python's repr, such as `<Lock locked owner=Thread-2 (worker) waiters=3 name=Lock-7>`. */
  override toString(): string {
    return describeMutex(this, at(this), '');
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(LOCK_TYPE, Lock);

/** What an owner was, for taking a lock back after a wait. */
export interface Ownership {
  readonly owner: number;
  readonly depth: number;
  readonly holder: number;
}

/** Waits for the lock and makes it what it was for its owner before. Throws AbandonedError where a holder died meanwhile. */
export function* takeAgain(lock: Handle, { owner, depth, holder }: Ownership): Steps<void> {
  const address = lock[ADDRESS];
  const acquisition = mutex.tryBarge(address, owner) ? mutex.ACQUIRED : yield* mutex.acquire(address, owner, FOREVER);
  mutex.setDepth(address, depth);
  if (owner !== holder) mutex.setHolder(address, holder);
  if (acquisition === mutex.INHERITED) throw abandoned(lock.name);
}

/** The error of a lock whose holder died; its new holder is the caller. */
export function abandoned(name: string): AbandonedError {
  return errorOfCaller(
    AbandonedError,
    `the thread that held ${name} died without releasing it; this thread holds it now: check the data behind it, then release it`,
  );
}

/** Text form of what stands on a mutex; `more` is said of it while it is locked. */
export function describeMutex({ constructor, name }: Handle, address: number, more: string): string {
  const holder = mutex.holderOf(address);
  if (holder === 0) return `<${constructor.name} unlocked name=${name}>`;
  const state = `locked owner=${threadNameOf(holder)}${more} waiters=${queueLength(address)}`;
  return `<${constructor.name} ${state} name=${name}>`;
}
