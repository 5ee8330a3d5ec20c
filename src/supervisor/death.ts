/**
 * Deaths: what the supervisor does when a worker is gone, whatever ended it (out of memory, process.exit, a crash, its own
 * decision). Nobody waits for the dead: the thread's joiners are released, its waits leave their queues, its locks pass on,
 * its references go.
 */
import { Agent, agentAt, agentOfWorker, freeLatchesOf, retire } from '../heap/agents.js';
import { surrenderStock } from '../heap/allocator.js';
import { noteDeath } from '../heap/deaths.js';
import { surrenderHandles } from '../heap/handle.js';
import { MAX_AGENTS } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { stackOf } from '../host/stack.js';
import { nameOf } from '../heap/records.js';
import { buryWaiters } from '../park/burial.js';
// Each of these says how its waiters are buried.
import '../park/condition.js';
import '../park/counter.js';
import { buryErrands } from '../park/errands.js';
import '../park/gate.js';
import { holderOf, reconsider } from '../park/mutex.js';
import { leaveReads, reconsiderWriter, writerOf } from '../park/rw-mutex.js';
import { Kind, Waiter } from '../park/waiter.js';
import { writeError } from './output.js';
import { endThread, hasEnded, ThreadWord } from './thread-record.js';

/** What a worker says to the supervisor when it ends. */
export interface LastWord {
  /** It called process.exit(), or its thread awaits what cannot come. */
  readonly how: 'exit' | 'idle';
  /** The exit code. */
  readonly code: number;
}

/**
 * Buries the worker that Node numbered `number`, 0 if it never came to life. `record` is the thread it was booted for, if
 * for a certain one; `failure` says what Node knows of its end, `last` what the worker itself said last.
 */
export function buryWorker(...death: Parameters<typeof bury>): void {
  try {
    bury(...death);
  } catch (error) {
    // The others are to be buried all the same, and new threads to start.
    writeError(`threadwork: a dead thread could not be put away: ${stackOf(error as Error) ?? String(error)}\n`);
  }
}

function bury(number: number, record: number, failure: Error | undefined, last: LastWord | undefined): void {
  const agent = number === 0 ? 0 : agentOfWorker(number);
  freeLatchesOfWorker(number);
  const thread = (agent === 0 ? 0 : i32[agent + Agent.THREAD]) || record;
  if (thread !== 0 && !hasEnded(thread)) {
    // First, because it may have died while it printed.
    noteDeath(i32[thread + ThreadWord.IDENT]);
    writeError(`Exception in thread ${nameOf(thread)}:\n${causeOf(failure, last)}\n`);
    die(thread, agent);
  }
  const name = thread === 0 ? 'a thread' : nameOf(thread);
  if (agent === 0) return;
  const cause = `${name} died: ${causeOf(failure, last)}`;
  buryAgent(agent, cause);
  // Those of other copies of the library that it had loaded.
  for (let other = agentOfWorker(number); other !== 0; other = agentOfWorker(number)) buryAgent(other, cause);
}

/** Gives back what the worker's agents, one for each copy of the library in it, have kept locked: burial takes the same latches. */
function freeLatchesOfWorker(number: number): void {
  if (number === 0) return;
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent !== 0 && i32[agent + Agent.WORKER] === number) freeLatchesOf(agent);
  }
}

const rites: ((agent: number, cause: string) => void)[] = [];

/** Adds something to do for an agent that runs no more, before it loses what it refers to; `cause` says how it ended. */
export function onBurial(rite: (agent: number, cause: string) => void): void {
  rites.push(rite);
}

/** Ends everything that the agent at `agent` was part of; it runs no more. */
export function buryAgent(agent: number, cause: string): void {
  for (const rite of rites) rite(agent, cause);
  buryErrands(agent);
  buryWaiters(agent);
  surrenderHandles(agent);
  surrenderStock(agent);
  retire(agent);
}

/** Ends the thread of the agent at `agent`, which had no chance to put its locks in order: the next in line for each inherits it. */
export function die(record: number, agent: number): void {
  if (hasEnded(record)) return;
  const ident = i32[record + ThreadWord.IDENT];
  noteDeath(ident);
  endThread(record);
  if (agent !== 0) leaveReads(agent);
  passLocksOn(ident);
}

const MORE_MEMORY = 'its JavaScript heap can be larger with new Thread({ resourceLimits: { maxOldGenerationSizeMb } })';

function causeOf(failure: Error | undefined, last: LastWord | undefined): string {
  const kind = (failure as NodeJS.ErrnoException | undefined)?.code;
  if (kind === 'ERR_WORKER_OUT_OF_MEMORY') {
    return `${failure?.name}: ${failure?.message}\n  the thread died; ${MORE_MEMORY}`;
  }
  if (failure !== undefined) return stackOf(failure) ?? String(failure);
  if (last?.how === 'exit') return `Error: it called process.exit(${last.code})`;
  if (last?.how === 'idle')
    return 'Error: its event loop had nothing left to wait for, so what it awaited could not come any more';
  // Of the first worker Node does not tell the supervisor which it was.
  return `Error: the thread was ended from outside, or it ran out of memory; ${MORE_MEMORY}`;
}

/** Wakes those who wait for a lock that the dead thread holds: the first of them inherits it. */
function passLocksOn(ident: number): void {
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent === 0) continue;
    const locks = locksWaitedFor(agent);
    // If it was retired meanwhile, they were buried as well.
    if (agentAt(slot) !== agent) continue;
    for (const [lock, kind] of locks) {
      if (kind !== Kind.MUTEX) {
        if (writerOf(lock) === ident) reconsiderWriter(lock);
      } else if (holderOf(lock) === ident) reconsider(lock);
    }
  }
}

/**
 * What the agent's waiters wait for, with their kind. Its list changes while it is read, since only its owner may touch it: a
 * waiter that moves on is one that needs no wake-up, and the walk is bounded.
 */
function locksWaitedFor(agent: number): Map<number, number> {
  const found = new Map<number, number>();
  let steps = 0;
  for (let w = i32[agent + Agent.WAITERS]; w !== 0 && steps < 10_000; w = i32[w + Waiter.AGENT_NEXT], steps++) {
    const kind = i32[w + Waiter.KIND];
    const isLock = kind === Kind.MUTEX || kind === Kind.READ || kind === Kind.WRITE;
    if (isLock && i32[w + Waiter.OBJECT] !== 0) found.set(i32[w + Waiter.OBJECT], kind);
  }
  return found;
}
