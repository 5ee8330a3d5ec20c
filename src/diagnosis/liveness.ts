/**
 * Who can go on? A thread is live if it is not blocked in a wait without a limit, or if a live thread could end its wait.
 * Who is not live then waits for ever.
 *
 * Main is live, too, where the program listens to signals: they come from outside, and a listener can end any wait, main's own as well.
 *
 * Some waits only one thread can end: an RLock's its owner, a writer's lock the writer, a join the joined thread, an errand
 * the thread that it was given to. All others count as endable by any live thread, since that may have, or yet receive, a
 * handle on the object. So nothing is called stuck that could go on, but some that cannot may not be noticed.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { typeOf } from '../heap/records.js';
import { holderOf, isSignal } from '../park/mutex.js';
import { writerOf } from '../park/rw-mutex.js';
import { Summons } from '../park/summons.js';
import { Kind } from '../park/waiter.js';
import { listenedTo } from '../supervisor/signals.js';
import { mainRecord, THREAD_TYPE, ThreadWord } from '../supervisor/thread-record.js';
import { RLOCK_TYPE } from '../threading/types.js';
import type { Running, Snapshot } from './snapshot.js';

/** The thread that alone can end the wait, by its ident; 0: nobody can any more; null: any live thread can. */
export function onlyEndedBy({ blocked, awaitCount = 1 }: Running): number | null {
  // Whoever ends one of several waits lets the loop go on.
  if (blocked === null || awaitCount > 1) return null;
  const { kind, object } = blocked;
  switch (kind) {
    case Kind.MUTEX:
      return typeOf(object) === RLOCK_TYPE ? holderOf(object) || null : null;
    case Kind.READ:
    case Kind.WRITE:
      return writerOf(object) || null;
    case Kind.FLAG:
    case Kind.END:
      return typeOf(object) === THREAD_TYPE ? i32[object + ThreadWord.IDENT] : null;
    case Kind.ERRAND: {
      const owner = i32[object + Summons.OWNER];
      return owner === 0 ? null : i32[owner + Agent.IDENT];
    }
    case Kind.SLEEP:
      return 0;
    default:
      return null;
  }
}

/** The threads that nobody can get out of their waits any more; empty if there are none. `signals`: one may come that main listens to. */
function stuckIn({ threads, others }: Snapshot, signals: boolean): Running[] {
  const live = new Set<number>();
  for (const thread of threads)
    if ((thread.blocked === null || (signals && isListening(thread))) && !thread.ended) live.add(thread.ident);
  let anybody = live.size > 0 || others > 0;
  for (let grown = true; grown; ) {
    grown = false;
    for (const thread of threads) {
      if (thread.blocked === null || live.has(thread.ident)) continue;
      const only = onlyEndedBy(thread);
      // A thread that this look did not see counts as live.
      const seen = only === null || only === 0 || threads.some(({ ident }) => ident === only);
      if (only === null ? !anybody : only === 0 || (seen && !live.has(only))) continue;
      live.add(thread.ident);
      anybody = true;
      grown = true;
    }
  }
  // An idle worker of a pool waits as it should.
  return threads.filter(({ blocked, ident }) => blocked !== null && blocked.kind !== Kind.POOL && !live.has(ident));
}

/** As `stuckIn`, if this thread is among them; else empty. */
export function stuckHere(snapshot: Snapshot, signals = true): Running[] {
  const stuck = stuckIn(snapshot, signals);
  return stuck.some(({ slot }) => slot === self.slot) ? stuck : [];
}

function isListening({ record }: Running): boolean {
  return record === mainRecord() && listenedTo(atomic.load(Control.SIGNALS_WATCHED)) !== 0;
}

/** The circle of threads, from `start` on, in which each waits for a lock that the next one holds; empty if there is none. */
export function circleFrom(start: Running, threads: readonly Running[]): Running[] {
  const circle: Running[] = [];
  for (let thread: Running | undefined = start; thread !== undefined; ) {
    const { blocked } = thread;
    if (blocked === null || blocked.kind !== Kind.MUTEX || isSignal(blocked.object)) return [];
    circle.push(thread);
    const holder = holderOf(blocked.object);
    if (holder === start.ident) return circle;
    // A circle that does not lead back here is somebody else's to find.
    thread = circle.some(({ ident }) => ident === holder) ? undefined : threads.find(({ ident }) => ident === holder);
  }
  return [];
}
