/**
 * Signals and main's blocking calls, as Python has it: a handler runs within the call, which goes on waiting afterwards; an error
 * that the handler throws comes out of the call (KeyboardInterrupt is one). And functions of registerAtExit run when SIGINT or
 * SIGTERM ends the process. Without either, a signal ends the process at once, as everywhere.
 */
import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { RuntimeError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { ringBell } from '../park/bell.js';
import { attendWaits } from '../park/drive.js';
import { interrupt } from '../park/giving-up.js';
import { disregard } from '../park/liveness.js';
import { Waiter } from '../park/waiter.js';
import { ENDS_PROCESS, WATCHABLE } from '../supervisor/signals.js';
import { ensureSupervisor } from '../supervisor/workers.js';

let prepared = false;

function listenersHere(): number {
  let bits = 0;
  for (const [k, name] of WATCHABLE.entries()) if (process.listenerCount(name) > 0) bits |= 1 << k;
  return bits;
}

function watch(bits: number): void {
  if (atomic.exchange(Control.SIGNALS_WATCHED, bits) === bits) return;
  ringBell(Control.SUPERVISOR_BELL);
}

/** What the supervisor watches all the time, for functions of registerAtExit. They may be another copy's of the library. */
function always(): number {
  const ends = atomic.load(Control.SIGNALS_WATCHED) >> ENDS_PROCESS;
  return ends | (ends << ENDS_PROCESS);
}

/** Whether the supervisor watches what the program listens to. */
let watching = false;

function begin(waiter: number): void {
  if (!watching) return;
  atomic.store(Control.SIGNALS_SEEN, 0);
  atomic.store(Control.MAIN_SLEEPER, waiter);
}

/** A wait that is over soon needs nobody who watches. */
function lasts(waiter: number): void {
  const bits = listenersHere();
  if (bits === 0) return;
  if (!watching) {
    watching = true;
    ensureSupervisor();
    begin(waiter);
    process.on('removeListener', unwatch);
  }
  watch(bits | always());
}

/** Where nobody listens any more, the signal must end the process again. */
function unwatch(): void {
  if (!forgetting) watch(listenersHere() | always());
}

function end(): void {
  if (watching) atomic.store(Control.MAIN_SLEEPER, 0);
}

/** Runs the listeners of what came. */
function serve(waiter: number): void {
  if (i32[Control.SIGNALS_SEEN] === 0) return;
  const seen = atomic.exchange(Control.SIGNALS_SEEN, 0);
  i32[waiter + Waiter.TARDY] = 1;
  for (const [k, name] of WATCHABLE.entries()) {
    if ((seen & (1 << k)) === 0) continue;
    try {
      forget(name);
      process.emit(name, name);
      // The listener may have waited for something itself.
      atomic.store(Control.MAIN_SLEEPER, waiter);
    } catch (error) {
      // It was woken at the last moment: the call returns, and the error is main's own.
      interrupt(waiter, asError(error), () => process.nextTick(rethrow, error));
      return;
    }
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function asError(thrown: unknown): Error {
  return typeof thrown === 'object' && thrown !== null
    ? (thrown as Error)
    : new RuntimeError(`a signal's listener threw ${String(thrown)}`, { cause: thrown });
}

let forgetting = false;

/** The event loop was told as well, and would run the listeners a second time: it forgets that with the last listener. */
function forget(name: (typeof WATCHABLE)[number]): void {
  const listeners = process.rawListeners(name) as NodeJS.SignalsListener[];
  forgetting = true;
  process.removeAllListeners(name);
  for (const listener of listeners) process.on(name, listener);
  forgetting = false;
}

/** Has `finish` called before SIGINT or SIGTERM ends the process, unless the program listens to it itself. */
export function onTermination(finish: () => void): void {
  if (prepared) return;
  prepared = true;
  let ends = 0;
  for (const [k, name] of WATCHABLE.entries()) {
    // Whoever is to survive the terminal was started with this one ignored, which a listener would end.
    if (name === 'SIGHUP') continue;
    const isOwn = process.listenerCount(name) > 0;
    const last = () => {
      if (process.listenerCount(name) > 1) return;
      finish();
      (process as unknown as { reallyExit(code: number): never }).reallyExit(128 + constants.signals[name]);
    };
    disregard(last);
    process.on(name, last);
    if (!isOwn) ends |= (1 << k) | ((1 << k) << ENDS_PROCESS);
  }
  // Whoever listens decides what the signal means, and how long that may take.
  process.on('newListener', (event) => {
    const k = WATCHABLE.indexOf(event as 'SIGINT');
    if (k < 0 || forgetting) return;
    watch(always() & ~((1 << k) | ((1 << k) << ENDS_PROCESS)));
  });
  ensureSupervisor();
  watch(always() | ends);
}

// Of several copies of the library, each attends to its own waits.
if (isMainThread) attendWaits({ begin, lasts, serve, end });
