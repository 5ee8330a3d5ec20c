import { AsyncResource } from 'node:async_hooks';
import { inspect } from 'node:util';
import { mustBeOptions } from '../arguments.js';
import { DeadlockError, RuntimeError, TimeoutError } from '../errors.js';
import { free } from '../heap/allocator.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType, release } from '../heap/records.js';
import { errorOfCaller } from '../host/stack.js';
import { block, blockAsync } from '../park/drive.js';
import { type Limit, limitOf, type Wait } from '../park/limit.js';
import { DONE } from '../park/meeting.js';
import * as outcome from '../park/outcome.js';
import { Task } from '../park/pool.js';
import { inTurn } from '../park/turns.js';
import { writeError } from '../supervisor/output.js';
import { formatError } from '../threading/traceback.js';
import { dropSlot } from '../wire/slot.js';
import { detach, movingLater } from '../wire/transfer.js';
import { InvalidStateError } from './errors.js';
import { inCallback, serveInbox, whenSoFar } from './inbox.js';
import { hasProcesses } from './pool.js';
import { FUTURE_TYPE, FutureWord as Word } from './types.js';
import { contentOf, remember, resultOf, settleError, settleValue } from './value.js';

defineRecord(FUTURE_TYPE, {
  label: 'Future',
  dispose(record) {
    dropSlot(record + outcome.VALUE);
    dropSlot(record + Word.ARGS);
    if (i32[record + Word.CODE] !== 0) release(i32[record + Word.CODE]);
    if (i32[record + Task.POOL] !== 0) release(i32[record + Task.POOL]);
    if (i32[record + Word.CULPRIT] !== 0) free(i32[record + Word.CULPRIT]);
  },
});

/** What a future is at one moment. */
export interface FutureSnapshot<T> {
  /** Whether it has ended: with a value, with an error, or cancelled. */
  readonly done: boolean;
  /** Whether it was cancelled. */
  readonly cancelled: boolean;
  /** The value; undefined unless it has finished with one. */
  readonly result: T | undefined;
  /** What its task threw; null unless it has failed. */
  readonly exception: unknown;
}

const STATES: readonly string[] = ['pending', 'running', 'cancelled', 'cancelled', 'finished', 'finished'];
const STATE_NAMES: readonly string[] = [
  'PENDING',
  'RUNNING',
  'CANCELLED',
  'CANCELLED_AND_NOTIFIED',
  'FINISHED',
  'FINISHED',
];

/** A new future's record. Throws HeapExhaustedError. */
export function newFutureRecord(): number {
  return newRecord(FUTURE_TYPE, Word.WORDS);
}

/** What a thread does before it waits for a future, and when it awaits one: a worker of the pool may have to run it. */
let beforeWait: (record: number) => void = () => undefined;
let beforeAwait: (record: number) => void = () => undefined;

/** Says what a thread does before it waits for the future at an address: blocking, and on its event loop. */
export function onWait(blocking: (record: number) => void, asynchronous: (record: number) => void): void {
  beforeWait = blocking;
  beforeAwait = asynchronous;
}

/** Does what must be done before this thread waits for the future at `record`. */
export function aboutToWait(record: number): void {
  if (!outcome.isDone(record)) beforeWait(record);
}

/** As `aboutToWait`, for a wait on the event loop. */
export function aboutToAwait(record: number): void {
  if (!outcome.isDone(record)) beforeAwait(record);
}

/** Waits until the future at `record` is done; false if the time is up first. */
export function untilDone(record: number, limit: Limit): boolean {
  if (outcome.isDone(record)) return true;
  if (limit.until === -Infinity) return false;
  beforeWait(record);
  const done = block(outcome.untilDone(record, limit), limit);
  serveInbox();
  return done;
}

/** As `untilDone`, without blocking the thread. */
export async function untilDoneAsync(record: number, limit: Limit): Promise<boolean> {
  if (outcome.isDone(record)) return inTurn(true);
  if (limit.until === -Infinity) return inTurn(false);
  beforeAwait(record);
  return blockAsync(outcome.untilDone(record, limit), limit);
}

