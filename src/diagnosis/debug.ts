/**
 * Debug mode: this thread's locks tell what is done with them. Their methods are replaced, so that outside of debug mode they are
 * what they always are.
 *
 * Semaphores are left alone: any thread may give units back, so that to have one keeps nobody else from going on for certain; one
 * of value 1 cannot be told from a signal.
 */
// Of both all is loaded with this, so that the bundler has no reason to make files of what this needs of them.
import './diagnosis.js';
import '../threading/index.js';
import { AbandonedError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { ADDRESS, type Handle } from '../heap/handle.js';
import { isFounder } from '../heap/memory.js';
import { errorHere } from '../host/stack.js';
import { type Steps, witnessSleeps } from '../park/drive.js';
import { onLoopEmpty } from '../park/liveness.js';
import { LOCK_MARKS, SIGNAL } from '../park/lock-order.js';
import { depthOf } from '../park/mutex.js';
import type { AcquireOptions } from '../threading/guard.js';
import { Lock, type Ownership } from '../threading/lock.js';
import { RLock } from '../threading/rlock.js';
import { RWLockSide } from '../threading/rw-lock.js';
import { forgetHoldings, hold, type Holding, holdingOf, letGo, newHolding } from './holdings.js';
import { enterOrders, forgetOrders, noteOrders, noteWriting } from './orders.js';
import { waitsWitness, warnOfKept } from './waits.js';

/** What is replaced. */
interface Traced {
  acquire(options?: AcquireOptions): boolean;
  acquireAsync(options?: AcquireOptions): Promise<boolean>;
  release(): void;
}

/** How a class of locks is seen here. */
interface View<T> {
  handle(what: T): Handle;
  reads(what: T): boolean;
  /** Whether the owner has it more than once. */
  again(what: T): boolean;
}

const ofMutex: View<Lock | RLock> = {
  handle: (lock) => lock,
  reads: () => false,
  again: (lock) => depthOf(lock[ADDRESS]) > 0,
};
const ofSide: View<RWLockSide> = {
  handle: (side) => side.lock,
  reads: (side) => !side.writes,
  again: () => false,
};

/** What undoes the replacements. */
const undo: (() => void)[] = [];

function replace<T extends object>(prototype: T, methods: Partial<T>): void {
  const original = Object.fromEntries(Object.keys(methods).map((key) => [key, prototype[key as keyof T]]));
  Object.assign(prototype, methods);
  undo.push(() => void Object.assign(prototype, original));
}

/** Whether the acquire waits until it has the lock: one that does not, or gives up some time, hangs nobody. */
function waitsForEver(options: AcquireOptions | undefined): boolean {
  if (typeof options === 'object' && options !== null) {
    return options.blocking !== false && (options.timeout === undefined || waitsForEver(options.timeout));
  }
  return options !== false && (typeof options !== 'number' || options === -1 || options === Infinity);
}

/** The lock is held now. `ordered`: whether somebody could have waited for it for ever. */
function taken(holding: Holding, lock: Handle, ordered: boolean): void {
  hold(holding, lock);
  if (ordered) noteOrders(holding);
  if (!isMutex(lock) && !holding.reads) noteWriting(holding);
}

/** Calls `release`, and notes what is given up by that. */
function giveUp<R>(lock: Handle, reads: boolean, release: () => R): R {
  const { holding, own } = holdingOf(lock[ADDRESS], reads);
  const result = release();
  if (holding !== undefined) {
    letGo(holding);
    if (own) enterOrders(holding, lock);
  } else if (!isMutex(lock)) {
    // Of a mutex it can be seen without us.
    atomic.or(lock[ADDRESS] + LOCK_MARKS, SIGNAL);
  }
  return result;
}

function isMutex(lock: Handle): boolean {
  return lock instanceof Lock || lock instanceof RLock;
}

function trace<T extends Traced>(prototype: T, view: View<T>): void {
  const { acquire, acquireAsync, release } = prototype;
  replace<Traced>(prototype, {
    acquire(this: T, options) {
      const concluded = (): void => {
        if (view.again(this)) return;
        const lock = view.handle(this);
        taken(newHolding(lock, view.reads(this), false), lock, waitsForEver(options));
      };
      let answer: boolean;
      try {
        answer = acquire.call(this, options);
      } catch (error) {
        if (error instanceof AbandonedError) concluded();
        throw error;
      }
      if (answer) concluded();
      return answer;
    },
    // Not an async function: what it notes must enter the caller's context.
    acquireAsync(this: T, options) {
      const lock = view.handle(this);
      const holding = newHolding(lock, view.reads(this), true);
      const concluded = (answer: boolean): boolean => {
        if (answer && !view.again(this)) taken(holding, lock, waitsForEver(options));
        else letGo(holding);
        return answer;
      };
      return acquireAsync.call(this, options).then(concluded, (error: unknown) => {
        concluded(error instanceof AbandonedError);
        throw error;
      });
    },
    release(this: T) {
      if (view.again(this)) release.call(this);
      else giveUp(view.handle(this), view.reads(this), () => release.call(this));
    },
  });
}

/** What a Condition does with its lock. */
interface Lent {
  releaseAll(): Ownership;
  takeBack(saved: Ownership): Steps<void>;
}

/** Holdings of locks that a Condition has given up for a while. */
const lent = new WeakMap<Ownership, Holding>();

function traceLending<T extends Handle & Lent>(prototype: T): void {
  const { releaseAll, takeBack } = prototype;
  replace<Lent>(prototype, {
    releaseAll(this: T) {
      const { holding } = holdingOf(this[ADDRESS], false);
      const saved = giveUp(this, false, () => releaseAll.call(this));
      if (holding !== undefined) {
        holding.taken = errorHere();
        lent.set(saved, holding);
      }
      return saved;
    },
    *takeBack(this: T, saved) {
      const holding = lent.get(saved) ?? newHolding(this, false, false);
      try {
        yield* takeBack.call(this, saved);
      } catch (error) {
        if (error instanceof AbandonedError) taken(holding, this, true);
        throw error;
      }
      taken(holding, this, true);
    },
  });
}

let mainEnds: (() => void) | undefined;

/** Has this thread tell. */
export function install(): void {
  trace(Lock.prototype, ofMutex);
  trace(RLock.prototype, ofMutex);
  trace(RWLockSide.prototype, ofSide);
  traceLending(Lock.prototype);
  traceLending(RLock.prototype);
  witnessSleeps(waitsWitness);
  if (isFounder) mainEnds = onLoopEmpty(warnOfKept);
}

/** Undoes that. */
export function uninstall(): void {
  for (const back of undo.splice(0)) back();
  witnessSleeps(undefined);
  forgetHoldings();
  forgetOrders();
  if (mainEnds !== undefined) process.off('beforeExit', mainEnds);
}

/** The thread that runs on this worker ends. */
export function threadEnds(): void {
  warnOfKept();
  forgetHoldings();
  forgetOrders();
}
