/** The two forms of the calls on futures that wait, and futures in every state. */
import { test } from 'node:test';
import {
  asCompleted,
  type Executor,
  Future,
  type FuturesWaitOptions,
  type DoneAndNotDone,
  type ShutdownOptions,
  wait,
  waitAsync,
  type Wait,
} from 'threadwork';

type Perhaps<T> = T | Promise<T>;

/** One form of the calls that wait. */
export interface FutureForm {
  readonly isAsync: boolean;
  result<T>(future: Future<T>, wait?: Wait): Perhaps<T>;
  exception(future: Future, wait?: Wait): Perhaps<Error | null>;
  wait<T>(futures: Iterable<Future<T>>, options?: FuturesWaitOptions): Perhaps<DoneAndNotDone<T>>;
  /** All that asCompleted yields. */
  completed<T>(futures: Iterable<Future<T>>, wait?: Wait): Promise<Future<T>[]>;
  shutdown(pool: Executor, options?: ShutdownOptions): Perhaps<void>;
  /** A step of what map() gives. */
  step<T>(results: { next(): IteratorResult<T>; nextAsync(): Promise<IteratorResult<T>> }): Perhaps<IteratorResult<T>>;
  /** All that map() gives. */
  all<T>(results: Iterable<T> & AsyncIterable<T>): Promise<T[]>;
}

const blocking: FutureForm = {
  isAsync: false,
  result: (future, limit) => future.result(limit),
  exception: (future, limit) => future.exception(limit),
  wait: (futures, options) => wait(futures, options),
  completed: async (futures, limit) => [...asCompleted(futures, limit)],
  shutdown: (pool, options) => pool.shutdown(options),
  step: (results) => results.next(),
  all: async (results) => [...results],
};

const asynchronous: FutureForm = {
  isAsync: true,
  result: (future, limit) => future.resultAsync(limit),
  exception: (future, limit) => future.exceptionAsync(limit),
  wait: (futures, options) => waitAsync(futures, options),
  completed: async (futures, limit) => {
    const found = [];
    for await (const future of asCompleted(futures, limit)) found.push(future);
    return found;
  },
  shutdown: (pool, options) => pool.shutdownAsync(options),
  step: (results) => results.nextAsync(),
  all: async (results) => {
    const found = [];
    for await (const value of results) found.push(value);
    return found;
  },
};

/** Registers the case under its name, which begins with its id, once for each form. */
export function inBothForms(name: string, body: (form: FutureForm) => void | Promise<void>): void {
  const [id, ...title] = name.split(' ');
  test(name, () => body(blocking));
  test([id, 'async', ...title].join(' '), () => body(asynchronous));
}

export const failure = new RangeError('it failed');

/** A future in each state. */
export function futures(): Record<'pending' | 'running' | 'cancelled' | 'notified' | 'failed' | 'finished', Future> {
  const all = {
    pending: new Future(),
    running: new Future(),
    cancelled: new Future(),
    notified: new Future(),
    failed: new Future(),
    finished: new Future(),
  };
  all.running.setRunningOrNotifyCancel();
  all.cancelled.cancel();
  all.notified.cancel();
  all.notified.setRunningOrNotifyCancel();
  all.failed.setException(failure);
  all.finished.setResult(42);
  return all;
}
