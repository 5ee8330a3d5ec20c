/**
 * The supervisor: one long-lived worker that creates all the others, because a worker dies with its creator and its death
 * is announced on its creator's event loop only. It boots workers when the bell rings, and buries the dead.
 *
 * Whoever starts the first thread waits for it: what it imports is kept to the minimum, and the first worker boots already
 * when this is loaded (host/boot.cts).
 */
import { type ResourceLimits, Worker, workerData } from 'node:worker_threads';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { bootFile } from '../host/entry-points.js';
import { threadOptions } from '../host/worker.js';
import { ringsOf, untilRung } from '../park/bell.js';
import { expectLess, expectWorker, withdrawJob } from '../park/dispatch.js';
import { holdLoop } from '../park/liveness.js';
import { readText } from '../heap/text.js';
import type * as Undertaker from '../undertaker.js';
import type { LastWord } from './death.js';
import { ThreadWord } from './thread-record.js';

let signals: Promise<typeof import('./signals.js')> | undefined;
let outside: Promise<typeof import('../diagnosis/outside.js')> | undefined;
let burial: Promise<typeof Undertaker> | undefined;

/** What workers.ts gives to the supervisor. */
interface Birth {
  readonly inheritance: unknown;
}

/** Boots a worker: for any thread that waits, or for the one at `record`, with its limits. */
function spawn(record: number): void {
  const limits = record === 0 ? undefined : (JSON.parse(readText(i32[record + ThreadWord.LIMITS])) as ResourceLimits);
  let worker: Worker | Error;
  try {
    worker = new Worker(bootFile, threadOptions(record, limits));
  } catch (error) {
    worker = error as Error;
  }
  watchOver(worker, record);
}

function watchOver(worker: Worker | Error, record: number): void {
  let failure: Error | undefined;
  let ready = false;
  let how: LastWord | undefined;
  if (worker instanceof Error) {
    if (record === 0) expectLess(i32[Control.DISPATCH]);
    void bury(0, record || withdrawJob(i32[Control.DISPATCH], ThreadWord.NEXT_JOB), worker, 1, undefined);
    return;
  }
  const number = worker.threadId;
  // A worker is ready when it is about to look for its first thread.
  worker.on('message', (said: 'ready' | LastWord) => {
    if (said === 'ready') ready = true;
    else how = said;
  });
  worker.on('error', (error: Error) => {
    failure = error;
  });
  worker.on('exit', (code) => {
    // One that never came to life would come to the same end again: its thread cannot be started.
    const victim = ready ? record : record || withdrawJob(i32[Control.DISPATCH], ThreadWord.NEXT_JOB);
    if (!ready && record === 0) expectLess(i32[Control.DISPATCH]);
    void bury(number, victim, failure, code, how);
  });
}

async function bury(...[number, record, failure, code, how]: Parameters<typeof Undertaker.buryWorker>): Promise<void> {
  burial ??= import('../undertaker.js');
  (await burial).buryWorker(number, record, failure, code, how);
  // The dead one may have been meant for a thread that still waits.
  bootWanted();
}

function bootWanted(): void {
  while (expectWorker(i32[Control.DISPATCH])) spawn(0);
  for (let record = withdraw(); record !== 0; record = withdraw()) spawn(record);
}

function withdraw(): number {
  return withdrawJob(i32[Control.LIMITED], ThreadWord.NEXT_JOB);
}

async function serve(): Promise<never> {
  holdLoop({ awaits: () => null });
  for (;;) {
    const seen = ringsOf(Control.SUPERVISOR_BELL);
    bootWanted();
    if (i32[Control.SIGNALS_WATCHED] !== 0 || signals !== undefined) {
      signals ??= import('./signals.js');
      (await signals).watchSignals();
    }
    if (i32[Control.DUMP_SERVED] !== 0 || i32[Control.DUMP_AT] !== 0 || outside !== undefined) {
      outside ??= import('../diagnosis/outside.js');
      (await outside).followSettings();
    }
    await untilRung(Control.SUPERVISOR_BELL, seen);
  }
}

/** Begins, with the first worker, which boots already. */
export function main(first: Worker | Error): void {
  watchOver(first, 0);
  void import('../wire/keeper.js').then(({ keepThings }) =>
    keepThings((workerData as Birth).inheritance as ReadonlyMap<number, object>),
  );
  void serve();
}