const promises = new WeakMap<Future<unknown>, Promise<unknown>>();

function at(future: Handle): number {
  return ofType(future?.[ADDRESS], FUTURE_TYPE);
}

/**
 * What will be the result of a task: a value or an error that comes once, and that any thread may wait for. Executors make
 * futures; `new Future()` is for those who write one, and for tests. Python's `concurrent.futures.Future`.
 *
 * @example
 * const future = pool.submit((n: number) => n * n, 12);
 * future.result();   // 144; blocks this thread
 * await future;      // 144; blocks nothing
 */
export class Future<T = unknown> extends Handle implements PromiseLike<T> {
  /** Makes a future that somebody will give a result to. */
  constructor() {
    super(newFutureRecord());
  }

  /**
   * The result, waiting for it.
   *
   * @param wait how long, in ms; zero or less: not at all.
   * @throws the task's error; CancelledError; TimeoutError when the time was up.
   */
  result(wait?: Wait): T {
    if (!untilDone(at(this), limitOf(wait, 'result()'))) throw late(this);
    return resultOf(this, this.result);
  }

  /** As {@link result}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
  async resultAsync(wait?: Wait): Promise<T> {
    if (!(await untilDoneAsync(at(this), limitOf(wait, 'resultAsync()')))) throw late(this);
    return resultOf(this, this.resultAsync);
  }

  /**
   * What the task threw, null if it has a result; waits for it.
   *
   * @param wait how long, in ms; zero or less: not at all.
   * @throws CancelledError; TimeoutError when the time was up.
   */
  exception(wait?: Wait): Error | null {
    if (!untilDone(at(this), limitOf(wait, 'exception()'))) throw late(this);
    return failure(this);
  }

  /** As {@link exception}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
  async exceptionAsync(wait?: Wait): Promise<Error | null> {
    if (!(await untilDoneAsync(at(this), limitOf(wait, 'exceptionAsync()')))) throw late(this);
    return failure(this);
  }

  /**
   * Cancels the task if nobody has begun to run it. Waiters and callbacks are told.
   *
   * @param options `running: true` asks a task that already runs to end: it sees that in `currentTask()`, and ends when it
   * likes. The future then has whatever the task returns or throws. Tasks in other processes cannot be asked.
   * @returns true: it is cancelled, or was before; with `running`, also when the running task was asked.
   */
  cancel(options?: { running?: boolean | undefined }): boolean {
    mustBeOptions(options, ['running'], 'cancel()');
    const cancelled = outcome.cancel(at(this));
    if (cancelled === 'changed') serveInbox();
    if (cancelled !== false || options?.running !== true) return cancelled !== false;
    // No other process sees the question.
    const pool = i32[at(this) + Task.POOL];
    return (pool === 0 || !hasProcesses(pool)) && outcome.ask(at(this));
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    const state = outcome.stateOf(at(this));
    return state === outcome.CANCELLED || state === outcome.NOTIFIED;
  }

  /** Whether the task is running. */
  running(): boolean {
    return outcome.stateOf(at(this)) === outcome.RUNNING;
  }

  /** Whether it has a result or an error, or was cancelled. */
  done(): boolean {
    return outcome.isDone(at(this));
  }

  /** All of it at one moment, without waiting. */
  snapshot(): FutureSnapshot<T> {
    const state = outcome.stateOf(at(this));
    return {
      done: state >= outcome.CANCELLED,
      cancelled: state === outcome.CANCELLED || state === outcome.NOTIFIED,
      result: state === outcome.FINISHED ? (contentOf(this) as T) : undefined,
      exception: state === outcome.FAILED ? contentOf(this) : null,
    };
  }

