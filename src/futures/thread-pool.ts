import { availableParallelism } from 'node:os';
import { inspect } from 'node:util';
import type { ResourceLimits } from 'node:worker_threads';
import { mustBeOptions, textOf } from '../arguments.js';
import { ValueError } from '../errors.js';
import { defineHandle } from '../heap/handle.js';
import { checkedLimits } from '../host/limits.js';
import { release } from '../heap/records.js';
import { CLOSED, close } from '../park/pool.js';
import { ensureSupervisor } from '../supervisor/workers.js';
import type { ModuleTarget, Target } from '../threading/target.js';
import type { Sendable, SentArgs } from '../wire/sendable.js';
import { Executor } from './executor.js';
import type { Future } from './future.js';
import {
  checkedInitializer,
  checkedWorkers,
  defineExecutor,
  launch,
  mustBeTarget,
  newExecutor,
  poolOf,
} from './launch.js';
import { newPool, nextPoolName } from './pool.js';
import { EXECUTOR_TYPE } from './types.js';
import './worker.js';

defineExecutor(EXECUTOR_TYPE, 'ThreadPoolExecutor');

const OPTIONS = ['maxWorkers', 'threadNamePrefix', 'initializer', 'initargs', 'resourceLimits'];

/** How a thread pool is made. */
export interface ThreadPoolOptions<A extends readonly unknown[] = unknown[]> {
  /** Most threads at a time. Default: `min(32, cores + 4)`. They are made when a task comes and none is idle. */
  maxWorkers?: number | null | undefined;
  /** Threads are named `<prefix>_<n>`. Default: `ThreadPoolExecutor-<k>`. */
  threadNamePrefix?: string | null | undefined;
  /** What each thread runs first; it may be asynchronous. If it fails, the pool is broken. */
  initializer?: Target<A> | null | undefined;
  /** Arguments of the initializer. */
  initargs?: { readonly [K in keyof A]: Sendable<A[K]> } | undefined;
  /** Sizes of each thread's JavaScript heap and stack, in MB, as worker_threads has them. */
  resourceLimits?: ResourceLimits | undefined;
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
export class ThreadPoolExecutor<A extends readonly unknown[] = unknown[]> extends Executor {
  /**
   * Makes a pool; no thread runs yet.
   *
   * @param options the options, or the number of threads.
   * @throws ValueError when maxWorkers is not greater than 0, or a resource limit out of range; TypeError when the initializer cannot be called; CaptureError or
   * NotSendableError when it cannot travel.
   */
  constructor(options: ThreadPoolOptions<A> | number = {}) {
    if (typeof options !== 'number') mustBeOptions(options, OPTIONS, 'new ThreadPoolExecutor()');
    const given = typeof options === 'number' ? { maxWorkers: options } : (options ?? {});
    const { initializer, initargs, resourceLimits, threadNamePrefix } = given as ThreadPoolOptions;
    const maxWorkers = checkedWorkers(given.maxWorkers, Math.min(32, availableParallelism() + 4));
    const pool = newPool({
      maxWorkers,
      prefix:
        threadNamePrefix === undefined || threadNamePrefix === null || threadNamePrefix === ''
          ? nextPoolName('ThreadPoolExecutor')
          : textOf(threadNamePrefix, 'threadNamePrefix'),
      initializer: checkedInitializer(initializer, initargs),
      limits: checkedLimits(resourceLimits),
    });
    super(newExecutor(EXECUTOR_TYPE, pool));
    // It boots while the caller prepares the first task.
    ensureSupervisor();
  }

  /** Runs the export of a module, whose types are not known here. */
  submitWithPriority(priority: number, fn: ModuleTarget, ...args: unknown[]): Future;
  /**
   * As {@link submit}, for a task that is to be taken before or after others: those with a lower number come first, equal ones
   * in the order of their submission. `submit()` and `map()` give 0. It is the order in which tasks are begun; none is
   * interrupted. Not Python's; named after its PriorityQueue's rule.
   *
   * @throws TypeError when the priority is no number; ValueError when it is no whole number from -2³¹ to 2³¹ - 1; else as submit.
   *
   * @example
   * pool.submitWithPriority(-1, answer, request); // before all that was submitted
   * pool.submitWithPriority(10, cleanUp); // when nothing else is to be done
   */
  submitWithPriority<A extends unknown[], R>(
    priority: number,
    fn: (...args: A) => R,
    ...args: SentArgs<A>
  ): Future<Awaited<R>>;
  submitWithPriority(priority: number, fn: Target<never[]>, ...args: unknown[]): Future {
    if (typeof priority !== 'number')
      throw new TypeError(`priority must be a number, not ${inspect(priority, { depth: 0 })}`);
    if (priority !== (priority | 0)) {
      throw new ValueError(`priority is ${priority}; it must be a whole number from -2³¹ to 2³¹ - 1`);
    }
    return launch(poolOf(this), fn, args, priority);
  }
}

defineHandle(EXECUTOR_TYPE, ThreadPoolExecutor);

/** Runs the export of a module, whose types are not known here. */
export function run(fn: ModuleTarget, ...args: unknown[]): Future;
/**
 * Runs `fn(...args)` in a thread of its own and gives its future. Python's `asyncio.to_thread()`.
 *
 * @example
 * const digest = await run((file: string) => createHash('sha256').update(readFileSync(file)).digest('hex'), path);
 */
export function run<A extends unknown[], R>(fn: (...args: A) => R, ...args: SentArgs<A>): Future<Awaited<R>>;
export function run(fn: Target<never[]>, ...args: unknown[]): Future {
  mustBeTarget(fn, 'run()');
  const pool = newPool({ maxWorkers: 1, prefix: undefined });
  try {
    return launch(pool, fn, args);
  } finally {
    close(pool, CLOSED);
    release(pool);
  }
}
