/**
 * Pools as executors use them: the algorithm of park/pool.ts with threads, names and reasons. A pool's record is referred to by
 * its executor, its tasks and its threads; when nobody has the executor any more, the pool closes, and ends when its list is
 * empty.
 */
import type { ResourceLimits } from 'node:worker_threads';
import { RuntimeError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { free } from '../heap/allocator.js';
import { Control, Record } from '../heap/layout.js';
import { i32, isFounder } from '../heap/memory.js';
import { defineRecord, newRecord, release, retain, setName } from '../heap/records.js';
import { readText, writeText } from '../heap/text.js';
import { begin, notice } from '../park/outcome.js';
import * as list from '../park/pool.js';
import { onBurial } from '../supervisor/death.js';
import { phase } from '../supervisor/phase.js';
import {
  claimStart,
  enlist,
  newIdent,
  newThreadRecord,
  nextThreadNumber,
  onPoolThreadEnd,
  ORDINARY,
  ThreadWord,
} from '../supervisor/thread-record.js';
import { launch } from '../supervisor/workers.js';
import { onMainEnd } from '../threading/process-end.js';
import { discard, pack } from '../wire/message.js';
import { type BrokenExecutor, BrokenProcessPool, BrokenThreadPool } from './errors.js';
import { leaveProcess, newProcesses, signalAll } from './processes.js';
import { POOL_TYPE } from './types.js';
import { settleError } from './value.js';

/** What threads are called: a text. */
const PREFIX: number = Record.BODY + list.POOL_WORDS;
/** Their limits, JSON, or 0. */
const LIMITS: number = PREFIX + 1;
/** Message with what each runs first, or 0. */
export const INITIALIZER: number = PREFIX + 2;
/** Why the pool is broken: a text; 0: it is not, or there was no room to say. */
const CAUSE: number = PREFIX + 3;
/** For a pool of processes, the block with those (processes.ts), else 0. */
const PROCESSES: number = PREFIX + 4;
const WORDS: number = list.POOL_WORDS + 5;

defineRecord(POOL_TYPE, {
  label: 'Pool',
  dispose(pool) {
    list.forgetPool(pool);
    for (const word of [PREFIX, LIMITS, CAUSE, PROCESSES]) if (i32[pool + word] !== 0) free(i32[pool + word]);
    if (i32[pool + INITIALIZER] !== 0) discard(i32[pool + INITIALIZER]);
  },
});

/** What a pool is made of. */
export interface PoolPlan {
  readonly maxWorkers: number;
  /** Names are `<prefix>_<n>`; undefined: one thread, with a thread's ordinary name. */
  readonly prefix: string | undefined;
  readonly initializer?: { readonly fn: unknown; readonly args: readonly unknown[] } | undefined;
  readonly limits?: ResourceLimits | undefined;
  /** Each thread of the pool has a process that runs the tasks, and gets a new one after `perChild` of them (0: never). */
  readonly processes?: { readonly perChild: number } | undefined;
}

/** A new pool, with a reference for the caller. Throws what keeps the initializer from being sent. */
export function newPool({ maxWorkers, prefix, initializer, limits, processes }: PoolPlan): number {
  const pool = newRecord(POOL_TYPE, WORDS);
  list.openPool(pool, maxWorkers);
  retain(pool);
  try {
    if (prefix !== undefined) i32[pool + PREFIX] = writeText(prefix);
    if (limits !== undefined) i32[pool + LIMITS] = writeText(JSON.stringify(limits));
    if (processes !== undefined) i32[pool + PROCESSES] = newProcesses(maxWorkers, processes.perChild);
    if (initializer !== undefined)
      i32[pool + INITIALIZER] = pack(initializer, { path: '', portable: hasProcesses(pool) });
  } catch (error) {
    release(pool);
    throw error;
  }
  return pool;
}

/** Whether the pool's tasks run in other processes. */
export function hasProcesses(pool: number): boolean {
  return i32[pool + PROCESSES] !== 0;
}

/** Address of what all threads know of the processes of the pool. */
export function processesOf(pool: number): number {
  return i32[pool + PROCESSES];
}

/** The default prefix of the names of a pool's threads. */
export function nextPoolName(type: string): string {
  return `${type}-${atomic.add(Control.NEXT_POOL_NUMBER, 1)}`;
}

/** Throws if nothing can be submitted. */
export function mustBeOpen(pool: number): void {
  const flags = list.flagsOf(pool);
  if ((flags & list.BROKEN) !== 0) throw brokenError(pool);
  if ((flags & list.ENDING) !== 0 || phase() !== 0) {
    throw new RuntimeError('cannot schedule new futures after interpreter shutdown: main has ended');
  }
  if (flags !== 0) throw new RuntimeError('cannot schedule new futures after shutdown');
}

function brokenType(pool: number): typeof BrokenProcessPool | typeof BrokenThreadPool {
  return pool !== 0 && hasProcesses(pool) ? BrokenProcessPool : BrokenThreadPool;
}

/** A new error that says why the pool is broken. The first line of the cause is what happened, a second one why. */
export function brokenError(pool: number): BrokenExecutor {
  const cause = i32[pool + CAUSE];
  const [text, why] = (
    cause === 0 ? 'the pool is broken, and the shared heap had no room to say why' : readText(cause)
  ).split('\n');
  return new (brokenType(pool))(text, why === undefined ? undefined : { cause: new Error(why) });
}

/**
 * Puts a task on the pool's list, which takes over a reference, and sees to it that there is a thread for it. Throws
 * HeapExhaustedError; the reference is given up then, too.
 */
export function enqueueTask(pool: number, task: number): void {
  let spare = 0;
  try {
    if (list.wantsThread(pool)) spare = prepareThread(pool);
  } catch (error) {
    release(task);
    throw error;
  }
  const answer = list.submit(pool, task, spare !== 0);
  if (answer > 0) startThread(pool, spare, answer);
  else if (spare !== 0) release(spare);
  if (answer === list.REFUSED) {
    release(task);
    mustBeOpen(pool);
  }
  if (answer === list.SHORT) addThreads(pool);
}

/** A thread of the pool that does not run yet, with a reference for the caller. Throws HeapExhaustedError. */
function prepareThread(pool: number): number {
  const thread = newThreadRecord(ORDINARY);
  retain(thread);
  try {
    if (i32[pool + LIMITS] !== 0) i32[thread + ThreadWord.LIMITS] = writeText(readText(i32[pool + LIMITS]));
  } catch (error) {
    release(thread);
    throw error;
  }
  retain(pool);
  i32[thread + ThreadWord.POOL] = pool;
  return thread;
}

/** Starts a thread that was counted in as `number`; the caller's reference goes. */
function startThread(pool: number, thread: number, number: number): void {
  list.countIn(thread + ThreadWord.POOL_STATE);
  try {
    const prefix = i32[pool + PREFIX];
    setName(thread, prefix === 0 ? `Thread-${nextThreadNumber()}` : `${readText(prefix)}_${number - 1}`);
  } catch {
    // Without room for a name it has a record's.
  }
  i32[thread + ThreadWord.DAEMON] = 0;
  i32[thread + ThreadWord.IDENT] = newIdent();
  claimStart(thread);
  enlist(thread);
  launch(thread);
  release(thread);
}

/** Starts a thread if the tasks on the list want one: where one is gone, or there was none at hand. */
function addThreads(pool: number): void {
  if (!list.lacks(pool)) return;
  let thread = 0;
  try {
    thread = prepareThread(pool);
  } catch (error) {
    // Those who are there go on; without any, nobody would ever run what is on the list.
    if (!list.hasWorkers(pool)) breakPool(pool, `no thread could be started: ${String(error)}`);
    return;
  }
  const number = list.addThread(pool);
  if (number > 0) startThread(pool, thread, number);
  else release(thread);
}

/** The pool is of no use any more: what is on its list fails, and nothing can be submitted. */
export function breakPool(pool: number, cause: string): void {
  try {
    const text = writeText(cause);
    if (atomic.compareExchange(pool + CAUSE, 0, text) !== 0) free(text);
  } catch {
    // There is no room for it. Nobody must wait for a task because of that.
  }
  list.close(pool, list.CLOSED | list.BROKEN);
  if (hasProcesses(pool)) signalAll(processesOf(pool), 'SIGKILL');
  for (let task = list.takeTask(pool); task !== 0; task = list.takeTask(pool)) {
    if (begin(task)) settleError(task, brokenError(pool));
    else notice(task);
    release(task);
  }
}

/** Closes the pool; with `cancelling`, tasks that nobody has begun are cancelled, and whoever waits for them is told. */
export function closePool(pool: number, cancelling: boolean, cancel: (task: number) => void): void {
  list.close(pool, list.CLOSED);
  if (!cancelling) return;
  for (let task = list.takeTask(pool); task !== 0; task = list.takeTask(pool)) {
    cancel(task);
    notice(task);
    release(task);
  }
}

onPoolThreadEnd((thread) => {
  const pool = i32[thread + ThreadWord.POOL];
  // Before another thread is counted in, which needs the place.
  if (hasProcesses(pool)) leaveProcess(processesOf(pool), thread);
  // The next one would come to the same end.
  if (list.countOut(pool, thread + ThreadWord.POOL_STATE)) addThreads(pool);
  else breakPool(pool, 'a thread of the pool ended before it was ready for a task; stderr says why');
});

// The tasks of a thread that died fail, and say why.
onBurial((agent, cause) => {
  for (let task = list.inheritTask(agent); task !== 0; task = list.inheritTask(agent)) {
    settleError(task, new (brokenType(i32[task + list.Task.POOL]))(`the thread that ran this task died. ${cause}`));
    release(task);
  }
});

if (isFounder) onMainEnd(list.endPools);