  /**
   * Calls `fn` with this future when it is done, or at once if it is. Callbacks run in the thread that added them, in the
   * order in which they were added: when its event loop turns, while it sleeps in a call of this library, or within the call
   * that ended the future. What one throws is printed, and the others run. When the thread ends first they do not run.
   */
  addDoneCallback(fn: (future: Future<T>) => void): void {
    at(this);
    if (typeof fn !== 'function') throw new TypeError('addDoneCallback takes a function');
    const call = () => {
      try {
        fn(this);
      } catch (error) {
        writeError(`exception calling callback for ${this.toString()}:\n${formatError(error)}\n`);
      }
    };
    if (this.done()) {
      // Those that were added before come first; one that a callback adds comes before those that are left.
      if (!inCallback()) serveInbox();
      call();
    } else whenSoFar(at(this), DONE, false, AsyncResource.bind(call));
  }

  /**
   * For executors: marks the task as running. False if it was cancelled; then waiters are told that nobody will run it.
   *
   * @throws RuntimeError in any other state.
   */
  setRunningOrNotifyCancel(): boolean {
    const record = at(this);
    if (outcome.begin(record)) return true;
    if (outcome.notice(record)) {
      serveInbox();
      return false;
    }
    throw new RuntimeError(`${this.name} is in an unexpected state: ${stateName(record)}`);
  }

  /**
   * For executors: ends the future with a result.
   *
   * @throws InvalidStateError if it is done; NotSendableError if other threads cannot have the value.
   */
  setResult(value: T): void {
    const record = at(this);
    let settled = false;
    const moved = outcome.isDone(record)
      ? null
      : movingLater(() => {
          settled = settleValue(record, value, 'result');
        });
    if (!settled) throw settledAlready(this);
    // A value whose buffers have left is not what others see.
    if (moved === null) remember(this, value);
    else detach(moved);
    serveInbox();
  }

  /**
   * For executors: ends the future with an error.
   *
   * @throws InvalidStateError if it is done.
   */
  setException(error: unknown): void {
    const record = at(this);
    if (outcome.isDone(record) || !settleError(record, error)) throw settledAlready(this);
    remember(this, error);
    serveInbox();
  }

  /** `await future`, and whatever promises can do. An error that nobody asks for is silent, as in Python. */
  // oxlint-disable-next-line unicorn/no-thenable -- a future can be awaited
  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return promiseOf<T>(this).then(onFulfilled, onRejected);
  }

  /** As a promise's. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return promiseOf<T>(this).catch(onRejected);
  }

  /** As a promise's. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return promiseOf<T>(this).finally(onFinally);
  }

  /** Python's repr: `<Future Future-3 state=finished returned number>`. */
  override toString(): string {
    const state = outcome.stateOf(at(this));
    const text = `<${this.constructor.name} ${this.name} state=${STATES[state]}`;
    if (state === outcome.FINISHED) return `${text} returned ${typeNameOf(contentOf(this))}>`;
    if (state === outcome.FAILED) return `${text} raised ${typeNameOf(contentOf(this))}>`;
    return `${text}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

function failure(future: Future): Error | null {
  if (outcome.stateOf(at(future)) === outcome.FAILED) return contentOf(future) as Error;
  resultOf(future);
  return null;
}

function late(future: Future): TimeoutError {
  return new TimeoutError(`${future.name} is still ${future.running() ? 'running' : 'pending'}`);
}

function settledAlready(future: Future): InvalidStateError {
  return new InvalidStateError(`${stateName(at(future))}: ${String(future)}`);
}

function stateName(record: number): string {
  return STATE_NAMES[outcome.stateOf(record)];
}

function promiseOf<T>(future: Future<T>): Promise<T> {
  const record = at(future);
  let promise = promises.get(future) as Promise<T> | undefined;
  if (promise === undefined) {
    promise = new Promise((resolve, reject) => {
      const conclude = () => {
        try {
          resolve(resultOf(future));
        } catch (error) {
          reject(error as Error);
        }
      };
      if (future.done()) conclude();
      else {
        aboutToAwait(record);
        whenSoFar(record, DONE, true, conclude, (text) => {
          promises.delete(future);
          reject(errorOfCaller(DeadlockError, text));
        });
      }
    });
    promises.set(future, promise);
  }
  return promise;
}

function typeNameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const name: unknown = value instanceof Error ? value.name : value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'object';
}

defineHandle(FUTURE_TYPE, Future);
