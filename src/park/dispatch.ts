/**
 * Dispatch: where work meets workers. A list of jobs that nobody took yet and a queue of workers that have nothing to do;
 * one of the two is empty at any time. A job is handed to the worker that parked last, whose caches are warm and who may
 * still be spinning.
 */
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineBurial } from './burial.js';
import { type Steps } from './drive.js';
import { latch, unlatch } from './latch.js';
import { wasGiven } from './summons.js';
import { enqueueFirst, freeWaiter, Kind, mark, newWaiter, ring, unlink, Waiter } from './waiter.js';

const JOBS_HEAD: number = Record.BODY;
const JOBS_TAIL: number = Record.BODY + 1;
const PARKED: number = Record.BODY + 2;
const PENDING: number = Record.BODY + 3;
/** Workers on their way that have not looked for their first job yet. */
const EXPECTED: number = Record.BODY + 4;
/** Size of the part behind the header. */
export const DISPATCH_WORDS = 5;

/** Hands `job` to a parked worker (true) or puts it on the list (false). `link` is the word of a job for the list's use. */
export function offer(dispatch: number, job: number, link: number): boolean {
  latch(dispatch + Record.LATCH);
  const waiter = i32[dispatch + Record.QUEUE_HEAD];
  let asleep = false;
  if (waiter !== 0) {
    unlink(waiter);
    i32[dispatch + PARKED]--;
    asleep = mark(waiter, job);
  } else {
    i32[job + link] = 0;
    const tail = i32[dispatch + JOBS_TAIL];
    if (tail === 0) i32[dispatch + JOBS_HEAD] = job;
    else i32[tail + link] = job;
    i32[dispatch + JOBS_TAIL] = job;
    i32[dispatch + PENDING]++;
  }
  unlatch(dispatch + Record.LATCH);
  if (asleep) ring(waiter);
  return waiter !== 0;
}

/**
 * Takes the next job, waiting for one; 0 if `most` workers are parked already: then this one is not needed.
 * A worker says when it looks for the first time (`isFirst`). `settled` is called when that is decided and, if the worker is parked,
 * jobs can reach it: whoever waits for the end of its last one and then offers another finds it there.
 */
export function* takeJob(
  dispatch: number,
  link: number,
  most: number,
  isFirst: boolean,
  settled: () => void,
): Steps<number> {
  const waiter = newWaiter(dispatch, Kind.DISPATCH, link);
  latch(dispatch + Record.LATCH);
  if (isFirst) i32[dispatch + EXPECTED]--;
  const job = popJob(dispatch, link);
  const parks = job === 0 && i32[dispatch + PARKED] < most;
  // Until it has the job it is known by its waiter that it was given it.
  if (job !== 0) mark(waiter, job);
  if (parks) {
    enqueueFirst(dispatch + Record.QUEUE_HEAD, waiter);
    i32[dispatch + PARKED]++;
  }
  unlatch(dispatch + Record.LATCH);
  settled();
  if (!parks) {
    freeWaiter(waiter);
    return job;
  }
  yield waiter;
  const handed = i32[waiter + Waiter.GIFT];
  freeWaiter(waiter);
  return handed;
}

function popJob(dispatch: number, link: number): number {
  const job = i32[dispatch + JOBS_HEAD];
  if (job === 0) return 0;
  i32[dispatch + JOBS_HEAD] = i32[job + link];
  if (i32[dispatch + JOBS_HEAD] === 0) i32[dispatch + JOBS_TAIL] = 0;
  i32[dispatch + PENDING]--;
  return job;
}

/**
 * Announces a worker that will come, if more jobs wait than workers are on their way; false if there are enough. Counted
 * under the latch, where a worker's first look takes both its job and itself off the counts.
 */
export function expectWorker(dispatch: number): boolean {
  latch(dispatch + Record.LATCH);
  const needed = i32[dispatch + EXPECTED] < i32[dispatch + PENDING];
  if (needed) i32[dispatch + EXPECTED]++;
  unlatch(dispatch + Record.LATCH);
  return needed;
}

/** Announces a worker that comes in any case. */
export function expectMore(dispatch: number): void {
  latch(dispatch + Record.LATCH);
  i32[dispatch + EXPECTED]++;
  unlatch(dispatch + Record.LATCH);
}

/** Takes an announcement back: the worker will not come. */
export function expectLess(dispatch: number): void {
  latch(dispatch + Record.LATCH);
  i32[dispatch + EXPECTED]--;
  unlatch(dispatch + Record.LATCH);
}

/** Takes the oldest job off the list, for whoever must give it up; 0 if there is none. */
export function withdrawJob(dispatch: number, link: number): number {
  latch(dispatch + Record.LATCH);
  const job = popJob(dispatch, link);
  unlatch(dispatch + Record.LATCH);
  return job;
}

// A parked worker that is gone leaves the queue. A job that it was handed and did not come to begin is offered to the others; the
// supervisor, which buries it, boots a worker afterwards if there is none.
defineBurial(Kind.DISPATCH, (waiter, dispatch) => {
  latch(dispatch + Record.LATCH);
  const queued = i32[waiter + Waiter.QUEUE] !== 0;
  if (queued) {
    unlink(waiter);
    i32[dispatch + PARKED]--;
  }
  unlatch(dispatch + Record.LATCH);
  if (!queued && wasGiven(waiter)) offer(dispatch, i32[waiter + Waiter.GIFT], i32[waiter + Waiter.WISH]);
});
