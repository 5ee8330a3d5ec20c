/**
 * The processes of a pool, as all threads see them: a block in the heap with the process ids of the living ones, so that any
 * thread can end them, whoever started them.
 *
 *   word 0   how many there may be
 *   word 1   number of the signal that all of them get, those to come too; 0: none
 *   word 2   after so many tasks a process is replaced; 0: never
 *   …        a place for each thread: its record, 0 where there is none, and the id of its process, 0 while it has none
 *
 * A thread has one process at a time. When the thread ends its place is given up; if its process still runs then, because the thread
 * died, that is killed: nobody would hear of it any more, and the system would use its number again.
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
const PLACES = 3;
/** Words of a place. */
const OWNER = 0;
const PID = 1;
const PLACE_WORDS = 2;

const SIGNALS = { SIGTERM: 15, SIGKILL: 9 } as const;

/** A signal that ends processes. */
export type EndSignal = keyof typeof SIGNALS;

/** A new block. Throws HeapExhaustedError. */
export function newProcesses(most: number, perChild: number): number {
  const block = allocate((PLACES + most * PLACE_WORDS) * 4);
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
  for (let place = block + PLACES; place < endOf(block); place += PLACE_WORDS) {
    const pid = atomic.load(place + PID);
    if (pid !== 0) kill(pid, number);
  }
}

function endOf(block: number): number {
  return block + PLACES + i32[block + MOST] * PLACE_WORDS;
}

/** The place whose word OWNER is `owner`; 0 if there is none. */
function placeOf(block: number, owner: number): number {
  for (let place = block + PLACES; place < endOf(block); place += PLACE_WORDS) {
    if (atomic.load(place + OWNER) === owner) return place;
  }
  return 0;
}

/** The place of the thread with the record at `thread`; a free one the first time: there are as many as threads alive. */
function ownPlace(block: number, thread: number): number {
  const known = placeOf(block, thread);
  if (known !== 0) return known;
  let free = placeOf(block, 0);
  while (atomic.compareExchange(free + OWNER, 0, thread) !== 0) free = placeOf(block, 0);
  return free;
}

/** Enters the process that a thread has started. */
export function enterProcess(block: number, thread: number, pid: number): void {
  atomic.store(ownPlace(block, thread) + PID, pid);
  const number = atomic.load(block + FORCED);
  if (number !== 0) kill(pid, number);
}

/** Strikes a thread's process off that has ended. */
export function strikeProcess(block: number, thread: number, pid: number): void {
  const place = placeOf(block, thread);
  if (place !== 0) atomic.compareExchange(place + PID, pid, 0);
}

/** The thread has ended. */
export function leaveProcess(block: number, thread: number): void {
  const place = placeOf(block, thread);
  if (place === 0) return;
  const pid = atomic.exchange(place + PID, 0);
  if (pid !== 0) kill(pid, SIGNALS.SIGKILL);
  atomic.store(place + OWNER, 0);
}

function kill(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
