/**
 * Signals while main is blocked. Node runs listeners on main's event loop, which stands still then, and with a listener a signal does
 * not end the process any more: Ctrl-C would do nothing. So main, before it sleeps for long, asks the supervisor to watch those
 * signals that it has listeners for; the supervisor notes what comes and pokes main, which runs its listeners within the wait
 * (threading/signals.ts), as Python runs its handlers.
 */
import { constants } from 'node:os';
import * as atomic from '../heap/atomic.js';
import { Control } from '../heap/layout.js';
import { type Watch, watchSignal } from '../host/signal-watch.js';
import { ASLEEP, POKED, ring, Waiter } from '../park/waiter.js';

/** The signals that can be watched: bit k of the control words is the k-th. */
export const WATCHABLE = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** In SIGNALS_WATCHED, so many bits higher: main has functions to run before that signal ends the process. */
export const ENDS_PROCESS = 8;

/** Of what is watched, the signals that the program itself listens to. */
export function listenedTo(watched: number): number {
  return watched & ~(watched >> ENDS_PROCESS) & ((1 << WATCHABLE.length) - 1);
}

/** Who has not ended by then, with functions to run first, is killed. */
const LAST_WORDS_MS = 3000;

const watches: (Watch | undefined)[] = [];
let deadline: NodeJS.Timeout | undefined;

function arrived(bit: number): void {
  if ((atomic.load(Control.SIGNALS_WATCHED) & (bit << ENDS_PROCESS)) !== 0) {
    deadline ??= setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS_MS);
  }
  const sleeper = atomic.load(Control.MAIN_SLEEPER);
  // Main is awake: its event loop was told.
  if (sleeper === 0) return;
  atomic.or(Control.SIGNALS_SEEN, bit);
  // The sleep may be over and the waiter in use for another wait: being poked does no harm there.
  if (atomic.compareExchange(sleeper + Waiter.STATE, ASLEEP, POKED) === ASLEEP) ring(sleeper);
}

/** Watches what main wants watched, and nothing else: a watch keeps the signal from ending the process. */
export function watchSignals(): void {
  const wanted = atomic.load(Control.SIGNALS_WATCHED);
  for (const [k, name] of WATCHABLE.entries()) {
    const bit = 1 << k;
    if ((wanted & bit) === 0) {
      watches[k]?.close();
      watches[k] = undefined;
    } else {
      watches[k] ??= watchSignal(constants.signals[name], () => arrived(bit));
    }
  }
}
