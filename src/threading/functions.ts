import { mustBeOptions } from '../arguments.js';
import { SystemExit, ValueError } from '../errors.js';
import { Agent, self } from '../heap/agents.js';
import { i32 } from '../heap/memory.js';
import { block, blockAsync, pauseFor } from '../park/drive.js';
import { type Limit, limitOf, mustBeLongForm, throwIfAborted, type WaitOptions } from '../park/limit.js';
import { buryGuests } from '../supervisor/guest.js';
import { setStackBytes, stackBytes } from '../supervisor/settings.js';
import { forEachLiving, mainRecord, ownRecord } from '../supervisor/thread-record.js';
import { type Thread, threadAt } from './thread.js';

/**
 * The thread that calls. In a worker that no Thread started it is a dummy: named `Dummy-N`, daemon, not joinable.
 * Python's `threading.current_thread()`.
 */
export function currentThread(): Thread {
  return threadAt(ownRecord());
}

/** The thread that the process began with, named `MainThread`. Python's `threading.main_thread()`. */
export function mainThread(): Thread {
  return threadAt(mainRecord());
}

/** All threads alive, oldest first: main, daemons and dummies too. Python's `threading.enumerate()`. */
export function enumerate(): Thread[] {
  buryGuests();
  const threads: Thread[] = [];
  forEachLiving((record) => {
    threads.push(threadAt(record));
  });
  return threads;
}

/** How many threads are alive: `enumerate().length`. Python's `threading.active_count()`. */
export function activeCount(): number {
  return enumerate().length;
}

/** Number of the calling thread, never 0, unique among the living. Python's `threading.get_ident()`. */
export function getIdent(): number {
  return self.ident;
}

/** The operating system's number of the calling thread, null where it does not tell. Python's `get_native_id()`. */
export function getNativeId(): number | null {
  return i32[self.address + Agent.NATIVE_ID] || null;
}

/** Python's smallest stack. */
const SMALLEST_STACK = 32_768;
const LARGEST_STACK = 2 ** 30;

/**
 * Size of the stack of threads started from now on, in bytes; 0: the runtime's default (4 MB). Returns what was in force
 * before the call. A JavaScript thread needs about 1 MB to boot: smaller sizes are taken and rounded up. Python's
 * `threading.stack_size()`.
 *
 * @throws ValueError when it is not 0 and less than 32768: then nothing changes.
 */
export function stackSize(bytes?: number): number {
  const before = stackBytes();
  if (bytes === undefined) return before;
  if (typeof bytes !== 'number') throw new TypeError(`the stack size must be a number of bytes, not ${typeof bytes}`);
  if (bytes !== 0 && !(Number.isInteger(bytes) && bytes >= SMALLEST_STACK && bytes <= LARGEST_STACK)) {
    throw new ValueError(`size not valid: ${bytes} bytes; it must be 0 or from ${SMALLEST_STACK} to ${LARGEST_STACK}`);
  }
  setStackBytes(bytes);
  return before;
}

function sleepLimit(ms: number, options?: WaitOptions | null): Limit {
  if (typeof ms !== 'number') throw new TypeError(`sleep takes a number of milliseconds, not ${typeof ms}`);
  if (Number.isNaN(ms) || ms < 0) throw new ValueError(`sleep length must be a non-negative number, not ${ms}`);
  if (options === undefined || options === null) return limitOf(ms);
  return limitOf({ signal: options.signal, timeout: ms });
}

/**
 * Blocks the calling thread, and no other, for `ms` milliseconds. Python's `time.sleep()`, in milliseconds.
 *
 * @throws ValueError when `ms` is negative or NaN.
 */
export function sleep(ms: number): void {
  const limit = sleepLimit(ms);
  block(pauseFor(limit), limit);
}

/** As {@link sleep}, without blocking the thread; rejects with `signal.reason` when the signal fires first. */
export async function sleepAsync(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
  if (typeof options === 'object' && options !== null) mustBeLongForm(options);
  mustBeOptions(options, ['signal'], 'sleepAsync()');
  const limit = sleepLimit(ms, options);
  await blockAsync(pauseFor(limit), limit);
  throwIfAborted(limit);
}

let exitEndsMain = true;

/** For a process that runs the tasks of a pool: on its main thread, too, `exit()` only throws, and so ends the task. */
export function keepMainOnExit(): void {
  exitEndsMain = false;
}

/**
 * Ends the calling thread, silently: it throws a {@link SystemExit}, so `finally` blocks and `using` scopes run. On the main
 * thread it ends the program as process.exit() does. Python's `sys.exit()`.
 */
export function exit(): never {
  if (exitEndsMain && ownRecord() === mainRecord()) process.exit();
  throw new SystemExit('exit() ends this thread');
}
