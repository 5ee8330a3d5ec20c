/**
 * The processes of a pool, as all threads see them: a block in the heap with the process ids of the living ones, so that any
 * thread can end them, whoever started them.
 *
 *   word 0   how many there may be
 *   word 1   number of the signal that all of them get, those to come too; 0: none
 *   word 2   after so many tasks a process is replaced; 0: never
 *   …        process ids, 0 where there is none
 *
 * No process escapes a signal: whoever sends it writes the number first and then reads the ids, and whoever starts a process
 * enters its id first and then reads the number.
 */
import * as atomic from '../heap/atomic.js';
import { allocate } from '../heap/allocator.js';
import { i32 } from '../heap/memory.js';

const MOST = 0;
const FORCED = 1;
const PER_CHILD = 2;
const PIDS = 3;

const SIGNALS = { SIGTERM: 15, SIGKILL: 9 } as const;

/** A signal that ends processes. */
export type EndSignal = keyof typeof SIGNALS;

/** A new block. Throws HeapExhaustedError. */
export function newProcesses(most: number, perChild: number): number {
  const block = allocate((PIDS + most) * 4);
  i32[block + MOST] = most;
  i32[block + PER_CHILD] = perChild;
  return block;
}

/** After how many tasks a process is replaced; 0: never. */
export function tasksPerChild(block: number): number {
  return i32[block + PER_CHILD];
}

/** The signal that all processes get; undefined: none. */
export function signalOf(block: number): EndSignal | undefined {
  const number = atomic.load(block + FORCED);
  if (number === 0) return undefined;
  return number === SIGNALS.SIGTERM ? 'SIGTERM' : 'SIGKILL';
}

/** Sends a signal to all processes, now and when they are started; one that was sent before is not sent again. */
export function signalAll(block: number, signal: EndSignal): void {
  const number = SIGNALS[signal];
  const before = atomic.exchange(block + FORCED, number);
  if (before === number) return;
  for (let k = 0; k < i32[block + MOST]; k++) {
    const pid = atomic.load(block + PIDS + k);
    if (pid !== 0) kill(pid, number);
  }
}

/** Enters a process that was started. */
export function enterProcess(block: number, pid: number): void {
  // There are as many places as threads, and each thread has one process at a time. A thread that died leaves its place taken.
  for (let k = 0; k < i32[block + MOST]; k++) if (atomic.compareExchange(block + PIDS + k, 0, pid) === 0) break;
  const number = atomic.load(block + FORCED);
  if (number !== 0) kill(pid, number);
}

/** Strikes a process off that has ended. */
export function strikeProcess(block: number, pid: number): void {
  for (let k = 0; k < i32[block + MOST]; k++) atomic.compareExchange(block + PIDS + k, pid, 0);
}

function kill(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
