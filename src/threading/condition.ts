import { inspect } from 'node:util';
import { mustBeCallable, mustNotBePromise, told } from '../arguments.js';
import { RuntimeError } from '../errors.js';
import { ADDRESS, defineHandle, type Handle, handleAt } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType, release, retain } from '../heap/records.js';
import { clock } from '../host/clock.js';
import { raise } from '../host/stack.js';
import * as room from '../park/condition.js';
import { block, blockAsync, type Steps } from '../park/drive.js';
import { FOREVER, type Limit, limitOf, throwIfAborted, type Wait } from '../park/limit.js';
import { queueLength } from '../park/waiter.js';
import { inOwnChain } from './async-owner.js';
import { type AcquireOptions, Holdable } from './guard.js';
import { Lock } from './lock.js';
import { RLock } from './rlock.js';
import { CONDITION_TYPE } from './types.js';

/** Word with the address of the lock. */
const LOCK: number = Record.BODY;

defineRecord(CONDITION_TYPE, { label: 'Condition', dispose: (condition) => release(i32[condition + LOCK]) });

function underlyingOf(condition: Condition): Lock | RLock {
  return handleAt(i32[at(condition) + LOCK]) as Lock | RLock;
}

function at(condition: Handle): number {
  return ofType(condition?.[ADDRESS], CONDITION_TYPE);
}

/**
 * A condition variable: threads that hold its lock wait for a notification by another one that holds it. Python's
 * `threading.Condition`.
 *
 * Notifications wake waiters in the order of arrival, blocking and asynchronous ones in one line, and are not stored.
 *
 * @example
 * const ready = new Condition();
 * // consumer
 * using held = ready.hold();
 * ready.waitFor(() => count.value > 0);
 * // producer
 * ready.with(() => { count.add(1); ready.notify(); });
 */
export class Condition extends Holdable {
  /**
   * @param lock the lock to use, which other conditions may share; default: an RLock of its own.
   */
  constructor(lock: Lock | RLock = new RLock()) {
    if (!(lock instanceof Lock) && !(lock instanceof RLock)) {
      throw new TypeError('Condition() takes a Lock or an RLock, or nothing');
    }
    const address = newRecord(CONDITION_TYPE, 2);
    i32[address + LOCK] = lock[ADDRESS];
    retain(lock[ADDRESS]);
    super(address);
  }

  /** Acquires the lock; see {@link Lock.acquire}. */
  acquire(options?: AcquireOptions): boolean {
    return underlyingOf(this).acquire(options);
  }

  /** Acquires the lock without blocking the thread; see {@link Lock.acquireAsync}. */
  acquireAsync(options?: AcquireOptions): Promise<boolean> {
    return underlyingOf(this).acquireAsync(options);
  }

  /** Releases the lock; see {@link Lock.release}. */
  release(): void {
    underlyingOf(this).release();
  }

  /** As {@link Lock.withAsync}; with an RLock, the calls of `body` are a call chain of their own, and the owner. */
  override withAsync<R>(body: () => R | PromiseLike<R>): Promise<R> {
    return underlyingOf(this) instanceof RLock ? inOwnChain(() => super.withAsync(body)) : super.withAsync(body);
  }

  /** Whether the lock is held by anybody. */
  locked(): boolean {
    return underlyingOf(this).locked();
  }

  /**
   * Releases the lock (all levels of an RLock), waits for a notification, and takes the lock back before it returns.
   *
   * @param wait how long to wait for the notification, in ms; taking the lock back has no limit. Zero or less: not at all.
   * @returns true if notified, false if the time was up.
   * @throws RuntimeError when the caller does not hold the lock.
   */
  wait(wait?: Wait): boolean {
    at(this);
    const limit = limitOf(wait, 'wait()');
    return block(this.waitSteps(limit), limit);
  }

