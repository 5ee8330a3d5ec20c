import { mustBeIterable, mustKnow, told } from '../arguments.js';
import { ValueError } from '../errors.js';
import { ADDRESS } from '../heap/handle.js';
import { block, blockAsync } from '../park/drive.js';
import { type Limit, limitOf, type WaitOptions } from '../park/limit.js';
import { disband, expect, FAILURE, FINAL, isMet, untilMet } from '../park/meeting.js';
import { standing } from '../park/outcome.js';
import { aboutToAwait, aboutToWait, Future } from './future.js';
import { serveInbox } from './inbox.js';
import { Meeting } from './meeting.js';

/** When {@link wait} returns. */
export type ReturnWhen = 'ALL_COMPLETED' | 'FIRST_COMPLETED' | 'FIRST_EXCEPTION';

/** How long {@link wait} waits, and for what. */
export interface FuturesWaitOptions extends WaitOptions {
  /** Default: ALL_COMPLETED. */
  returnWhen?: ReturnWhen | undefined;
}

/** What a future of type `F` gives; of several types, any of what they give. */
export type ResultOf<F> = F extends Future<infer T> ? T : never;

/** What {@link wait} found. */
export interface DoneAndNotDone<T> {
  /** Futures that have a result or an error, or were cancelled and are known to be. */
  readonly done: Set<Future<T>>;
  /** The others: the time was up, or enough were done before. */
  readonly notDone: Set<Future<T>>;
}

/** The futures in `fs`, each once. */
export function distinct<T>(fs: Iterable<Future<T>>, caller: string): Future<T>[] {
  mustBeIterable(fs, caller);
  const futures = [...new Set(fs)];
  for (const future of futures) {
    if (!(future instanceof Future)) throw new TypeError(`${caller} takes futures, not ${typeof future}`);
  }
  return futures;
}

function partition<T>(futures: readonly Future<T>[]): DoneAndNotDone<T> {
  const done = new Set<Future<T>>();
  const notDone = new Set<Future<T>>();
  for (const future of futures) ((standing(future[ADDRESS]) & FINAL) !== 0 ? done : notDone).add(future);
  return { done, notDone };
}

/** Those who are to be waited for, with the meeting where they come; null if there is nothing to wait for. */
function prepare<T>(futures: readonly Future<T>[], returnWhen: ReturnWhen): Meeting | null {
  const stands = futures.map((future) => standing(future[ADDRESS]));
  const pending = futures.filter((_, k) => (stands[k] & FINAL) === 0);
  if (pending.length === 0) return null;
  const first = returnWhen === 'FIRST_COMPLETED';
  if (!first && returnWhen !== 'FIRST_EXCEPTION' && returnWhen !== 'ALL_COMPLETED') {
    throw new ValueError(
      `Invalid return condition: ${told(returnWhen)}; it is ALL_COMPLETED, FIRST_COMPLETED or FIRST_EXCEPTION`,
    );
  }
  if (first && pending.length < futures.length) return null;
  const impatient = returnWhen === 'FIRST_EXCEPTION';
  if (impatient && stands.some((stand) => (stand & FAILURE) !== 0)) return null;
  const meeting = new Meeting();
  expect(meeting[ADDRESS], first ? 1 : pending.length, impatient);
  try {
    for (const future of pending) meeting.add(future[ADDRESS], FINAL);
  } catch (error) {
    disband(meeting[ADDRESS]);
    throw error;
  }
  return meeting;
}

function waitLimit(options: FuturesWaitOptions | number | null | undefined, what: string): Limit {
  const limit = limitOf(options);
  mustKnow(options, ['timeout', 'returnWhen', 'signal'], what);
  return limit;
}

function returnWhenOf(options: FuturesWaitOptions | number | null | undefined): ReturnWhen {
  return (typeof options === 'object' ? options?.returnWhen : undefined) ?? 'ALL_COMPLETED';
}

/**
 * Waits for futures: for all, for the first, or for the first that fails. Python's `concurrent.futures.wait()`.
 *
 * A future that was cancelled counts once whoever would have run it knows (a pool's worker that comes to it). A cancelled
 * one is no failure. Running out of time is no error: look at `notDone`.
 *
 * @example
 * const { done, notDone } = wait(futures, { timeout: 1000, returnWhen: 'FIRST_EXCEPTION' });
 */
export function wait<T>(fs: Iterable<Future<T>>, options?: FuturesWaitOptions | number | null): DoneAndNotDone<T>;
/** The same for futures of several types. */
export function wait<F extends Future>(
  fs: Iterable<F>,
  options?: FuturesWaitOptions | number | null,
): DoneAndNotDone<ResultOf<F>>;
export function wait<T>(fs: Iterable<Future<T>>, options?: FuturesWaitOptions | number | null): DoneAndNotDone<T> {
  const limit = waitLimit(options, 'wait()');
  const futures = distinct(fs, 'wait()');
  const meeting = prepare(futures, returnWhenOf(options));
  if (meeting !== null) {
    try {
      if (limit.until !== -Infinity) {
        for (const future of futures) if (!isMet(meeting[ADDRESS])) aboutToWait(future[ADDRESS]);
        block(untilMet(meeting[ADDRESS], limit), limit);
        serveInbox();
      }
    } finally {
      disband(meeting[ADDRESS]);
    }
  }
  return partition(futures);
}

/** As {@link wait}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
export function waitAsync<T>(
  fs: Iterable<Future<T>>,
  options?: FuturesWaitOptions | number | null,
): Promise<DoneAndNotDone<T>>;
/** The same for futures of several types. */
export function waitAsync<F extends Future>(
  fs: Iterable<F>,
  options?: FuturesWaitOptions | number | null,
): Promise<DoneAndNotDone<ResultOf<F>>>;
export async function waitAsync<T>(
  fs: Iterable<Future<T>>,
  options?: FuturesWaitOptions | number | null,
): Promise<DoneAndNotDone<T>> {
  const limit = waitLimit(options, 'waitAsync()');
  const futures = distinct(fs, 'waitAsync()');
  const meeting = prepare(futures, returnWhenOf(options));
  if (meeting !== null) {
    try {
      if (limit.until !== -Infinity) {
        for (const future of futures) aboutToAwait(future[ADDRESS]);
        await blockAsync(untilMet(meeting[ADDRESS], limit), limit);
      }
    } finally {
      disband(meeting[ADDRESS]);
    }
  }
  return partition(futures);
}
