/**
 * The supervisor: one long-lived worker that creates all the others but the first, because a worker dies with its creator and its death
 * is announced on its creator's event loop only. It boots workers when the bell rings, and buries the dead. The first one boots beside it
 * (workers.ts), and is watched over through a port.
 *
 * It shares the machine with the first thread's boot: what it imports is kept to the minimum.
 */
import { type MessagePort, type ResourceLimits, Worker, workerData } from 'node:worker_threads';
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
import { EXITING, phase } from './phase.js';
import { ThreadWord } from './thread-record.js';

/** In ms: how long the workers of one that ends may take to be stopped, one after the other. */
const STOP_MS = 100;

let signals: Promise<typeof import('./signals.js')> | undefined;
let outside: Promise<typeof import('../diagnosis/outside.js')> | undefined;
let burial: Promise<typeof Undertaker> | undefined;

/** What workers.ts gives to the supervisor. */
interface Birth {
  /** To the first worker, and its number. */
  readonly first: MessagePort;
  readonly number: number;
  readonly inheritance: unknown;
}

/** A worker, or the port to one that this did not make. */
interface Watched {
  on(event: string, listener: (said: unknown) => void): unknown;
}

/** Boots a worker: for any thread that waits, or for the one at `record`, with its limits. */
function spawn(record: number): void {
  const limits = record === 0 ? undefined : (JSON.parse(readText(i32[record + ThreadWord.LIMITS])) as ResourceLimits);
  let worker: Worker;
  try {
    worker = new Worker(bootFile, threadOptions(record, limits));
  } catch (error) {
    neverReady(0, record, error as Error);
    return;
  }
  watchOver(worker, worker.threadId, record);
}

/** Follows what the worker that Node numbered `number` says, and buries it. */
function watchOver(worker: Watched, number: number, record: number): void {
  let failure: Error | undefined;
  let ready = false;
  let last: LastWord | undefined;
  // A worker is ready when it is about to look for its first thread.
  worker.on('message', (said) => {
    if (said === 'ready') ready = true;
    else if (said instanceof Error) failure = said;
    else last = said as LastWord;
  });
  worker.on('error', (error) => {
    failure = error as Error;
  });
  const ended = () => {
    if (ready) void bury(number, record, failure, last);
    else neverReady(number, record, failure, last);
  };
  worker.on('exit', ended);
  worker.on('close', () => {
    if (last !== undefined) ended();
    // Perhaps it was stopped because the process ends, or the worker that the library was loaded in first: then this one is stopped next.
    else setTimeout(() => phase() !== EXITING && ended(), STOP_MS);
  });
}

/** A worker came to nothing before it looked for a thread. Another would come to the same end: its thread cannot be started. */
function neverReady(number: number, record: number, failure: Error | undefined, last?: LastWord): void {
  if (record === 0) expectLess(i32[Control.DISPATCH]);
  void bury(number, record || withdrawJob(i32[Control.DISPATCH], ThreadWord.NEXT_JOB), failure, last);
}

async function bury(...death: Parameters<typeof Undertaker.buryWorker>): Promise<void> {
  burial ??= import('../undertaker.js');
  (await burial).buryWorker(...death);
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

/** Begins with the first worker, which boots at the same time. */
export function main(): void {
  const { first, number, inheritance } = workerData as Birth;
  watchOver(first, number, 0);
  void import('../wire/keeper.js').then(({ keepThings }) => keepThings(inheritance as ReadonlyMap<number, object>));
  void serve();
}
