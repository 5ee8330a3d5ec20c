/**
 * Looking into hangs: a thread that the library started loads what that takes when something may hang, or when it is asked for
 * a dump. Most long waits are harmless: that is seen here, without loading anything.
 */
import { fileURLToPath } from 'node:url';
import { quietRequire } from '../capture/modules.js';
import { HeapExhaustedError } from '../errors.js';
import * as atomic from '../heap/atomic.js';
import { Agent, agentAt, lookAtAgents, self } from '../heap/agents.js';
import { MAX_AGENTS } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { typeOf } from '../heap/records.js';
import { writeText } from '../heap/text.js';
import { libraryRoot } from '../host/entry-points.js';
import { callersFrames } from '../host/stack.js';
import { onLongWait } from '../park/drive.js';
import { nudgeDryLoops, onDryLoop } from '../park/liveness.js';
import { holderOf } from '../park/mutex.js';
import { Kind, Waiter } from '../park/waiter.js';
import { MAIN_ENDED, phase } from '../supervisor/phase.js';
import { mainRecord, THREAD_TYPE, ThreadWord } from '../supervisor/thread-record.js';
import type * as Diagnosis from './diagnosis.js';
import type { ThreadDump } from './dump.js';

let diagnosis: typeof Diagnosis | undefined;

/** Gives the thread what looks into hangs. */
export function provideDiagnosis(loaded: typeof Diagnosis): void {
  diagnosis = loaded;
}

function load(): typeof Diagnosis {
  diagnosis ??= quietRequire(fileURLToPath(new URL('diagnosis/diagnosis.js', libraryRoot))) as typeof Diagnosis;
  return diagnosis;
}

/**
 * What every thread does at the moment: its state, what it waits for and since when, who holds that, and where in the program
 * it waits. Its text is readable, its fields are for programs. Python's nearest is `faulthandler.dump_traceback`.
 *
 * @example
 * console.error(String(threadDump()));
 */
export function threadDump(): ThreadDump {
  return load().dumpThreads();
}

/** Ident of the thread that the wait depends on first of all, 0 if that cannot be said. */
function expected(waiter: number): number {
  const object = i32[waiter + Waiter.OBJECT];
  if (i32[waiter + Waiter.KIND] === Kind.MUTEX) return holderOf(object);
  return object !== 0 && typeOf(object) === THREAD_TYPE ? i32[object + ThreadWord.IDENT] : 0;
}

/** Whether the thread sleeps: where copies of the library share it, one of its agents does. Under the agents' latch. */
function isAsleep(thread: number): boolean {
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent !== 0 && i32[agent + Agent.THREAD] === thread && atomic.load(agent + Agent.BLOCKED_ON) !== 0) return true;
  }
  return false;
}

/** Whether a thread runs there that can go on. Under the agents' latch. */
function isAwake(agent: number): boolean {
  const thread = i32[agent + Agent.THREAD];
  if (thread === 0 || atomic.load(agent + Agent.BLOCKED_ON) !== 0 || isAsleep(thread)) return false;
  // Main at its end only waits for the others.
  return thread !== mainRecord() || phase() < MAIN_ENDED;
}

/** Whether a thread runs that will most likely end the wait; if it comes to sleep or ends, it sees to those who wait. */
function isHarmless(waiter: number): boolean {
  const ident = expected(waiter);
  let found = false;
  lookAtAgents((agent) => {
    found ||= (ident === 0 || i32[agent + Agent.IDENT] === ident) && isAwake(agent);
  });
  return found;
}

/** Writes down for others where this thread waits. Where there is no room for that they see less. */
function noteStack(): void {
  const stack = self.address + Agent.STACK;
  if (i32[stack] !== 0) return;
  try {
    i32[stack] = writeText(callersFrames());
  } catch (error) {
    if (!(error instanceof HeapExhaustedError)) throw error;
  }
}

/** Whether another thread runs, which may end what this one awaits. */
function isAnybodyAwake(): boolean {
  const own = i32[self.address + Agent.THREAD];
  let found = false;
  lookAtAgents((agent) => {
    found ||= i32[agent + Agent.THREAD] !== own && atomic.load(agent + Agent.DRY) === 0 && isAwake(agent);
  });
  return found;
}

onLongWait((waiter, nap) => {
  noteStack();
  if (!isHarmless(waiter)) load().examineWait(nap);
  // An event loop may be the only one that could tell.
  nudgeDryLoops();
});
onDryLoop(() => {
  if (!isAnybodyAwake()) load().examineLoop();
});
