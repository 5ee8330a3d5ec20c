/**
 * Cancellation
 *
 * What nobody has begun is cancelled; a task that runs is asked to end, and sees that when it looks. A wait ends with an
 * AbortSignal, the task goes on. A pool that is shut down may cancel what is queued.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AtomicInt32, currentTask, Event, type Future, ThreadPoolExecutor } from 'threadwork';
import { check } from './check.js';

const begun = new Event();
const done = new AtomicInt32(0);

/** Computes for ever, unless it is asked to end. */
function search() {
  begun.set();
  let steps = 0;
  while (!currentTask()?.cancelled) steps++;
  return { steps };
}

/** Waits for a minute, unless it is asked to end. */
async function download() {
  begun.set();
  await delay(60_000, undefined, { signal: currentTask()?.signal });
}

function job() {
  done.add(1);
}

// One that runs, and one behind it

using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
const running = pool.submit(search);
const queued = pool.submit(job);
begun.wait();
const withdrawn = queued.cancel();
const stopped = running.cancel();
const asked = running.cancel({ running: true });
const { steps } = running.result();
console.log(`Queued: ${queued}`);
console.log(`Running: ended after ${steps} steps`);
check('a queued task is cancelled', withdrawn && queued.cancelled(), String(queued));
check('a running one is not', !stopped && !running.cancelled(), String(running));
check('it can be asked to end, and has its result', asked && steps >= 0, String(running));

// An asynchronous task has a signal to pass on

begun.clear();
const downloading = pool.submit(download);
begun.wait();
downloading.cancel({ running: true });
const aborted = downloading.exception();
console.log(`Download: ${aborted?.name}`);
check('an asynchronous task passes a signal on', aborted?.name === 'AbortError', String(aborted));

// A limit for the wait; who gives up may ask the task to end, too

async function resultWithin<T>(future: Future<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await future.resultAsync({ signal });
  } catch (error) {
    if (error !== signal.reason) throw error;
    console.log(`Given up: ${signal.reason.name}, ${future.running() ? 'and it still runs' : 'it is over'}`);
    future.cancel({ running: true });
    return null;
  }
}

begun.clear();
const endless = pool.submit(search);
await begun.waitAsync();
const found = await resultWithin(endless, AbortSignal.timeout(100));
const quick = await resultWithin(pool.submit(Math.sqrt, 144), AbortSignal.timeout(60_000));
check('the wait ended with the signal', found === null);
check('the task ended when it was asked', endless.result().steps >= 0, String(endless));
check('one that ends in time has its result', quick === 12, String(quick));
check('nothing ran that was cancelled', done.load() === 0, `${done.load()} jobs did`);

// The end of a pool: what runs goes on, what is queued is cancelled

const gate = new Event();
begun.clear();
const closing = new ThreadPoolExecutor({ maxWorkers: 1 });
const last = closing.submit(() => {
  begun.set();
  gate.wait();
  return 'to its end';
});
const dropped = Array.from({ length: 5 }, () => closing.submit(job));
begun.wait();
closing.shutdown({ wait: false, cancelFutures: true });
const cancelled = dropped.filter((future) => future.cancelled()).length;
gate.set();
console.log(`Shutdown: the running task went ${last.result()}, ${cancelled} of ${dropped.length} were cancelled`);
closing.shutdown();
check('shutdown cancelled what was queued', cancelled === 5 && done.load() === 0, `${cancelled}, ${done.load()}`);
check('what ran came to its end', last.result() === 'to its end', String(last));
