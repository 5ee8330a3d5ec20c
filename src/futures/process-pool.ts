import { availableParallelism } from 'node:os';
import { inspect } from 'node:util';
import { mustBeOptions } from '../arguments.js';
import { ValueError } from '../errors.js';
import { defineHandle } from '../heap/handle.js';
import * as outcome from '../park/outcome.js';
import { hasWorkers } from '../park/pool.js';
import { ensureSupervisor } from '../supervisor/workers.js';
import type { Target } from '../threading/target.js';
import type { Sendable } from '../wire/sendable.js';
import { Executor } from './executor.js';
import { serveInbox } from './inbox.js';
import { checkedInitializer, checkedWorkers, defineExecutor, MOST, newExecutor, poolOf } from './launch.js';
import { closePool, newPool, nextPoolName, processesOf } from './pool.js';
import { type EndSignal, signalAll } from './processes.js';
import { PROCESS_EXECUTOR_TYPE } from './types.js';
import './worker.js';

defineExecutor(PROCESS_EXECUTOR_TYPE, 'ProcessPoolExecutor');

const OPTIONS = ['maxWorkers', 'initializer', 'initargs', 'maxTasksPerChild'];

/** How a pool of processes is made. */
export interface ProcessPoolOptions<A extends readonly unknown[] = unknown[]> {
  /** Most processes at a time. Default: as many as there are cores. They are made when a task comes and none is idle. */
  maxWorkers?: number | null | undefined;
  /** What each process runs first; it may be asynchronous. If it fails, the pool is broken. */
  initializer?: Target<A> | null | undefined;
  /** Arguments of the initializer. */
  initargs?: { readonly [K in keyof A]: Sendable<A[K]> } | undefined;
  /** After so many tasks a process ends and another takes its place. Default: never. */
  maxTasksPerChild?: number | null | undefined;
}

function checkedTasks(maxTasksPerChild: unknown): number {
  if (maxTasksPerChild === undefined || maxTasksPerChild === null) return 0;
  if (typeof maxTasksPerChild !== 'number' || !Number.isInteger(maxTasksPerChild)) {
    throw new TypeError(`maxTasksPerChild must be an integer, not ${inspect(maxTasksPerChild, { depth: 0 })}`);
  }
  if (maxTasksPerChild <= 0) throw new ValueError(`maxTasksPerChild is ${maxTasksPerChild}; it must be >= 1`);
  return Math.min(maxTasksPerChild, MOST);
}

/**
 * A pool of processes that run tasks: for code that must not share a process with the rest, because it may crash it, or wants
 * a memory of its own. Where that is not so, a {@link ThreadPoolExecutor} is faster and can share data. Python's
 * `concurrent.futures.ProcessPoolExecutor`.
 *
 * Functions are captured and values encoded as for threads, but nothing is shared: locks, queues and other shared objects
 * cannot be sent. What cannot be sent fails its own future with a NotSendableError or CaptureError. A process that dies breaks
 * the pool: all futures that are not done fail with a {@link BrokenProcessPool}, whose cause says how it died.
 *
 * @example
 * using pool = new ProcessPoolExecutor({ maxWorkers: 2, maxTasksPerChild: 1000 });
 * console.log(pool.submit((n: number) => n ** 2, 12).result());
 * for (const size of pool.map(render, pages, { chunksize: 8 })) console.log(size);
 */
export class ProcessPoolExecutor<A extends readonly unknown[] = unknown[]> extends Executor {
  /**
   * Makes a pool; no process runs yet.
   *
   * @param options the options, or the number of processes.
   * @throws ValueError when maxWorkers or maxTasksPerChild is not greater than 0; TypeError when one is not an integer or the
   * initializer is not callable; CaptureError or NotSendableError when that cannot travel.
   */
  constructor(options: ProcessPoolOptions<A> | number = {}) {
    if (typeof options !== 'number') mustBeOptions(options, OPTIONS, 'new ProcessPoolExecutor()');
    const given = typeof options === 'number' ? { maxWorkers: options } : (options ?? {});
    const { maxWorkers, initializer, initargs, maxTasksPerChild } = given as ProcessPoolOptions;
    const pool = newPool({
      maxWorkers: checkedWorkers(maxWorkers, availableParallelism()),
      processes: { perChild: checkedTasks(maxTasksPerChild) },
      initializer: checkedInitializer(initializer, initargs),
      prefix: nextPoolName('ProcessPoolExecutor'),
    });
    super(newExecutor(PROCESS_EXECUTOR_TYPE, pool));
    ensureSupervisor();
  }

  /**
   * Ends all processes now, with SIGTERM. What is queued is cancelled; futures of running tasks fail with a
   * {@link BrokenProcessPool}. It does not wait; nothing can be submitted any more. Python's `terminate_workers()`.
   */
  terminateWorkers(): void {
    force(poolOf(this), 'SIGTERM');
  }

  /** As {@link terminateWorkers}, with SIGKILL, which no process can refuse. Python's `kill_workers()`. */
  killWorkers(): void {
    force(poolOf(this), 'SIGKILL');
  }
}

function force(pool: number, signal: EndSignal): void {
  closePool(pool, true, (task) => void outcome.cancel(task));
  serveInbox();
  if (hasWorkers(pool)) signalAll(processesOf(pool), signal);
}

defineHandle(PROCESS_EXECUTOR_TYPE, ProcessPoolExecutor);
