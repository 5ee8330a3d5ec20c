/**
 * Asking the supervisor for dumps (outside.ts).
 */
import { mustBeOptions, told } from '../arguments.js';
import { ValueError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { removeSocket } from '../host/dump-socket.js';
import { complain, isSwitchedOn } from '../host/variables.js';
import { clockWord } from '../host/clock.js';
import { ringBell } from '../park/bell.js';
import { ensureSupervisor } from '../supervisor/workers.js';

/** The clock of dumps, as of reports, is a whole number of ms. */
const LATEST_MS = 2 ** 30;

const NO_SOCKETS = 'there are no Unix sockets for it on Windows; call threadDump() or dumpLater()';

/** Throws if that cannot be set. */
export function mustBeServable(served: unknown): void {
  if (typeof served !== 'boolean') throw new TypeError(`dump must be true or false, not ${told(served)}`);
  if (served && process.platform === 'win32') throw new ValueError(`dump: ${NO_SOCKETS}`);
}

/** Whether `threadwork dump` is served. */
export function serveDumps(served: boolean): void {
  mustBeServable(served);
  atomic.store(Control.DUMP_SERVED, served ? 1 : 0);
  tellSupervisor();
}

function tellSupervisor(): void {
  ensureSupervisor();
  ringBell(Control.SUPERVISOR_BELL);
}

/**
 * Prints what every thread does to stderr unless the result is disposed within `ms` milliseconds; with `repeat`, again and again.
 * The supervisor thread does it, however busy or blocked the others are. A later call replaces an earlier one. Python's
 * `faulthandler.dump_traceback_later`.
 *
 * @throws TypeError, ValueError for an `ms` that is no number of milliseconds from 1 to 2³⁰.
 *
 * @example
 * using watchdog = dumpLater(30_000); // says what it hangs on, if it does
 * importEverything();
 */
export function dumpLater(ms: number, options?: { repeat?: boolean | undefined }): Disposable {
  mustBeOptions(options, ['repeat'], 'dumpLater()');
  const repeat = options?.repeat === true;
  if (typeof ms !== 'number') throw new TypeError(`dumpLater takes a number of milliseconds, not ${typeof ms}`);
  if (!(ms >= 1 && ms <= LATEST_MS)) throw new ValueError(`dumpLater takes 1 to ${LATEST_MS} ms, not ${ms}`);
  const generation = atomic.add(Control.DUMP_GENERATION, 1) + 1;
  i32[Control.DUMP_EVERY] = repeat ? Math.ceil(ms) : 0;
  // Never 0, which means none.
  atomic.store(Control.DUMP_AT, (clockWord() + Math.ceil(ms)) | 1);
  tellSupervisor();
  return {
    [Symbol.dispose]() {
      if (atomic.load(Control.DUMP_GENERATION) !== generation) return;
      atomic.store(Control.DUMP_AT, 0);
      ringBell(Control.SUPERVISOR_BELL);
    },
  };
}

if (isFounder) {
  if (isSwitchedOn('THREADWORK_DUMP')) {
    if (process.platform === 'win32') complain('THREADWORK_DUMP', `is 1: ${NO_SOCKETS}`);
    else serveDumps(true);
  }
  // After a kill it stays, and nobody answers there.
  process.on('exit', () => {
    if (i32[Control.DUMP_SERVED] === 1) removeSocket();
  });
}
