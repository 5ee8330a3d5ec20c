/**
 * Getting a thread onto a worker: a parked one at once, else one that the supervisor boots.
 */
import { availableParallelism } from 'node:os';
import type * as WorkerThreads from 'node:worker_threads';
import { RuntimeError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { newRecord, retain } from '../heap/records.js';
import { ringBell } from '../park/bell.js';
import { DISPATCH_WORDS, expectLess, expectMore, offer, takeJob } from '../park/dispatch.js';
import { block } from '../park/drive.js';
import { FOREVER } from '../park/limit.js';
import { bootFile } from '../host/entry-points.js';
import { firstThreadOptions, loadBuiltin, supervisorOptions } from '../host/worker.js';
import { ThreadWord } from './thread-record.js';

/**
 * As many threads as the cores can run, from 4 to 16. Parked workers cost 5 to 10 MB each, also in a container that is given a part of a
 * large machine; bursts beyond this many boot anew.
 */
const DEFAULT_WARM = Math.min(Math.max(4, availableParallelism()), 16);

if (isFounder) {
  for (const at of [Control.DISPATCH, Control.LIMITED]) {
    const record = newRecord(0, DISPATCH_WORDS);
    retain(record);
    i32[at] = record;
  }
  i32[Control.WARM_LIMIT] = DEFAULT_WARM;
  // The supervisor dies with who started it: that must not be a worker of the user's, if that is the first to start a thread.
  process.on('worker', ensureSupervisor);
}

/** Gives the started thread at `record` to a worker. */
export function launch(record: number): void {
  if (i32[record + ThreadWord.LIMITS] !== 0) offer(i32[Control.LIMITED], record, ThreadWord.NEXT_JOB);
  else if (offer(i32[Control.DISPATCH], record, ThreadWord.NEXT_JOB)) return;
  ensureSupervisor();
  ringBell(Control.SUPERVISOR_BELL);
}

/**
 * Waits for the next thread that this worker runs; 0 when it is not needed any more. `settled` is called before the wait,
 * when new threads can already reach this worker.
 */
export function nextThread(isFirst: boolean, settled: () => void): number {
  return block(takeJob(i32[Control.DISPATCH], ThreadWord.NEXT_JOB, i32[Control.WARM_LIMIT], isFirst, settled), FOREVER);
}

/** What the supervisor is born with: set by the rooms above, which know what it is. */
let inheritance: () => unknown = () => undefined;

/** Says what to hand to the supervisor when it is started. */
export function onSupervisorStart(make: () => unknown): void {
  inheritance = make;
}

/**
 * Starts the supervisor and the first worker if there is no supervisor. The constructor of the first Thread does it, so that they
 * boot while the function is being captured.
 */
export function ensureSupervisor(): void {
  if (atomic.compareExchange(Control.SUPERVISOR_STATE, 0, 1) !== 0) return;
  expectMore(i32[Control.DISPATCH]);
  try {
    bootBoth();
  } catch (error) {
    expectLess(i32[Control.DISPATCH]);
    atomic.store(Control.SUPERVISOR_STATE, 0);
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw error;
    throw new RuntimeError(
      "can't start new thread: Node's permission model is on; start Node with --allow-worker, too",
      {
        cause: error,
      },
    );
  }
}

/**
 * Whoever starts the first thread of the process waits for it: so its worker is the one that the supervisor does not make, and both boot
 * side by side. The supervisor watches over it through a port, which closes when the worker is gone.
 */
function bootBoth(): void {
  // Only who starts the supervisor needs the class.
  const { MessageChannel, Worker } = loadBuiltin('node:worker_threads') as typeof WorkerThreads;
  const { port1, port2 } = new MessageChannel();
  const first = new Worker(bootFile, firstThreadOptions(port1));
  first.unref();
  // The supervisor tells of it.
  first.on('error', () => undefined);
  let supervisor: WorkerThreads.Worker;
  try {
    supervisor = new Worker(bootFile, supervisorOptions(port2, first.threadId, inheritance()));
  } catch (error) {
    void first.terminate();
    throw error;
  }
  supervisor.unref();
  supervisor.on('error', (error) => {
    process.emitWarning(`the supervisor of threadwork failed: ${String((error as Error).stack ?? error)}`);
  });
  supervisor.on('exit', () => {
    // As those go that the supervisor made: nobody would watch over it.
    void first.terminate();
    atomic.store(Control.KEEPER, 0);
    atomic.store(Control.SUPERVISOR_STATE, 0);
  });
}
