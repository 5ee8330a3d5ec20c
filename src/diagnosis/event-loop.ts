/**
 * An event loop that has nothing left but waits for other threads (park/liveness.ts): is anybody left who could end one of them?
 *
 * Only a thread itself can say that its loop is empty, and it may not be for long: so it looks for itself, and to threads that are
 * blocked it is one that can go on. As with those all must look the same a moment later. Between the looks its loop has turned and was
 * empty again, and so have the loops of other such threads, which are asked to: a wake-up that was on its way at the first look
 * would have been served by the second, and then something else would be awaited.
 */
import { self } from '../heap/agents.js';
import { clock } from '../host/clock.js';
import { awaitedHere, nudgeDryLoops, probeAgain } from '../park/liveness.js';
import { MAIN_ENDED, phase } from '../supervisor/phase.js';
import { mainRecord } from '../supervisor/thread-record.js';
import { isSomebodyLeaving, isTold, PATIENCE_MS, sameSleeps, SECOND_LOOK_MS, settle } from './diagnosis.js';
import { stuckHere } from './liveness.js';
import { reactionTo } from './reaction.js';
import { type Blocked, type Running, takeSnapshot } from './snapshot.js';

/** What the first of two looks found, and until when it is worth waiting for the others' stacks. */
let first: { readonly stuck: readonly Running[]; readonly patience: number } | undefined;

/** Looks into the waits of this thread's event loop, which is empty but for them. */
export function examineLoop(): void {
  const before = first;
  first = undefined;
  if (reactionTo() === 'ignore') return;
  const stuck = stuckNow();
  if (stuck.length === 0 || isTold(stuck)) return;
  if (before === undefined || !sameSleeps(before.stuck, stuck)) {
    first = { stuck, patience: clock() + PATIENCE_MS };
    nudgeDryLoops();
  } else {
    first = before;
    const hasStacks = stuck.every(({ stack }) => stack !== null) || clock() > before.patience;
    if (hasStacks && isConfirmed(before.stuck, stuck) && !isSomebodyLeaving() && settle(stuck)) return;
  }
  setTimeout(probeAgain, SECOND_LOOK_MS);
}

/** Whether the other empty loops have turned since the first look. */
function isConfirmed(before: readonly Running[], now: readonly Running[]): boolean {
  return now.every(({ slot, dry }) => {
    if (slot === self.slot || dry === null) return true;
    return before.find((other) => other.slot === slot)?.dry?.seen !== dry.seen;
  });
}

/** The stuck threads, if this one is among them. */
function stuckNow(): Running[] {
  const here = awaitedHere();
  if (here === null) return [];
  const awaits = here.awaited.map((wait): Blocked => {
    const { kind, object, since } = wait;
    return { waiter: 0, kind, object, since, sequence: here.sequence, giveUp: (text) => wait.giveUp(text) };
  });
  // The one that began last is the one to give up.
  const blocked = awaits[here.awaited.indexOf(here.last)];
  const { threads, others } = takeSnapshot();
  const all = threads.map((thread): Running => {
    if (thread.slot === self.slot) return { ...thread, blocked, awaits, awaitCount: awaits.length, stack: '' };
    if (thread.dry === null) return thread;
    const { wait, count } = thread.dry;
    return { ...thread, blocked: wait, awaits: [wait], awaitCount: count, stack: '' };
  });
  if (all.some(({ slot, record }) => slot === self.slot && record === mainRecord()) && phase() >= MAIN_ENDED) return [];
  return stuckHere({ threads: all, others });
}
