/**
 * What a thread is to the heap: the record behind a Thread handle, and the roster of those alive.
 *
 * The record begins with a flag (park/flag.ts) that is raised when the thread has ended; its joiners wait for that.
 *
 *   STATE: INITIAL → STARTED (start() was called; it counts as alive) → RUNNING (a worker has it) → STOPPED
 */
import * as atomic from '../heap/atomic.js';
import { Agent, agentAt, assume, nextOwner, self } from '../heap/agents.js';
import { free } from '../heap/allocator.js';
import { Control, Record } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { defineRecord, isNamed, nameOf, newRecord, release, retain, setName } from '../heap/records.js';
import { workerNumber } from '../host/os-thread.js';
import { nudgeLongWaits } from '../park/drive.js';
import { isUp, raise } from '../park/flag.js';
import { latch, unlatch } from '../park/latch.js';
import { takeHook } from './settings.js';

/** Words of a thread's record. */
export const ThreadWord = {
  STATE: Record.BODY + 2,
  DAEMON: Record.BODY + 3,
  IDENT: Record.BODY + 4,
  NATIVE_ID: Record.BODY + 5,
  NEXT: Record.BODY + 6,
  PREV: Record.BODY + 7,
  /** Address of the message with what it must do, until its worker takes it. */
  JOB: Record.BODY + 8,
  /** Address of the message with the fields that run() wrote, until join() takes it. */
  RESULT: Record.BODY + 9,
  KIND: Record.BODY + 10,
  /** Slot of the agent that runs it. */
  SLOT: Record.BODY + 11,
  /** Text with resource limits as JSON, or 0: then any parked worker will do. */
  LIMITS: Record.BODY + 12,
  /** Next in the list of threads without a worker. */
  NEXT_JOB: Record.BODY + 13,
  /** Address of the pool that it works for, 0: none (futures/pool.ts). The thread refers to it. */
  POOL: Record.BODY + 14,
  /** How it stands in the pool's accounts (park/pool.ts). */
  POOL_STATE: Record.BODY + 15,
  /** Address of the hook for uncaught errors when it was made (threading/excepthook.ts), 0: the default's. It refers to that. */
  HOOK: Record.BODY + 16,
  WORDS: 18,
} as const;

export const INITIAL = 0;
export const STARTED = 1;
export const RUNNING = 2;
export const STOPPED = 3;

export const ORDINARY = 0;
export const MAIN = 1;
export const DUMMY = 2;

/** Record type of threads. */
export const THREAD_TYPE = 1;

/** Frees a message that nobody took: set by wire/, which knows what is inside. */
let discardMessage: (address: number) => void = free;

/** Says how messages are freed. */
export function onDiscard(discard: (address: number) => void): void {
  discardMessage = discard;
}

defineRecord(THREAD_TYPE, {
  label: 'Thread',
  dispose(record) {
    if (i32[record + ThreadWord.JOB] !== 0) discardMessage(i32[record + ThreadWord.JOB]);
    if (i32[record + ThreadWord.RESULT] !== 0) discardMessage(i32[record + ThreadWord.RESULT]);
    if (i32[record + ThreadWord.LIMITS] !== 0) free(i32[record + ThreadWord.LIMITS]);
    for (const word of [ThreadWord.POOL, ThreadWord.HOOK]) if (i32[record + word] !== 0) release(i32[record + word]);
  },
});

/** A new thread's record. */
export function newThreadRecord(kind: number): number {
  const record = newRecord(THREAD_TYPE, ThreadWord.WORDS);
  i32[record + ThreadWord.KIND] = kind;
  i32[record + ThreadWord.HOOK] = Math.max(0, takeHook());
  return record;
}

/** Puts a thread on the roster of those alive; the roster refers to it. */
export function enlist(record: number): void {
  retain(record);
  latch(Control.ROSTER_LATCH);
  const head = i32[Control.ROSTER_HEAD];
  i32[record + ThreadWord.NEXT] = head;
  i32[record + ThreadWord.PREV] = 0;
  if (head !== 0) i32[head + ThreadWord.PREV] = record;
  i32[Control.ROSTER_HEAD] = record;
  unlatch(Control.ROSTER_LATCH);
}

function delist(record: number): void {
  latch(Control.ROSTER_LATCH);
  const next = i32[record + ThreadWord.NEXT];
  const prev = i32[record + ThreadWord.PREV];
  if (prev === 0) i32[Control.ROSTER_HEAD] = next;
  else i32[prev + ThreadWord.NEXT] = next;
  if (next !== 0) i32[next + ThreadWord.PREV] = prev;
  unlatch(Control.ROSTER_LATCH);
}

/** Set by futures/: what a pool does when one of its threads has ended. */
let leavePool: (record: number) => void = () => undefined;

/** Says what a pool does when one of its threads has ended. */
export function onPoolThreadEnd(leave: (record: number) => void): void {
  leavePool = leave;
}

