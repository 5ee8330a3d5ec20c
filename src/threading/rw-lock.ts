import { inspect } from 'node:util';
import { RuntimeError } from '../errors.js';
import { self } from '../heap/agents.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import type { Limit } from '../park/limit.js';
import { forgetLock } from '../park/lock-order.js';
import { ACQUIRED, type Acquisition, INHERITED } from '../park/mutex.js';
import * as rw from '../park/rw-mutex.js';
import { Kind, queueLength } from '../park/waiter.js';
import { inTurn } from '../park/turns.js';
import { threadNameOf } from '../supervisor/thread-record.js';
import { lockLimit } from './acquire-options.js';
import {
  type Acquirable,
  type AcquireOptions,
  type Guard,
  hold,
  holdAsync,
  whileHeld,
  whileHeldAsync,
} from './guard.js';
import { abandoned } from './lock.js';
import { RW_LOCK_TYPE } from './types.js';

defineRecord(RW_LOCK_TYPE, { label: 'RWLock', dispose: forgetLock });

function at(lock: Handle): number {
  return ofType(lock?.[ADDRESS], RW_LOCK_TYPE);
}

/**
 * A lock for many readers or one writer. Not Python's; the shape is that of the reader-writer locks of other systems.
 *
 * Strictly in the order of arrival, so that neither readers nor writers starve: a reader that comes while a writer waits,
 * waits behind it. Therefore a thread that reads must not acquire `readLock` again before it released it.
 *
 * @example
 * const lock = new RWLock();
 * lock.readLock.with(() => table.lookup(key)); // many at a time
 * lock.writeLock.with(() => table.rebuild()); // alone
 */
export class RWLock extends Handle {
  /** Makes a free lock. */
  constructor() {
    super(newRecord(RW_LOCK_TYPE, rw.RW_WORDS));
  }

  /** The side for readers: many may hold it at a time, no writer meanwhile. */
  get readLock(): RWLockSide {
    at(this);
    return sidesOf(this).read;
  }

  /** The side for writers: one may hold it, and no reader meanwhile. */
  get writeLock(): RWLockSide {
    at(this);
    return sidesOf(this).write;
  }

  /** Text form, such as `<RWLock readers=2 waiters=1 name=RWLock-7>`. */
  override toString(): string {
    const inside = rw.insideOf(at(this));
    const state =
      inside === 0 ? 'unlocked' : inside > 0 ? `readers=${inside}` : `writer=${threadNameOf(rw.writerOf(at(this)))}`;
    return `<${this.constructor.name} ${state} waiters=${queueLength(at(this))} name=${this.name}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(RW_LOCK_TYPE, RWLock);

/** The sides of locks, the same objects every time. Handles have no fields. */
const sides = new WeakMap<RWLock, { readonly read: RWLockSide; readonly write: RWLockSide }>();

function sidesOf(lock: RWLock) {
  let both = sides.get(lock);
  if (both === undefined) {
    both = { read: new RWLockSide(lock, false), write: new RWLockSide(lock, true) };
    sides.set(lock, both);
  }
  return both;
}

function mustBeSide(side: unknown): void {
  if (side instanceof RWLockSide) return;
  throw new TypeError(
    'a method of an RWLock was called on something else: call it as lock.readLock.method(), or bind it',
  );
}

/** One side of an {@link RWLock}, used like a Lock. */
export class RWLockSide implements Acquirable {
  /** The lock that this is a side of. */
  readonly lock: RWLock;
  /** Whether this is the writers' side. */
  readonly writes: boolean;

  /** @internal */
  constructor(lock: RWLock, writes: boolean) {
    at(lock);
    this.lock = lock;
    this.writes = writes;
  }

  private tryNow(): boolean {
    return this.writes ? rw.tryWrite(at(this.lock), self.ident) : rw.tryRead(at(this.lock));
  }

  private tryInherit(): Acquisition {
    return rw.tryInherit(at(this.lock), this.writes ? Kind.WRITE : Kind.READ, self.ident);
  }

  private concluded(acquisition: Acquisition): boolean {
    if (acquisition === INHERITED) throw abandoned(this.lock.name);
    return acquisition === ACQUIRED;
  }

  private steps(limit: Limit) {
    return this.writes ? rw.write(at(this.lock), self.ident, limit) : rw.read(at(this.lock), limit);
  }

  /**
   * Waits until this side can be entered; options, result and errors as {@link Lock.acquire}: an AbandonedError, **inside**, when
   * a writer died here; all readers get it until the next writer has entered, and that one too. A reader that dies just leaves.
   */
  acquire(options?: AcquireOptions): boolean {
    mustBeSide(this);
    const limit = lockLimit(options);
    if (this.tryNow()) return true;
    return this.concluded(limit.until === -Infinity ? this.tryInherit() : block(this.steps(limit), limit));
  }

  /** As {@link acquire}, without blocking the thread. */
  async acquireAsync(options?: AcquireOptions): Promise<boolean> {
    mustBeSide(this);
    const limit = lockLimit(options);
    if (this.tryNow()) return inTurn(true);
    if (limit.until === -Infinity) return inTurn(this.concluded(this.tryInherit()));
    return this.concluded(await blockAsync(this.steps(limit), limit));
  }

  /**
   * Leaves this side; whoever is first in line and fits goes on.
   *
   * @throws RuntimeError when nobody is inside on this side.
   */
  release(): void {
    mustBeSide(this);
    const address = at(this.lock);
    if (this.writes ? rw.leaveWrite(address) : rw.leaveRead(address)) return;
    throw new RuntimeError(
      `release of ${this.lock.name}'s ${this.writes ? 'writeLock' : 'readLock'}, which nobody holds`,
    );
  }

  /** Whether anybody is inside on this side. */
  locked(): boolean {
    mustBeSide(this);
    const inside = rw.insideOf(at(this.lock));
    return this.writes ? inside < 0 : inside > 0;
  }

  /** As {@link Lock.hold}. */
  hold(options?: AcquireOptions): Guard {
    return hold(this, options);
  }

  /** As {@link Lock.holdAsync}. */
  holdAsync(options?: AcquireOptions): Promise<Guard> {
    return holdAsync(this, options);
  }

  /** As {@link Lock.with}. */
  with<R>(body: () => R): R {
    return whileHeld(this, body);
  }

  /** As {@link Lock.withAsync}. */
  withAsync<R>(body: () => R | PromiseLike<R>): Promise<R> {
    return whileHeldAsync(this, body);
  }

  /** Text form: the lock's and which side. */
  toString(): string {
    mustBeSide(this);
    return `${String(this.lock).slice(0, -1)} ${this.writes ? 'writeLock' : 'readLock'}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}
