import { TimeoutError } from '../errors.js';
import { ADDRESS, handleAt } from '../heap/handle.js';
import { clock } from '../host/clock.js';
import { block, blockAsync } from '../park/drive.js';
import { type Limit, limitOf, type Wait } from '../park/limit.js';
import { disband, dismiss, expect, FINAL, futureOf, takeArrival, untilArrival } from '../park/meeting.js';
import { standing } from '../park/outcome.js';
import { aboutToAwait, aboutToWait, type Future } from './future.js';
import { serveInbox } from './inbox.js';
import { Meeting } from './meeting.js';
import { distinct, type ResultOf } from './wait.js';

/**
 * What `for await` gives: the future itself. TypeScript takes whatever can be awaited for awaited there, so `then` is out of
 * sight; it is done, and `result()` answers at once.
 */
export type CompletedFuture<T> = Future<T> & { readonly then: never };

/** Futures in the order of their completion. Written by hand: an async generator would await the futures that it yields. */
class Completions<T> implements IterableIterator<Future<T>> {
  private readonly meeting = new Meeting();
  /** Those that have not been yielded; they are kept alive here. */
  private readonly rest: Set<Future<T>>;
  private readonly total: number;

  constructor(
    futures: readonly Future<T>[],
    private readonly limit: Limit,
  ) {
    this.rest = new Set(futures);
    this.total = futures.length;
    expect(this.meeting[ADDRESS], 1, false);
    for (const future of futures) this.meeting.add(future[ADDRESS], FINAL);
  }

  private take(): IteratorResult<Future<T>, undefined> | undefined {
    if (this.rest.size === 0) return { done: true, value: undefined };
    const link = takeArrival(this.meeting[ADDRESS]);
    if (link === 0) return undefined;
    const future = handleAt(futureOf(link)) as Future<T>;
    dismiss(link);
    this.rest.delete(future);
    return { done: false, value: future };
  }

  private late(): TimeoutError {
    const left = this.rest.size;
    this.return();
    return new TimeoutError(`${left} (of ${this.total}) futures unfinished`);
  }

  next(): IteratorResult<Future<T>, undefined> {
    const found = this.take();
    if (found !== undefined) return found;
    const { limit, meeting } = this;
    if (limit.until > clock()) {
      for (const future of this.rest) {
        aboutToWait(future[ADDRESS]);
        if ((standing(future[ADDRESS]) & FINAL) !== 0) break;
      }
      block(untilArrival(meeting[ADDRESS], limit), limit);
      serveInbox();
    }
    const come = this.take();
    if (come === undefined) throw this.late();
    return come;
  }

  async nextAsync(): Promise<IteratorResult<Future<T>, undefined>> {
    const found = this.take();
    if (found !== undefined) return found;
    const { limit, meeting } = this;
    if (limit.until > clock()) {
      for (const future of this.rest) aboutToAwait(future[ADDRESS]);
      await blockAsync(untilArrival(meeting[ADDRESS], limit), limit);
    }
    const come = this.take();
    if (come === undefined) throw this.late();
    return come;
  }

  return(): IteratorResult<Future<T>, undefined> {
    this.rest.clear();
    disband(this.meeting[ADDRESS]);
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<CompletedFuture<T>> {
    // The result of a step holds the future, which nobody awaits there.
    const iterator: AsyncIterableIterator<CompletedFuture<T>> = {
      next: () => this.nextAsync() as Promise<IteratorResult<CompletedFuture<T>>>,
      return: async () => this.return() as IteratorReturnResult<undefined>,
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }
}

/**
 * The futures in `fs`, each once, as they complete: first those that have, then the others in the order of their completion.
 * Python's `concurrent.futures.as_completed()`. To stop early cancels nothing.
 *
 * @param wait how long all of it may take, counted from the call (in Python: from the first step).
 * @throws TimeoutError at the step that finds the time up: `2 (of 4) futures unfinished`.
 *
 * @example
 * for (const future of asCompleted(futures)) console.log(future.result());
 * for await (const future of asCompleted(futures)) console.log(future.result());
 */
export function asCompleted<T>(
  fs: Iterable<Future<T>>,
  wait?: Wait,
): IterableIterator<Future<T>> & AsyncIterable<CompletedFuture<T>>;
/** The same for futures of several types. */
export function asCompleted<F extends Future>(
  fs: Iterable<F>,
  wait?: Wait,
): IterableIterator<Future<ResultOf<F>>> & AsyncIterable<CompletedFuture<ResultOf<F>>>;
export function asCompleted<T>(
  fs: Iterable<Future<T>>,
  wait?: Wait,
): IterableIterator<Future<T>> & AsyncIterable<CompletedFuture<T>> {
  const limit = limitOf(wait, 'asCompleted()');
  return new Completions(distinct(fs, 'asCompleted()'), limit);
}