/** Ends a thread: it leaves the roster and its joiners are released. Only the first call does something. */
export function endThread(record: number): void {
  if (atomic.exchange(record + ThreadWord.STATE, STOPPED) === STOPPED) return;
  atomic.store(self.address + Agent.ENDING, 1);
  try {
    delist(record);
    raise(record);
    if (i32[record + ThreadWord.POOL] !== 0) leavePool(record);
    release(record);
  } finally {
    atomic.store(self.address + Agent.ENDING, 0);
  }
  nudgeLongWaits();
}

/** Takes the right to start the thread; false if somebody had it. */
export function claimStart(record: number): boolean {
  return atomic.compareExchange(record + ThreadWord.STATE, INITIAL, STARTED) === INITIAL;
}

/** Marks the thread as running on this worker. */
export function bind(record: number): void {
  i32[record + ThreadWord.SLOT] = self.slot;
  i32[record + ThreadWord.NATIVE_ID] = i32[self.address + Agent.NATIVE_ID];
  atomic.store(record + ThreadWord.STATE, RUNNING);
}

/** Whether the started thread has a worker, and with it a number of the operating system's. */
export function isBound(record: number): boolean {
  return atomic.load(record + ThreadWord.STATE) !== STARTED;
}

/** Takes the message with the thread's assignment, or with its outcome, once; 0 if there is none. */
export function takeMessage(record: number, word: number): number {
  return atomic.exchange(record + word, 0);
}

/** The N of the next thread without a name of its own. */
export function nextThreadNumber(): number {
  return atomic.add(Control.NEXT_THREAD_NUMBER, 1);
}

/** Whether the thread was started and has not ended. */
export function isAlive(record: number): boolean {
  const state = atomic.load(record + ThreadWord.STATE);
  return state === STARTED || state === RUNNING;
}

/** Whether the thread has ended. */
export function hasEnded(record: number): boolean {
  return isUp(record);
}

/**
 * Records of the threads alive, oldest first, each with a reference for the caller, who must `release` it:
 * a thread may end while its record is looked at.
 */
export function livingThreads(): number[] {
  const found: number[] = [];
  // Room is made before the latch is taken: nothing may allocate inside.
  let room = 64;
  for (;;) {
    const records = new Int32Array(room);
    let count = 0;
    latch(Control.ROSTER_LATCH);
    for (let r = i32[Control.ROSTER_HEAD]; r !== 0; r = i32[r + ThreadWord.NEXT]) {
      if (count < room) {
        records[count] = r;
        atomic.add(r + Record.REFS, 1);
      }
      count++;
    }
    unlatch(Control.ROSTER_LATCH);
    if (count <= room) {
      for (let k = count - 1; k >= 0; k--) found.push(records[k]);
      return found;
    }
    for (let k = 0; k < room; k++) release(records[k]);
    room = count * 2;
  }
}

/** Calls `look` with the record of each living thread; the record is valid during the call. */
export function forEachLiving(look: (record: number) => void): void {
  const records = livingThreads();
  try {
    for (const record of records) look(record);
  } finally {
    for (const record of records) release(record);
  }
}

/** Address of the record of this JavaScript thread's Threadwork thread; makes a dummy in a worker that nobody started. */
export function ownRecord(): number {
  const known = i32[self.address + Agent.THREAD];
  return known !== 0 ? known : adopt(DUMMY);
}

/** Makes a running record for this JavaScript thread, which no Thread started. */
function adopt(kind: number): number {
  const record = newThreadRecord(kind);
  const name = kind === MAIN ? 'MainThread' : `Dummy-${atomic.add(Control.NEXT_DUMMY_NUMBER, 1)}`;
  setName(record, name);
  i32[record + ThreadWord.STATE] = RUNNING;
  i32[record + ThreadWord.DAEMON] = kind === MAIN ? 0 : 1;
  i32[record + ThreadWord.IDENT] = self.ident;
  i32[record + ThreadWord.NATIVE_ID] = i32[self.address + Agent.NATIVE_ID];
  i32[record + ThreadWord.SLOT] = self.slot;
  i32[record + ThreadWord.KIND] = kind;
  enlist(record);
  assume(self.ident, record);
  return record;
}

/** Address of the main thread's record. */
export function mainRecord(): number {
  return atomic.load(Control.MAIN_THREAD);
}

if (isFounder) {
  const record = adopt(MAIN);
  retain(record);
  atomic.store(Control.MAIN_THREAD, record);
} else {
  // Another copy of the library in main's thread, as in a test runner's vm context: an agent of its own, but the same thread.
  const founder = agentAt(1);
  if (founder !== 0 && i32[founder + Agent.WORKER] === workerNumber) assume(i32[founder + Agent.IDENT], mainRecord());
}

/** A fresh ident for a thread about to start. */
export function newIdent(): number {
  return nextOwner();
}

/** Name of the thread with this ident; a description when it is gone. */
export function threadNameOf(ident: number): string {
  let name = '';
  forEachLiving((record) => {
    if (i32[record + ThreadWord.IDENT] === ident && isNamed(record)) name = nameOf(record);
  });
  return name !== '' ? name : `an ended thread (${ident})`;
}
