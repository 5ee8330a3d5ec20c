/**
 * What the threads of the process do at one moment, as far as it can be seen from one of them: who is blocked in a wait
 * without a limit, on what, since when. Nothing is stopped for it; who needs to be sure takes two and compares.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, agentAt, lookAtAgents } from '../heap/agents.js';
import { i32 } from '../heap/memory.js';
import { peekText } from '../heap/text.js';
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
  /** Of a wait of an event loop: ends it with a DeadlockError. */
  readonly giveUp?: (text: string) => void;
}

/** A thread that has a worker. */
export interface Running {
  readonly record: number;
  readonly slot: number;
  readonly ident: number;
  readonly name: string;
  readonly blocked: Blocked | null;
  /** What its event loop waits for, as far as that is known here, where that is empty otherwise (event-loop.ts); how much there is. */
  readonly awaits?: readonly Blocked[];
  readonly awaitCount?: number;
  /** Its event loop, where nothing but waits for other threads keeps that alive: the wait that began last. */
  readonly dry: { readonly wait: Blocked; readonly count: number; readonly seen: number } | null;
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

/** Words that are copied of each agent. */
const SEEN = 16;

/** Looks at all threads. */
export function takeSnapshot(): Snapshot {
  // Copied first, in one go, while no agent can go: afterwards what they say may be anything.
  let room = new Int32Array(64 * SEEN);
  let count = 0;
  for (;;) {
    count = 0;
    lookAtAgents((agent, slot) => {
      if (++count * SEEN <= room.length) copy(agent, slot, room, (count - 1) * SEEN);
    });
    if (count * SEEN <= room.length) break;
    room = new Int32Array(count * 2 * SEEN);
  }
  const threads: Running[] = [];
  let others = 0;
  const living = new Set(livingThreads());
  const main = mainRecord();
  for (let at = 0; at < count * SEEN; at += SEEN) {
    const seen = room.subarray(at, at + SEEN);
    const record = seen[2];
    // One that has ended since then is not among the living.
    if (living.has(record) || (record === main && record !== 0)) threads.push(running(seen));
    else if (record === 0 && seen[4] !== 0) others++;
  }
  const found = new Set(threads.map(({ record }) => record));
  for (const record of living) {
    // Started, or begun since then.
    if (i32[record + ThreadWord.STATE] === STARTED || !found.has(record)) others++;
    release(record);
  }
  return { threads: threads.filter((thread) => !isAwakeHalf(thread, threads)), others };
}

/** Whether it is an agent of a thread that sleeps as another: of a copy of the library. */
function isAwakeHalf({ record, blocked }: Running, threads: readonly Running[]): boolean {
  return blocked === null && threads.some((other) => other.record === record && other.blocked !== null);
}

/** Under the agents' latch. */
function copy(agent: number, slot: number, to: Int32Array, at: number): void {
  to[at] = agent;
  to[at + 1] = slot;
  to[at + 2] = i32[agent + Agent.THREAD];
  to[at + 3] = i32[agent + Agent.IDENT];
  to[at + 4] = i32[agent + Agent.GUEST];
  const sequence = atomic.load(agent + Agent.BLOCKED_SEQ);
  const waiter = atomic.load(agent + Agent.BLOCKED_ON);
  // One that was woken a moment ago runs, though it may not have noticed.
  const asleep = waiter !== 0 && atomic.load(waiter + Waiter.STATE) === ASLEEP;
  to[at + 5] = sequence;
  to[at + 7] = i32[waiter + Waiter.KIND];
  to[at + 8] = i32[waiter + Waiter.OBJECT];
  to[at + 9] = i32[waiter + Waiter.SINCE];
  to[at + 10] = atomic.load(agent + Agent.DRY);
  to[at + 11] = i32[agent + Agent.DRY_SEEN];
  to[at + 12] = i32[agent + Agent.DRY_KIND];
  to[at + 13] = i32[agent + Agent.DRY_OBJECT];
  to[at + 14] = i32[agent + Agent.DRY_SINCE];
  to[at + 15] = i32[agent + Agent.DRY_COUNT];
  to[at + 6] = asleep && atomic.load(agent + Agent.BLOCKED_SEQ) === sequence ? waiter : 0;
}

/** What the copied words say of a thread that lives. */
function running(words: Int32Array): Running {
  const [agent, slot, record, ident, , sequence, waiter, kind, object, since] = words;
  const [dry, seen, dryKind, dryObject, drySince, count] = words.subarray(10);
  const wait: Blocked = { waiter: 0, kind: dryKind, object: dryObject, since: drySince, sequence: dry };
  return {
    record,
    slot,
    ident,
    name: nameOf(record),
    blocked: waiter === 0 ? null : { waiter, kind, object, since, sequence },
    dry: dry === 0 || waiter !== 0 ? null : { wait, count, seen },
    ended: record === mainRecord() && phase() >= MAIN_ENDED,
    stack: stackAt(agent, slot),
  };
}

/** Where it waits. It takes the text away when it goes on. */
function stackAt(agent: number, slot: number): string | null {
  const text = i32[agent + Agent.STACK];
  const holds = () => agentAt(slot) === agent && i32[agent + Agent.STACK] === text;
  return text === 0 || !holds() ? null : peekText(text, holds);
}
