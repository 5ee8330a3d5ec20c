import { inspect } from 'node:util';
import { RuntimeError } from '../errors.js';
import { self } from '../heap/agents.js';
import { ADDRESS, defineBuilder, defineHandle, Handle } from '../heap/handle.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { block, blockAsync, type Steps } from '../park/drive.js';
import { forgetLock } from '../park/lock-order.js';
import * as mutex from '../park/mutex.js';
import { inTurn } from '../park/turns.js';
import { lockLimit } from './acquire-options.js';
import {
  enterToken,
  followChains,
  followChainsIfAny,
  hasHeldToken,
  hasToken,
  holdToken,
  inOwnChain,
  leaveToken,
} from './async-owner.js';
import { type AcquireOptions, Holdable } from './guard.js';
import { abandoned, describeMutex, type Ownership, takeAgain } from './lock.js';
import { RLOCK_TYPE } from './types.js';

defineRecord(RLOCK_TYPE, { label: 'RLock', dispose: forgetLock });

function at(lock: Handle): number {
  return ofType(lock?.[ADDRESS], RLOCK_TYPE);
}

/**
 * The reentrant lock: its owner may acquire it again at once, and must release it as often. Python's `threading.RLock`.
 *
 * The owner of a blocking acquire is the thread. The owner of an asynchronous one is the asynchronous call chain: functions
 * that the chain calls and awaits may acquire it again, other chains of the same thread wait.
 *
 * @example
 * const rlock = new RLock();
 * function outer() { using held = rlock.hold(); inner(); }
 * function inner() { using held = rlock.hold(); } // does not block
 */
export class RLock extends Holdable {
  /** Makes an unlocked lock. Takes no arguments (TypeError). */
  constructor(...none: []) {
    if ((none as unknown[]).length > 0) throw new TypeError('RLock() takes no arguments');
    super(newRecord(RLOCK_TYPE, mutex.MUTEX_WORDS));
    followChains();
  }

  /**
   * Takes the lock, waiting until it is free unless the caller owns it already; then it succeeds at once.
   *
   * @param options nothing: as long as it takes; `false` or `{ blocking: false }`: not at all; a number: that many ms.
   * @returns whether the lock was taken; false only when the time was up.
   * @throws as {@link Lock.acquire}.
   */
  acquire(options?: AcquireOptions): boolean {
    const lock = at(this);
    if (options === undefined && mutex.tryAcquire(lock, self.ident)) return true;
    const limit = lockLimit(options);
    if (deepen(lock)) return true;
    if (mutex.tryBarge(lock, self.ident)) return true;
    if (limit.until === -Infinity) return this.concluded(mutex.tryInherit(lock, self.ident));
    return this.concluded(block(mutex.acquire(lock, self.ident, limit), limit));
  }

  /**
   * As {@link acquire}, for the running asynchronous call chain; rejects with `signal.reason` when the signal fires first.
   *
   * A function that calls this before its first `await` shares what it acquires with its caller. Functions that one caller
   * runs side by side use {@link withAsync}, which is a chain of its own.
   */
  acquireAsync(options?: AcquireOptions): Promise<boolean> {
    // Not an async function: the token must enter the caller's context, not one of our own.
    try {
      const limit = lockLimit(options);
      const lock = at(this);
      const owner = mutex.ownerOf(lock);
      if (owner === self.ident || hasHeldToken(owner)) return Promise.resolve(inTurn(deepen(lock)));
      const token = enterToken();
      if (mutex.tryBarge(lock, token)) {
        mutex.setHolder(lock, self.ident);
        const answer = Promise.resolve(inTurn(true));
        void answer.then(() => holdToken(token));
        return answer;
      }
      const answer =
        limit.until === -Infinity
          ? Promise.resolve(inTurn(mutex.tryInherit(lock, token)))
          : blockAsync(mutex.acquire(lock, token, limit), limit);
      return answer.then(
        (acquisition) => {
          if (acquisition === mutex.TIMED_OUT) leaveToken(token);
          else holdToken(token);
          return this.concluded(acquisition);
        },
        (error: unknown) => {
          leaveToken(token);
          throw error;
        },
      );
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  private concluded(acquisition: mutex.Acquisition): boolean {
    if (acquisition === mutex.INHERITED) throw abandoned(this.name);
    return acquisition === mutex.ACQUIRED;
  }

  /**
   * Undoes one acquire; the last one frees the lock and wakes a waiter.
   *
   * @throws RuntimeError when the caller does not own the lock.
   */
  release(): void {
    const lock = at(this);
    if (!owned(lock)) throw new RuntimeError('cannot release un-acquired lock');
    const depth = mutex.depthOf(lock);
    if (depth > 0) mutex.setDepth(lock, depth - 1);
    else free(lock);
  }

  /** As {@link with}, without blocking the thread. The calls of `body` are a call chain of their own, and the owner. */
  override withAsync<R>(body: () => R | PromiseLike<R>): Promise<R> {
    at(this);
    return inOwnChain(() => super.withAsync(body));
  }

  /** Whether some thread or call chain owns the lock. */
  locked(): boolean {
    return mutex.ownerOf(at(this)) !== 0;
  }

  /** How often the caller has acquired the lock; 0 for everybody but the owner. Python's `_recursion_count()`. */
  recursionCount(): number {
    const lock = at(this);
    return owned(lock) ? mutex.depthOf(lock) + 1 : 0;
  }

  /**
   * For Condition: frees the lock whatever the depth, and returns what takes it back.
   * @internal
   */
  releaseAll(): Ownership {
    const lock = at(this);
    const saved = { owner: mutex.ownerOf(lock), depth: mutex.depthOf(lock), holder: self.ident };
    mutex.setDepth(lock, 0);
    mutex.setHolder(lock, 0);
    mutex.release(lock);
    return saved;
  }

  /**
   * For Condition: takes the lock back as it was held before; nothing limits this wait.
   * @internal
   */
  takeBack(saved: Ownership): Steps<void> {
    return takeAgain(this, saved);
  }

  /**
   * For Condition: whether the caller owns the lock.
   * @internal
   */
  isOwned(): boolean {
    return owned(at(this));
  }

  /** Python's repr, such as `<RLock locked owner=Thread-2 (worker) count=2 waiters=3 name=RLock-7>`. */
  override toString(): string {
    return describeMutex(this, at(this), ` count=${mutex.depthOf(at(this)) + 1}`);
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** Whether the caller (thread or call chain) owns the lock. */
function owned(lock: number): boolean {
  const owner = mutex.ownerOf(lock);
  return owner !== 0 && (owner === self.ident || hasToken(owner));
}

function deepen(lock: number): boolean {
  if (!owned(lock)) return false;
  mutex.setDepth(lock, mutex.depthOf(lock) + 1);
  return true;
}

function free(lock: number): void {
  const owner = mutex.ownerOf(lock);
  if (owner !== self.ident) {
    leaveToken(owner);
    mutex.setHolder(lock, 0);
  }
  mutex.release(lock);
}

defineHandle(RLOCK_TYPE, RLock);
defineBuilder(RLOCK_TYPE, (address) => {
  followChains();
  return Reflect.construct(Handle, [address], RLock) as RLock;
});
// A thread that somebody else made begins here.
followChainsIfAny();
