/**
 * What the threads of the process do at one moment, as far as it can be seen from one of them: who is blocked in a wait
 * without a limit, on what, since when. Nothing is stopped for it; who needs to be sure takes two and compares.
 */
import { Agent, agentAt } from '../heap/agents.js';
import { MAX_AGENTS } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { readText } from '../heap/text.js';
import { nameOf, release } from '../heap/records.js';
import { ASLEEP, Waiter } from '../park/waiter.js';
import { MAIN_ENDED, phase } from '../supervisor/phase.js';
import { livingThreads, mainRecord, STARTED, ThreadWord } from '../supervisor/thread-record.js';

/** A wait that only another thread can end. */
export interface Blocked {
  readonly waiter: number;
  readonly kind: number;
  readonly object: number;
  /** On the process's clock. */
  readonly since: number;
  /** The same in two looks if it is the same sleep. */
  readonly sequence: number;
}

/** A thread that has a worker. */
export interface Running {
  readonly record: number;
  readonly slot: number;
  readonly ident: number;
  readonly name: string;
  readonly blocked: Blocked | null;
  /** Main has ended: it waits for the others, whatever it seems to do. */
  readonly ended: boolean;
  /** Where it waits, once that has become long; null before. */
  readonly stack: string | null;
}

export interface Snapshot {
  readonly threads: readonly Running[];
  /** Threads that were started and have no worker yet, and workers of the user's that made no thread object. */
  readonly others: number;
}

/** Looks at all threads. */
export function takeSnapshot(): Snapshot {
  const threads: Running[] = [];
  let others = 0;
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent === 0) continue;
    const record = i32[agent + Agent.THREAD];
    if (record !== 0) threads.push(look(agent, slot, record));
    else if (i32[agent + Agent.GUEST] !== 0) others++;
  }
  for (const record of livingThreads()) {
    if (i32[record + ThreadWord.STATE] === STARTED) others++;
    release(record);
  }
  return { threads, others };
}

function look(agent: number, slot: number, record: number): Running {
  const stack = i32[agent + Agent.STACK];
  return {
    record,
    slot,
    ident: i32[agent + Agent.IDENT],
    name: nameOf(record),
    blocked: blockedAt(agent),
    ended: record === mainRecord() && phase() >= MAIN_ENDED,
    stack: stack === 0 ? null : readText(stack),
  };
}

function blockedAt(agent: number): Blocked | null {
  const sequence = Atomics.load(i32, agent + Agent.BLOCKED_SEQ);
  const waiter = Atomics.load(i32, agent + Agent.BLOCKED_ON);
  // One that was woken a moment ago runs, though it may not have noticed.
  if (waiter === 0 || Atomics.load(i32, waiter + Waiter.STATE) !== ASLEEP) return null;
  const found = {
    waiter,
    kind: i32[waiter + Waiter.KIND],
    object: i32[waiter + Waiter.OBJECT],
    since: i32[waiter + Waiter.SINCE],
    sequence,
  };
  return Atomics.load(i32, agent + Agent.BLOCKED_SEQ) === sequence ? found : null;
}
