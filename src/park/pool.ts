/**
 * The pool under executors: a list of tasks that nobody took yet, and threads that take them, made as they are needed.
 *
 * The accounts, all under the record's latch but IDLE, which a worker raises without it just before it ends its task: whoever
 * sees the task done and submits the next finds a worker free.
 *
 *   QUEUED    tasks on the list; a task that was cancelled, or that somebody who waited for it took, is on it until its turn
 *   WORKERS   threads of the pool that have not ended, those that are about to start included
 *   IDLE      those of them that will look at the list without anybody's doing: they boot, spin, sleep, or just ended a task
 *   SPINNING  those of them that look at the list again and again
 *   SLEEPING  those of them that stand in the record's queue; the rest of IDLE comes to look by itself
 *
 *   FLAGS     CLOSED   nothing can be submitted; workers end when the list is empty
 *             BROKEN   the same, and the list is empty
 *             ENDING   CLOSED, by the end of the process
 *
 * The list is in the order of the tasks' priorities, then of their arrival. The first of those with the same priority knows the
 * last of them, so that a task finds its place in as many steps as there are different priorities on the list: one, mostly.
 *
 * A task that comes wakes a sleeper only if more tasks are queued than idle workers are awake. Whoever goes to sleep looks at
 * the list under the latch once more, so no task is left lying.
 */
