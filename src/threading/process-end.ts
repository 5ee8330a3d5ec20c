/**
 * The end of the process, as Python has it: main ends, the registered functions run, the threads that are no daemons are
 * waited for, then the process exits and daemons are dropped.
 *
 * Node announces it twice. `beforeExit`: main's event loop has nothing to do; then the wait is asynchronous, so that signals
 * and what threads ask of main are still served. `exit`: process.exit() or an uncaught error; then nothing asynchronous
 * runs any more, and the wait blocks.
 */
import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { RuntimeError } from '../errors.js';
import { barBoots, isBooting } from '../host/boots.js';
import { i32, isFounder } from '../heap/memory.js';
import { release } from '../heap/records.js';
import { clock } from '../host/clock.js';
import { block, blockAsync, nudgeLongWaits, untilBooted } from '../park/drive.js';
import { isUp, raise, untilUp } from '../park/flag.js';
import { FOREVER } from '../park/limit.js';
import { onLoopEmpty } from '../park/liveness.js';
import { writeError } from '../supervisor/output.js';
import { livingThreads, mainRecord, ORDINARY, ThreadWord as Word } from '../supervisor/thread-record.js';
import { advanceTo, EXITING, MAIN_ENDED, phase } from '../supervisor/phase.js';
import { onTermination } from './signals.js';
import { formatError } from './traceback.js';

const hooks: (() => void)[] = [];

/**
 * Calls `fn` when main has ended, before the threads are waited for; the function registered last comes first. Python's
 * private `threading._register_atexit`. Call it on the main thread.
 *
 * SIGINT and SIGTERM run the functions, too, if the program does not listen to these itself; then the process ends without
 * waiting for threads, with exit code 130 or 143. Functions that take longer than 3 s are cut short by SIGKILL.
 *
 * @throws RuntimeError once the process is ending, and on other threads.
 */
export function registerAtExit(fn: () => void): void {
  if (typeof fn !== 'function') throw new TypeError('registerAtExit takes a function');
  if (!isFounder) {
    throw new RuntimeError(
      isMainThread
        ? 'registerAtExit must be called on the copy of threadwork that was loaded first, which sees to the end of the process'
        : 'registerAtExit must be called on the main thread, which runs the function',
    );
  }
  if (phase() !== 0) throw new RuntimeError("can't register atexit after shutdown");
  onMainEnd(fn);
  onTermination(() => {
    endMain();
    letBootsFinish();
  });
}

/** As `registerAtExit`, for the library's own ends: a signal ends the process at once. */
export function onMainEnd(fn: () => void): void {
  hooks.push(fn);
}

function endMain(): void {
  if (phase() !== 0) return;
  advanceTo(MAIN_ENDED);
  for (let hook = hooks.pop(); hook !== undefined; hook = hooks.pop()) {
    try {
      hook();
    } catch (error) {
      process.stderr.write(`Exception in a function of registerAtExit:\n${formatError(error)}\n`);
    }
  }
  raise(mainRecord());
  nudgeLongWaits();
}

/** Address of a living thread that the process must wait for, 0 if there is none; the caller has a reference on it. */
function awaited(): number {
  let found = 0;
  for (const record of livingThreads()) {
    if (found === 0 && i32[record + Word.KIND] === ORDINARY && i32[record + Word.DAEMON] === 0) found = record;
    else release(record);
  }
  return found;
}

async function awaitThreads(): Promise<void> {
  for (let record = awaited(); record !== 0; record = awaited()) {
    await blockAsync(untilUp(record, FOREVER), FOREVER);
    release(record);
  }
}

function blockForThreads(): void {
  for (let record = awaited(); record !== 0; record = awaited()) {
    if (!isUp(record)) block(untilUp(record, FOREVER), FOREVER);
    release(record);
  }
}

/**
 * Node emits `exit` before it prints the error that ended main, and the wait for threads would keep it from the user: so it
 * is printed here if somebody must be waited for, and the process leaves before Node prints it again.
 */
function announceFatal(error: unknown): void {
  if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()) return;
  const record = awaited();
  if (record === 0) return;
  release(record);
  writeError(`${inspect(error)}\n\nNode.js ${process.version}\n`);
  process.on('exit', (code) => (process as unknown as { reallyExit(code: number): never }).reallyExit(code));
}

/** A worker boots in 20 to 90 ms; one that died over it is not waited for any longer. */
const BOOT_LIMIT_MS = 1000;

/** See host/boots.ts. */
function letBootsFinish(): void {
  barBoots();
  const limit = clock() + BOOT_LIMIT_MS;
  untilBooted(() => !isBooting() || clock() > limit);
}

if (isFounder) {
  process.on('uncaughtExceptionMonitor', announceFatal);
  onLoopEmpty(() => {
    endMain();
    void awaitThreads();
  });
  process.prependListener('exit', () => {
    endMain();
    blockForThreads();
    advanceTo(EXITING);
    letBootsFinish();
  });
}
