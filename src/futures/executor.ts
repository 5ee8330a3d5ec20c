import { inspect } from 'node:util';
import { Handle } from '../heap/handle.js';
import { typeOf } from '../heap/records.js';
import { countsOf } from '../park/pool.js';
import type { ModuleTarget, Target } from '../threading/target.js';
import type { SentArgs } from '../wire/sendable.js';
import type { ChunkOutcome } from './chunk.js';
import type { Future } from './future.js';
import { launch, mustBeTarget, poolOf, shutDown, shutDownAsync } from './launch.js';
import { type MapInputs, type MapOptions, MapResult, mapPlan } from './map.js';
import { EXECUTOR_TYPE, PROCESS_EXECUTOR_TYPE } from './types.js';

/** How to end an executor. */
export interface ShutdownOptions {
  /** Whether to wait until all tasks have run and the workers have ended. Default: true. */
  wait?: boolean | undefined;
  /** Whether to cancel the tasks that nobody has begun. Default: false. */
  cancelFutures?: boolean | undefined;
}

function mustBeSubmitter(executor: unknown): void {
  if (!(executor instanceof Executor)) throw new TypeError('a method of an executor was called on something else');
}

function mustBeExecutor(record: unknown): number {
  const isRecord = typeof record === 'number' && [EXECUTOR_TYPE, PROCESS_EXECUTOR_TYPE].includes(typeOf(record));
  if (isRecord) return record;
  throw new TypeError(
    'an Executor stands for a pool in the shared heap: extend ThreadPoolExecutor or ProcessPoolExecutor',
  );
}

/**
 * Something that runs tasks and gives a {@link Future} for each. Python's `concurrent.futures.Executor`. The subclasses say what
 * works for the pool; what is done with it is the same for all.
 */
export abstract class Executor extends Handle implements Disposable, AsyncDisposable {
  /** @internal */
  constructor(record: number) {
    super(mustBeExecutor(record));
  }

  /** Runs the export of a module, whose types are not known here. */
  submit(fn: ModuleTarget, ...args: unknown[]): Future;
  /**
   * Runs `fn(...args)` in a worker. The function is captured as it is now, with the variables that it uses; it may be
   * asynchronous.
   *
   * @throws RuntimeError after `shutdown()`; the executor's BrokenExecutor; CaptureError or NotSendableError when the function
   * or an argument cannot travel.
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: SentArgs<A>): Future<Awaited<R>>;
  submit(fn: Target<never[]>, ...args: unknown[]): Future {
    return launch(poolOf(this), fn, args);
  }

  /** Runs the export of a module, whose types are not known here. */
  map(
    fn: ModuleTarget,
    items: Iterable<unknown>,
    ...moreAndOptions: (Iterable<unknown> | MapOptions | undefined)[]
  ): MapResult<unknown>;
  /**
   * Runs `fn` for each item, or for the items of several inputs side by side until the shortest ends, and gives the results
   * in the order of the inputs: `for … of` blocks for each, `for await … of` does not.
   *
   * All inputs are read and submitted during the call; with `buffersize` only so many ahead of what was taken. An error of a
   * call is thrown at its step, and the iteration can go on after it (as from Python 3.16 on). To stop early cancels what
   * nobody has begun.
   *
   * @example
   * for (const digest of pool.map(sha256, files, { chunksize: 16 })) console.log(digest);
   */
  map<A, R>(fn: (a: A) => R, items: Iterable<A>, options?: MapOptions): MapResult<Awaited<R>>;
  /** The same with two inputs. */
  map<A, B, R>(fn: (a: A, b: B) => R, a: Iterable<A>, b: Iterable<B>, options?: MapOptions): MapResult<Awaited<R>>;
  /** The same with three inputs. */
  map<A, B, C, R>(
    fn: (a: A, b: B, c: C) => R,
    a: Iterable<A>,
    b: Iterable<B>,
    c: Iterable<C>,
    options?: MapOptions,
  ): MapResult<Awaited<R>>;
  /** The same with any number of inputs. */
  map<A extends unknown[], R>(fn: (...args: A) => R, ...inputs: MapInputs<A>): MapResult<Awaited<R>>;
  /** The same with any number of inputs, and options after them. */
  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...inputsAndOptions: [...MapInputs<A>, MapOptions | undefined]
  ): MapResult<Awaited<R>>;
  map(fn: Target<never[]>, ...rest: unknown[]): MapResult<unknown> {
    mustBeSubmitter(this);
    mustBeTarget(fn, 'map()');
    const plan = mapPlan(rest);
    const call = fn as (...args: unknown[]) => unknown;
    return new MapResult<unknown>(plan, {
      // By the method, which a subclass may override.
      one: (args) => this.submit(call, ...args),
      chunk: (chunk) => launch(poolOf(this), fn, chunk) as Future<ChunkOutcome>,
    });
  }

  /**
   * Ends the executor: nothing can be submitted any more, what was submitted still runs. May be called again.
   *
   * @param options by default it waits, and cancels nothing. Cancelled futures are done at once, for `wait()` too (in Python
   * that would wait for ever).
   */
  shutdown(options?: ShutdownOptions): void {
    shutDown(poolOf(this), options);
  }

  /** As {@link shutdown}, without blocking the thread. */
  async shutdownAsync(options?: ShutdownOptions): Promise<void> {
    await shutDownAsync(poolOf(this), options);
  }

  /** `using pool = …`: shuts down at the end of the block, and waits. */
  [Symbol.dispose](): void {
    mustBeSubmitter(this);
    this.shutdown();
  }

  /** `await using pool = …`: as `[Symbol.dispose]`, without blocking. */
  async [Symbol.asyncDispose](): Promise<void> {
    mustBeSubmitter(this);
    await this.shutdownAsync();
  }

  /** Such as `<ThreadPoolExecutor ThreadPoolExecutor-3 workers=2 queued=0>`. */
  override toString(): string {
    const { workers, queued } = countsOf(poolOf(this));
    return `<${this.constructor.name} ${this.name} workers=${workers} queued=${queued}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}