import { availableParallelism } from 'node:os';
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { Control, Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { release } from '../heap/records.js';
import { defineBurial } from './burial.js';
import type { Steps } from './drive.js';
import { gaveUp } from './giving-up.js';
import { comesWithin, LONG_LOOK_MS, looksPay } from './patience.js';
import { latch, unlatch } from './latch.js';
import type { Limit } from './limit.js';
import { OUTCOME_WORDS } from './outcome.js';
import {
  enqueue,
  enqueueFirst,
  freeWaiter,
  Kind,
  mark,
  newWaiter,
  ring,
  tryAgain,
  unlink,
  wake,
  Waiter,
  WOKEN,
  withdraw,
} from './waiter.js';

const FIRST: number = Record.BODY;
const QUEUED: number = Record.BODY + 2;
const WORKERS: number = Record.BODY + 3;
const IDLE: number = Record.BODY + 4;
const SPINNING: number = Record.BODY + 5;
const FLAGS: number = Record.BODY + 6;
const MOST: number = Record.BODY + 7;
/** Queue of those who wait for the end of all workers. */
const ENDERS: number = Record.BODY + 8;
const NEXT_POOL: number = Record.BODY + 10;
const PREV_POOL: number = Record.BODY + 11;
/** Workers that were ever made. */
const MADE: number = Record.BODY + 12;
const SLEEPING: number = Record.BODY + 13;
/** Size of the part behind the header; the words behind it are the owner class's. */
export const POOL_WORDS = 14;

export const CLOSED = 1;
export const BROKEN = 2;
export const ENDING = 4;

/** Words of a task behind those of its outcome. */
export const Task = {
  /** Next on the pool's list. */
  NEXT: Record.BODY + OUTCOME_WORDS,
  /** Next of the tasks that its thread works on: one that somebody who waited took can be on both lists. */
  NEXT_AT_WORK: Record.BODY + OUTCOME_WORDS + 1,
  POOL: Record.BODY + OUTCOME_WORDS + 2,
  /** A whole number; lower ones are taken first. */
  PRIORITY: Record.BODY + OUTCOME_WORDS + 7,
  /** Of the first of several with the same priority: the last of them. */
  LAST_EQUAL: Record.BODY + OUTCOME_WORDS + 8,
} as const;

/** How a thread stands in the accounts: the word at `place` of its record. */
const BUSY = 0;
const FREE = 1;
const LOOKING = 2;
/** FREE, and it has not come so far that it could take a task. */
const NEW = 3;

/** What `submit` answers with besides the number of a thread. */
export const REFUSED = -1;
/** The task is on the list, and there should be another thread. */
export const SHORT = -2;
/** What `nextTask` answers with besides tasks. */
export const LEAVE = -1;
const NOTHING = 0;

/** Workers that look at the list at a time, before they sleep: one core is left for whoever submits. */
const MOST_LOOKING: number = Math.max(1, availableParallelism() - 1);

/** Enters a new pool into the process's list. */
export function openPool(pool: number, most: number): void {
  i32[pool + MOST] = most;
  latch(Control.POOLS_LATCH);
  const first = i32[Control.POOLS];
  i32[pool + NEXT_POOL] = first;
  if (first !== 0) i32[first + PREV_POOL] = pool;
  i32[Control.POOLS] = pool;
  unlatch(Control.POOLS_LATCH);
}

/** Strikes a pool off the list that is about to be freed. */
export function forgetPool(pool: number): void {
  latch(Control.POOLS_LATCH);
  const next = i32[pool + NEXT_POOL];
  const prev = i32[pool + PREV_POOL];
  if (prev === 0) i32[Control.POOLS] = next;
  else i32[prev + NEXT_POOL] = next;
  if (next !== 0) i32[next + PREV_POOL] = prev;
  unlatch(Control.POOLS_LATCH);
}

/** The end of the process: all pools close, and their threads end when the lists are empty. */
export function endPools(): void {
  latch(Control.POOLS_LATCH);
  for (let pool = i32[Control.POOLS]; pool !== 0; pool = i32[pool + NEXT_POOL]) close(pool, CLOSED | ENDING);
  unlatch(Control.POOLS_LATCH);
}

/** Flags of the pool. */
export function flagsOf(pool: number): number {
  return atomic.load(pool + FLAGS);
}

/** Nothing can be submitted from now on; threads without a task end. */
export function close(pool: number, flags: number): void {
  latch(pool + Record.LATCH);
  atomic.store(pool + FLAGS, i32[pool + FLAGS] | flags);
  for (let waiter = takeSleeper(pool); waiter !== 0; waiter = takeSleeper(pool)) wake(waiter, 1);
  releaseEnders(pool);
  unlatch(pool + Record.LATCH);
}

/** Takes the worker that went to sleep last out of the queue; 0 if there is none. Under the latch. */
function takeSleeper(pool: number): number {
  const waiter = i32[pool + Record.QUEUE_HEAD];
  if (waiter === 0) return 0;
  unlink(waiter);
  i32[pool + SLEEPING]--;
  return waiter;
}

function releaseEnders(pool: number): void {
  if (i32[pool + WORKERS] > 0 || (i32[pool + FLAGS] & CLOSED) === 0) return;
  for (let waiter = i32[pool + ENDERS]; waiter !== 0; waiter = i32[pool + ENDERS]) {
    unlink(waiter);
    wake(waiter, 1);
  }
}

/** Whether a task that came now would need another thread. */
export function wantsThread(pool: number): boolean {
  return i32[pool + QUEUED] >= atomic.load(pool + IDLE) && i32[pool + WORKERS] < i32[pool + MOST];
}

/**
 * Puts a task on the list; REFUSED, and nothing changed, if the pool is closed. The list takes over a reference on it. With
 * `spare`, there is a thread that can be started: the result is then the number that it gets, or 0 if it is not needed. Without
 * one the result is SHORT where it would be.
 */
export function submit(pool: number, task: number, spare: boolean): number {
  latch(pool + Record.LATCH);
  if (i32[pool + FLAGS] !== 0) {
    unlatch(pool + Record.LATCH);
    return REFUSED;
  }
  list(pool, task);
  const queued = i32[pool + QUEUED];
  let number = 0;
  if (lacks(pool)) number = spare ? hire(pool) : SHORT;
  const short = number <= 0 && queued > atomic.load(pool + IDLE) - i32[pool + SLEEPING];
  const waiter = short ? takeSleeper(pool) : 0;
  const asleep = waiter !== 0 && mark(waiter, 1);
  unlatch(pool + Record.LATCH);
  if (asleep) ring(waiter);
  return number;
}

/** Puts a task in its place on the list. Under the latch. */
function list(pool: number, task: number): void {
  const priority = i32[task + Task.PRIORITY];
  let before = 0;
  let next = i32[pool + FIRST];
  while (next !== 0 && i32[next + Task.PRIORITY] < priority) {
    before = i32[next + Task.LAST_EQUAL];
    next = i32[before + Task.NEXT];
  }
  i32[task + Task.LAST_EQUAL] = task;
  if (next !== 0 && i32[next + Task.PRIORITY] === priority) {
    before = i32[next + Task.LAST_EQUAL];
    i32[next + Task.LAST_EQUAL] = task;
    next = i32[before + Task.NEXT];
  }
  i32[task + Task.NEXT] = next;
  if (before === 0) atomic.store(pool + FIRST, task);
  else i32[before + Task.NEXT] = task;
  i32[pool + QUEUED]++;
}

/** Takes the first task off the list; 0 if there is none. Under the latch. */
function unlist(pool: number): number {
  const task = i32[pool + FIRST];
  if (task === 0) return 0;
  const next = i32[task + Task.NEXT];
  const lastEqual = i32[task + Task.LAST_EQUAL];
  if (lastEqual !== task) i32[next + Task.LAST_EQUAL] = lastEqual;
  atomic.store(pool + FIRST, next);
  i32[pool + QUEUED]--;
  return task;
}

/** Whether the tasks on the list want another thread. */
export function lacks(pool: number): boolean {
  return i32[pool + QUEUED] > atomic.load(pool + IDLE) && i32[pool + WORKERS] < i32[pool + MOST];
}

/** Counts a thread in that is about to start, and returns its number. Under the latch. */
function hire(pool: number): number {
  i32[pool + WORKERS]++;
  atomic.add(pool + IDLE, 1);
  return ++i32[pool + MADE];
}

/** Counts in a thread that can be started, for the tasks on the list: its number, 0 if none is needed. */
export function addThread(pool: number): number {
  latch(pool + Record.LATCH);
  const number = lacks(pool) ? hire(pool) : 0;
  unlatch(pool + Record.LATCH);
  return number;
}

/** For a thread that was counted in, before it starts: its account is at the word `place`. */
export function countIn(place: number): void {
  i32[place] = NEW;
}

/** For a thread that is about to take its first task. */
export function becomeReady(place: number): void {
  i32[place] = FREE;
}

/** For a worker that is about to end its task: it is free from now on, though it still has to tell the result. */
export function becomeFree(pool: number, place: number): void {
  i32[place] = FREE;
  atomic.add(pool + IDLE, 1);
}

/** Takes the first task off the list, for a worker that is free; LEAVE if there is none and the pool is closed. Under the latch. */
function pop(pool: number, place: number): number {
  const task = unlist(pool);
  if (task === 0 && i32[pool + FLAGS] === 0) return NOTHING;
  atomic.sub(pool + IDLE, 1);
  i32[place] = BUSY;
  return task === 0 ? LEAVE : task;
}

/**
 * The next task for a worker that is free, with the list's reference on it; LEAVE when it is to end. The worker's account is
 * at the word `place`.
 */
export function* nextTask(pool: number, place: number): Steps<number> {
  latch(pool + Record.LATCH);
  let task = pop(pool, place);
  const looks = task === NOTHING && i32[pool + SPINNING] < MOST_LOOKING && looksPay(Kind.POOL);
  if (looks) {
    i32[pool + SPINNING]++;
    i32[place] = LOOKING;
  }
  unlatch(pool + Record.LATCH);
  if (task !== NOTHING) return task;
  if (looks) {
    task = look(pool, place);
    if (task !== NOTHING) return task;
  }
  const waiter = newWaiter(pool, Kind.POOL, 0);
  for (;;) {
    latch(pool + Record.LATCH);
    if (i32[place] === LOOKING) {
      i32[pool + SPINNING]--;
      i32[place] = FREE;
    }
    task = pop(pool, place);
    // Who slept last is the one whose caches are warm.
    if (task === NOTHING) {
      enqueueFirst(pool + Record.QUEUE_HEAD, waiter);
      i32[pool + SLEEPING]++;
    }
    unlatch(pool + Record.LATCH);
    if (task !== NOTHING) break;
    yield waiter;
    tryAgain(waiter);
  }
  freeWaiter(waiter);
  return task;
}

/** Looks at the list for a while. */
function look(pool: number, place: number): number {
  let task = NOTHING;
  comesWithin(LONG_LOOK_MS, Kind.POOL, () => {
    if (atomic.load(pool + FIRST) === 0) return false;
    latch(pool + Record.LATCH);
    task = pop(pool, place);
    if (task !== NOTHING) i32[pool + SPINNING]--;
    unlatch(pool + Record.LATCH);
    return task !== NOTHING;
  });
  return task;
}

/** Takes the first task off the list, for whoever gives all of them up; 0 if there is none. */
export function takeTask(pool: number): number {
  latch(pool + Record.LATCH);
  const task = unlist(pool);
  unlatch(pool + Record.LATCH);
  return task;
}

/** A thread of the pool has ended; its account is at the word `place`. Returns whether it ever was ready. */
export function countOut(pool: number, place: number): boolean {
  latch(pool + Record.LATCH);
  i32[pool + WORKERS]--;
  if (i32[place] !== BUSY) atomic.sub(pool + IDLE, 1);
  if (i32[place] === LOOKING) i32[pool + SPINNING]--;
  const wasReady = i32[place] !== NEW;
  i32[place] = BUSY;
  releaseEnders(pool);
  unlatch(pool + Record.LATCH);
  return wasReady;
}

/** Whether any thread of the pool lives, or is about to. */
export function hasWorkers(pool: number): boolean {
  return atomic.load(pool + WORKERS) > 0;
}

/** Whether a thread of the pool will look at the list without anybody's doing. */
export function hasIdle(pool: number): boolean {
  return atomic.load(pool + IDLE) > 0;
}

/** Threads of the pool, tasks on its list. */
export function countsOf(pool: number): { workers: number; queued: number } {
  return { workers: atomic.load(pool + WORKERS), queued: atomic.load(pool + QUEUED) };
}

/** Waits until a closed pool has no threads any more; false if the time is up first. */
export function* untilEnded(pool: number, limit: Limit): Steps<boolean> {
  const waiter = newWaiter(pool, Kind.POOL_END, 0);
  latch(pool + Record.LATCH);
  const ended = i32[pool + WORKERS] === 0;
  if (!ended) enqueue(pool + ENDERS, waiter);
  unlatch(pool + Record.LATCH);
  if (!ended) {
    yield waiter;
    if (atomic.load(waiter + Waiter.STATE) !== WOKEN && withdraw(pool, waiter)) return gaveUp(waiter, limit);
  }
  freeWaiter(waiter);
  return true;
}

// A sleeper that is gone leaves the queue; if it was woken, another one must look in its place.
defineBurial(Kind.POOL, (waiter, pool) => {
  latch(pool + Record.LATCH);
  if (i32[waiter + Waiter.QUEUE] !== 0) {
    unlink(waiter);
    i32[pool + SLEEPING]--;
  } else if (i32[pool + FIRST] !== 0) {
    const other = takeSleeper(pool);
    if (other !== 0) wake(other, 1);
  }
  unlatch(pool + Record.LATCH);
});
defineBurial(Kind.POOL_END, (waiter, pool) => void withdraw(pool, waiter));

/** Notes that this thread works on `task`; the list of its agent takes over a reference on it. */
export function takeUp(task: number): void {
  i32[task + Task.NEXT_AT_WORK] = i32[self.address + Agent.TASKS];
  i32[self.address + Agent.TASKS] = task;
}

/** This thread's work on `task` is done. */
export function putDown(task: number): void {
  let at = self.address + Agent.TASKS;
  while (i32[at] !== task) at = i32[at] + Task.NEXT_AT_WORK;
  i32[at] = i32[task + Task.NEXT_AT_WORK];
  release(task);
}

/** Takes a task that the agent at `agent`, which runs no more, worked on, with the reference on it; 0 if there is none. */
export function inheritTask(agent: number): number {
  const task = i32[agent + Agent.TASKS];
  if (task !== 0) i32[agent + Agent.TASKS] = i32[task + Task.NEXT_AT_WORK];
  return task;
}
