/**
 * What the executors with a pool have in common: their records, how a task is launched, how they end.
 */
import { inspect } from 'node:util';
import { mustBeOptions } from '../arguments.js';
import { CaptureError, NotSendableError, RuntimeError, ValueError } from '../errors.js';
import { Agent, self } from '../heap/agents.js';
import { ADDRESS, type Handle, newHandle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType, release } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import { FOREVER } from '../park/limit.js';
import * as outcome from '../park/outcome.js';
import { CLOSED, close, untilEnded } from '../park/pool.js';
import { ThreadWord } from '../supervisor/thread-record.js';
import { isModuleTarget, type Target } from '../threading/target.js';
import type { Chunk } from './chunk.js';
import type { ShutdownOptions } from './executor.js';
import { Future } from './future.js';
import { serveInbox } from './inbox.js';
import { closePool, enqueueTask, hasProcesses, mustBeOpen } from './pool.js';
import { newTask } from './task.js';
import { EXECUTOR_TYPE, PROCESS_EXECUTOR_TYPE } from './types.js';
import { settleError } from './value.js';

/** Address of the pool, to which an executor's record refers. */
const POOL: number = Record.BODY;

/** Declares the records of a class of executors. */
export function defineExecutor(type: number, label: string): void {
  defineRecord(type, {
    label,
    dispose(record) {
      const pool = i32[record + POOL];
      if (pool === 0) return;
      close(pool, CLOSED);
      release(pool);
    },
  });
}

/** A new record for an executor with that pool; takes over the caller's reference on the pool. Throws HeapExhaustedError. */
export function newExecutor(type: number, pool: number): number {
  try {
    const record = newRecord(type, 1);
    i32[record + POOL] = pool;
    return record;
  } catch (error) {
    release(pool);
    throw error;
  }
}

/** An executor's record, which may be one of several classes. */
function at(executor: Handle): number {
  return ofType(executor?.[ADDRESS], EXECUTOR_TYPE, PROCESS_EXECUTOR_TYPE);
}

/** Address of the executor's pool. */
export function poolOf(executor: Handle): number {
  return i32[at(executor) + POOL];
}

/** What a word of a record can count to; nobody gets there. */
export const MOST: number = 2 ** 31 - 1;

/** `maxWorkers` as it was given, or the default; throws TypeError and ValueError for what is no number of workers. */
export function checkedWorkers(maxWorkers: unknown, usual: number): number {
  if (maxWorkers === undefined || maxWorkers === null) return usual;
  if (typeof maxWorkers !== 'number' || !Number.isInteger(maxWorkers)) {
    throw new TypeError(`maxWorkers must be an integer, not ${inspect(maxWorkers, { depth: 0 })}`);
  }
  if (maxWorkers <= 0) throw new ValueError(`maxWorkers is ${maxWorkers}; it must be greater than 0`);
  return Math.min(maxWorkers, MOST);
}

/** The initializer with its arguments; throws TypeError if it cannot be called. */
export function checkedInitializer(
  initializer: unknown,
  initargs: readonly unknown[] | undefined,
): { fn: unknown; args: readonly unknown[] } | undefined {
  if (initializer === undefined || initializer === null) return undefined;
  if (typeof initializer !== 'function' && !isModuleTarget(initializer))
    throw new TypeError('initializer must be a callable, or { module, name }');
  if (initargs !== undefined && initargs !== null && !Array.isArray(initargs))
    throw new TypeError('initargs must be an array');
  return { fn: initializer, args: [...(initargs ?? [])] };
}

/** Throws a TypeError unless `fn` is what a task can run; `what` takes it. */
export function mustBeTarget(fn: unknown, what: string): void {
  if (typeof fn === 'function' || isModuleTarget(fn)) return;
  throw new TypeError(`${what} takes a function or { module, name }, not ${inspect(fn, { depth: 0 })}`);
}

/** Starts a task in the pool. */
export function launch(pool: number, fn: unknown, args: readonly unknown[] | Chunk, priority = 0): Future {
  mustBeOpen(pool);
  mustBeTarget(fn, 'submit()');
  let task: number;
  try {
    task = newTask(pool, fn as Target<never[]>, args, priority);
  } catch (error) {
    if (hasProcesses(pool) && (error instanceof NotSendableError || error instanceof CaptureError))
      return failed(error);
    throw error;
  }
  let future: Future;
  try {
    future = newHandle(task) as Future;
  } catch (error) {
    release(task);
    throw error;
  }
  enqueueTask(pool, task);
  return future;
}

/** As Python's pools of processes have it: what cannot be sent fails its own future. */
function failed(error: Error): Future {
  const future = new Future();
  settleError(future[ADDRESS], error);
  return future;
}

/** `shutdown()` of an executor. */
export function shutDown(pool: number, options: ShutdownOptions | undefined): void {
  if (!closeFor(pool, options)) return;
  block(untilEnded(pool, FOREVER), FOREVER);
  serveInbox();
}

/** `shutdownAsync()` of an executor. */
export async function shutDownAsync(pool: number, options: ShutdownOptions | undefined): Promise<void> {
  if (!closeFor(pool, options)) return;
  await blockAsync(untilEnded(pool, FOREVER), FOREVER);
  serveInbox();
}

/** Closes the pool; whether its end is to be waited for. */
function closeFor(pool: number, options: ShutdownOptions | undefined): boolean {
  mustBeOptions(options, ['wait', 'cancelFutures'], 'shutdown()');
  // Before anything is done: to read them may throw.
  const waits = options?.wait !== false;
  const cancels = options?.cancelFutures === true;
  closePool(pool, cancels, (task) => void outcome.cancel(task));
  serveInbox();
  const thread = i32[self.address + Agent.THREAD];
  if (waits && thread !== 0 && i32[thread + ThreadWord.POOL] === pool) {
    throw new RuntimeError(
      'a task cannot wait for the end of its own pool: shutdown({ wait: false }), or shut down in the thread that made it',
    );
  }
  return waits;
}