  /** As {@link wait}, without blocking the thread. An abort rejects after the lock was taken back. */
  async waitAsync(wait?: Wait): Promise<boolean> {
    at(this);
    const limit = limitOf(wait, 'waitAsync()');
    return await blockAsync(this.waitSteps(limit), limit);
  }

  /**
   * Waits until `predicate` returns something true, and returns its last value; a value that is not true means that the
   * time was up. The predicate is called with the lock held. If it is true at once, nothing is waited for.
   *
   * @param wait budget for all waits together, in ms.
   * @throws RuntimeError when it must wait and the caller does not hold the lock; TypeError when the predicate is asynchronous.
   */
  waitFor<T>(predicate: () => T, wait?: Wait): T {
    at(this);
    mustBeCallable(predicate, 'waitFor()');
    const limit = limitOf(wait, 'waitFor()');
    let value = this.ask(predicate);
    while (!value) {
      block(this.waitSteps(limit), limit);
      value = this.ask(predicate);
      if (limit.until <= clock()) break;
    }
    return value;
  }

  /**
   * As {@link waitFor}, without blocking the thread. The predicate may be asynchronous: it is awaited with the lock held, however
   * long that takes.
   */
  async waitForAsync<T>(predicate: () => T | PromiseLike<T>, wait?: Wait): Promise<T> {
    at(this);
    mustBeCallable(predicate, 'waitForAsync()');
    const limit = limitOf(wait, 'waitForAsync()');
    let value = await predicate();
    while (!value) {
      await blockAsync(this.waitSteps(limit), limit);
      value = await predicate();
      if (limit.until <= clock()) break;
    }
    return value;
  }

  private *waitSteps(limit: Limit): Steps<boolean> {
    this.mustHold('wait on');
    const address = at(this);
    const lock = underlyingOf(this);
    const waiter = room.join(address);
    const saved = releaseOrLeave(lock, address, waiter);
    yield limit;
    const notified = yield* room.untilNotified(address, waiter);
    yield FOREVER;
    yield* lock.takeBack(saved);
    if (typeof notified === 'object') raise(notified);
    if (!notified) throwIfAborted(limit);
    return notified;
  }

  private ask<T>(predicate: () => T): T {
    const value = predicate();
    mustNotBePromise(
      value,
      'the predicate of waitFor() is asynchronous, and its promise always true: use waitForAsync()',
    );
    return value;
  }

  /**
   * Wakes up to `n` of those who wait, in the order of arrival. They go on when the caller releases the lock.
   *
   * @throws RuntimeError when the lock is not held.
   */
  notify(n = 1): void {
    at(this);
    if (typeof n !== 'number' || Number.isNaN(n)) throw new TypeError(`n must be a number, not ${told(n)}`);
    this.mustHold('notify on');
    room.notify(at(this), n);
  }

  /**
   * Wakes all who wait.
   *
   * @throws RuntimeError when the lock is not held.
   */
  notifyAll(): void {
    at(this);
    this.notify(Infinity);
  }

  /** As in Python: an RLock must be owned by the caller, a Lock by anybody. */
  private mustHold(what: string): void {
    const lock = underlyingOf(this);
    if (lock instanceof RLock ? lock.isOwned() : lock.locked()) return;
    throw new RuntimeError(`cannot ${what} un-acquired lock`);
  }

  /** Python's repr: the lock's and the number of waiters. */
  override toString(): string {
    const state = String(underlyingOf(this))
      .replace(/^<\S* /, '')
      .replace(/ name=[^>]*>$/, '');
    return `<${this.constructor.name} ${state.replace(/ waiters=\d+/, '')} waiting=${queueLength(at(this))} name=${this.name}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** Gives the lock up for a wait; if that fails, the waiter must not stay in the room: it would take somebody's notification. */
function releaseOrLeave(lock: Lock | RLock, address: number, waiter: number): ReturnType<Lock['releaseAll']> {
  try {
    return lock.releaseAll();
  } catch (error) {
    room.withdrawAndFree(address, waiter);
    throw error;
  }
}

defineHandle(CONDITION_TYPE, Condition);
