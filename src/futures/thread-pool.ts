import { availableParallelism } from 'node:os';
import { inspect } from 'node:util';
import type { ResourceLimits } from 'node:worker_threads';
import { RuntimeError, ValueError } from '../errors.js';
import { Agent, self } from '../heap/agents.js';
import { ADDRESS, defineHandle, handleAt } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, release } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import { FOREVER } from '../park/limit.js';
import * as outcome from '../park/outcome.js';
import { CLOSED, close, countsOf, untilEnded } from '../park/pool.js';
import { ThreadWord } from '../supervisor/thread-record.js';
import { ensureSupervisor } from '../supervisor/workers.js';
import type { Chunk, ChunkOutcome } from './chunk.js';
import { Executor, type ShutdownOptions } from './executor.js';
import type { Future } from './future.js';
import { serveInbox } from './inbox.js';
import { closePool, enqueueTask, mustBeOpen, newPool, nextPoolName } from './pool.js';
import { newTask } from './task.js';
import { EXECUTOR_TYPE } from './types.js';
import './worker.js';

/** Address of the pool, to which the record refers. */
const POOL: number = Record.BODY;

defineRecord(EXECUTOR_TYPE, {
  label: 'ThreadPoolExecutor',
  dispose(record) {
    const pool = i32[record + POOL];
    if (pool === 0) return;
    close(pool, CLOSED);
    release(pool);
  },
});

/** How a thread pool is made. */
export interface ThreadPoolOptions<A extends unknown[] = unknown[]> {
  /** Most threads at a time. Default: `min(32, cores + 4)`. They are made when a task comes and none is idle. */
  maxWorkers?: number | null;
  /** Threads are named `<prefix>_<n>`. Default: `ThreadPoolExecutor-<k>`. */
  threadNamePrefix?: string | null;
  /** What each thread runs first; it may be asynchronous. If it fails, the pool is broken. */
  initializer?: ((...args: A) => unknown) | null;
  /** Arguments of the initializer. */
  initargs?: A;
  /** Sizes of each thread's JavaScript heap and stack, in MB, as worker_threads has them. */
  resourceLimits?: ResourceLimits;
}

type AnyFunction = (...args: never[]) => unknown;

/** Starts a task in the pool. */
function launch(pool: number, fn: unknown, args: readonly unknown[] | Chunk): Future {
  mustBeOpen(pool);
  if (typeof fn !== 'function' && !isModuleTarget(fn)) {
    throw new TypeError(`submit() takes a function or { module, name }, not ${inspect(fn, { depth: 0 })}`);
  }
  const task = newTask(pool, fn as AnyFunction, args);
  let future: Future;
  try {
    future = handleAt(task) as Future;
  } catch (error) {
    release(task);
    throw error;
  }
  enqueueTask(pool, task);
  return future;
}

function isModuleTarget(fn: unknown): boolean {
  return typeof fn === 'object' && fn !== null && 'module' in fn && 'name' in fn;
}

function checkedWorkers(maxWorkers: unknown): number {
  if (maxWorkers === undefined || maxWorkers === null) return Math.min(32, availableParallelism() + 4);
  if (typeof maxWorkers !== 'number' || !Number.isInteger(maxWorkers)) {
    throw new TypeError(`maxWorkers must be an integer, not ${inspect(maxWorkers, { depth: 0 })}`);
  }
  if (maxWorkers <= 0) throw new ValueError(`maxWorkers is ${maxWorkers}; it must be greater than 0`);
  return maxWorkers;
}

/**
 * A pool of threads that run tasks. Python's `concurrent.futures.ThreadPoolExecutor`.
 *
 * Any thread that has the pool may submit, its own workers too: one that waits for a task that is still queued in its own pool
 * runs it itself, so that pools do not starve. Queued tasks run and threads are waited for at the end of the process.
 *
 * @example
 * using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
 * const future = pool.submit((n: number) => n ** 2, 12);
 * console.log(future.result(), [...pool.map(Math.sqrt, [1, 4, 9])]);
 */
export class ThreadPoolExecutor extends Executor {
  /**
   * Makes a pool; no thread runs yet.
   *
   * @param options the options, or the number of threads.
   * @throws ValueError when maxWorkers is not greater than 0; TypeError when the initializer is not callable; CaptureError or
   * NotSendableError when it cannot travel.
   */
  constructor(options: ThreadPoolOptions<never[]> | number = {}) {
    const given = typeof options === 'number' ? { maxWorkers: options } : options;
    const { initializer, initargs, resourceLimits, threadNamePrefix } = given as ThreadPoolOptions;
    const maxWorkers = checkedWorkers(given.maxWorkers);
    if (initializer !== undefined && initializer !== null && typeof initializer !== 'function') {
      throw new TypeError('initializer must be a callable');
    }
    const pool = newPool({
      maxWorkers,
      prefix:
        threadNamePrefix === undefined || threadNamePrefix === null || threadNamePrefix === ''
          ? nextPoolName()
          : String(threadNamePrefix),
      initializer: initializer ? { fn: initializer, args: [...(initargs ?? [])] } : undefined,
      limits: resourceLimits,
    });
    let record: number;
    try {
      record = newRecord(EXECUTOR_TYPE, 1);
    } catch (error) {
      release(pool);
      throw error;
    }
    i32[record + POOL] = pool;
    super(record);
    // It boots while the caller prepares the first task.
    ensureSupervisor();
  }

  override submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return launch(i32[this[ADDRESS] + POOL], fn, args) as Future<Awaited<R>>;
  }

  protected override submitChunk(fn: AnyFunction, chunk: Chunk): Future<ChunkOutcome> {
    return launch(i32[this[ADDRESS] + POOL], fn, chunk) as Future<ChunkOutcome>;
  }

  override shutdown(options?: ShutdownOptions): void {
    const pool = this.close(options);
    if (options?.wait === false) return;
    block(untilEnded(pool, FOREVER), FOREVER);
    serveInbox();
  }

  override async shutdownAsync(options?: ShutdownOptions): Promise<void> {
    const pool = this.close(options);
    if (options?.wait === false) return;
    await blockAsync(untilEnded(pool, FOREVER), FOREVER);
    serveInbox();
  }

  private close(options: ShutdownOptions | undefined): number {
    const pool = i32[this[ADDRESS] + POOL];
    closePool(pool, options?.cancelFutures === true, (task) => void outcome.cancel(task));
    serveInbox();
    const thread = i32[self.address + Agent.THREAD];
    if (options?.wait !== false && thread !== 0 && i32[thread + ThreadWord.POOL] === pool) {
      throw new RuntimeError(
        'a task cannot wait for the end of its own pool: shutdown({ wait: false }), or shut down in the thread that made it',
      );
    }
    return pool;
  }

  /** `<ThreadPoolExecutor ThreadPoolExecutor-3 workers=2 queued=0>`. */
  override toString(): string {
    const { workers, queued } = countsOf(i32[this[ADDRESS] + POOL]);
    return `<ThreadPoolExecutor ${this.name} workers=${workers} queued=${queued}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(EXECUTOR_TYPE, ThreadPoolExecutor);

/**
 * Runs `fn(...args)` in a thread of its own and gives its future. Python's `asyncio.to_thread()`.
 *
 * @example
 * const digest = await run((file: string) => createHash('sha256').update(readFileSync(file)).digest('hex'), path);
 */
export function run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
  const pool = newPool({ maxWorkers: 1, prefix: undefined });
  try {
    return launch(pool, fn, args) as Future<Awaited<R>>;
  } finally {
    close(pool, CLOSED);
    release(pool);
  }
}
