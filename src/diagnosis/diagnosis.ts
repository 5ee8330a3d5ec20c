/**
 * A wait has become long: can anybody still end it? The thread that waits finds out by itself, so nothing is watched while
 * all goes well. The last thread to fall asleep finds all others asleep, and whoever ends has those in long waits look
 * again; so a deadlock is found within the grace time however it came about.
 *
 * What looks like a deadlock must look the same a moment later, with every thread in the same sleep as before: then no wake-up
 * was on its way, and it is certain.
 */
import '../core.js';
import * as atomic from '../heap/atomic.js';
import { Agent, agentAt, self } from '../heap/agents.js';
import { free } from '../heap/allocator.js';
import { Control, MAX_AGENTS } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { writeText } from '../heap/text.js';
import { clock, clockWord } from '../host/clock.js';
import { osThreadExists } from '../host/os-thread.js';
import { doom, Kind } from '../park/waiter.js';
import { buryGuests } from '../supervisor/guest.js';
import { writeError } from '../supervisor/output.js';
import { circleFrom, stuckHere } from './liveness.js';
import { type DeadlockReport, reactionTo } from './reaction.js';
import { describeThreads, describeWait } from './report.js';
import { type Running, takeSnapshot } from './snapshot.js';

export { dumpThreads } from './dump.js';

type Nap = (ms: number) => boolean;

/** Between the two looks: what was woken before the first is awake by then. */
export const SECOND_LOOK_MS = 10;
/** The others publish where they wait when their waits become long, too: the report is worth waiting for that. */
export const PATIENCE_MS = 500;
/** A circle of locks that some thread could in theory resolve is reported when it has lasted for this long. */
const PROBABLE_MS = 2000;

export { examineLoop } from './event-loop.js';

/** Looks into the wait of this thread. Returns when it may sleep on. */
export function examineWait(nap: Nap): void {
  if (reactionTo() === 'ignore') return;
  const patience = clock() + PATIENCE_MS;
  for (;;) {
    const stuck = stuckNow();
    if (stuck.length === 0) break;
    if (!nap(SECOND_LOOK_MS)) return;
    if (isSomebodyLeaving()) continue;
    if (stuck.some(({ stack }) => stack === null) && clock() < patience) continue;
    if (sameSleeps(stuck, stuckNow()) && settle(stuck)) return;
  }
  if (warnOf(circleNow, (count) => `${count} threads wait for each other's locks`, nap)) return;
  warnOf(unlessSignalled, (count) => `${count} threads wait, and nothing but a signal could end that`, nap);
}

/** Whether a thread is ending just now, or has died and is not buried yet: those who wait for that hear of it. */
export function isSomebodyLeaving(): boolean {
  buryGuests();
  for (let slot = 1; slot < MAX_AGENTS; slot++) {
    const agent = agentAt(slot);
    if (agent === 0) continue;
    if (atomic.load(agent + Agent.ENDING) === 1 || !osThreadExists(i32[agent + Agent.NATIVE_ID])) return true;
  }
  return false;
}

function stuckNow(): Running[] {
  return stuckHere(takeSnapshot());
}

export function sameSleeps(before: readonly Running[], after: readonly Running[]): boolean {
  return (
    before.length === after.length &&
    before.every((thread) =>
      after.some(({ slot, blocked }) => slot === thread.slot && blocked?.sequence === thread.blocked?.sequence),
    )
  );
}

/** Makes this thread the one that speaks of it; false if another one does just now. */
function claim(): boolean {
  const before = atomic.compareExchange(Control.REPORTING, 0, self.slot);
  if (before === 0) return true;
  // It died over it.
  return agentAt(before) === 0 && atomic.compareExchange(Control.REPORTING, before, self.slot) === before;
}

function signatureOf(stuck: readonly Running[]): number {
  return stuck.reduce((sum, { slot, blocked }) => (sum + slot * 31 + (blocked?.sequence ?? 0) * 7) | 0, 1);
}

/** Whether nobody has said this yet; where nobody is interrupted, each of those who sleep comes to say it. */
function isNew(signature: number): boolean {
  return atomic.exchange(Control.LAST_DEADLOCK, signature) !== signature;
}

/** Whether somebody has spoken of these sleeps. */
export function isTold(stuck: readonly Running[]): boolean {
  return atomic.load(Control.LAST_DEADLOCK) === signatureOf(stuck);
}

/** Says what is stuck, and does about it what the program wants; false if another thread says something just now. */
export function settle(stuck: readonly Running[]): boolean {
  if (!claim()) return false;
  try {
    if (isNew(signatureOf(stuck))) speak(stuck);
  } finally {
    atomic.store(Control.REPORTING, 0);
  }
  return true;
}

function speak(stuck: readonly Running[]): void {
  const { threads } = takeSnapshot();
  const who = stuck.length === 1 ? '1 thread waits' : `${stuck.length} threads wait`;
  const text = `Deadlock: ${who}, and nobody is left who could end that.\n${describeThreads(stuck, threads)}`;
  const report: DeadlockReport = { certain: true, text, threads: stuck.map(({ name }) => name) };
  const reaction = reactionTo();
  if (typeof reaction === 'function') {
    reaction(report);
    return;
  }
  writeError(`${text}\n`);
  if (reaction === 'exit') process.kill(process.pid, 'SIGKILL');
  if (reaction === 'throw') endYoungest(stuck);
}

/** Ends the wait of the thread that came last, one for a lock if there is any: then the others may be able to go on. */
function endYoungest(stuck: readonly Running[]): void {
  // What another event loop awaits, only that can give up.
  const able = stuck.filter(({ blocked }) => blocked?.waiter !== 0 || blocked.giveUp !== undefined);
  const locked = able.filter(({ blocked }) => blocked?.kind === Kind.MUTEX);
  const candidates = locked.length > 0 ? locked : able;
  const victim = candidates.reduce((a, b) => ((((b.blocked?.since ?? 0) - (a.blocked?.since ?? 0)) | 0) > 0 ? b : a));
  if (victim.blocked === null) return;
  const others = stuck.filter((thread) => thread !== victim).map(({ name }) => name);
  const company = others.length === 0 ? '' : `, as would ${others.join(', ')}`;
  const text = `${victim.name} would wait for ${describeWait(victim.blocked)} for ever${company}`;
  if (victim.blocked.giveUp !== undefined) {
    victim.blocked.giveUp(text);
    return;
  }
  const message = writeText(text);
  if (!doom(victim.blocked.waiter, message)) free(message);
}

/** Reports what `look` finds once, if it lasts; nobody is interrupted, since somebody could still resolve it. Returns whether it did. */
function warnOf(look: () => Running[], what: (count: number) => string, nap: Nap): boolean {
  const first = look();
  if (first.length < 2) return false;
  const waited = Math.max(...first.map(({ blocked }) => (clockWord() - (blocked?.since ?? 0)) | 0));
  if (!nap(Math.max(1, PROBABLE_MS - waited))) return false;
  const second = look();
  // What is probable now can become certain, and is to be told again then.
  if (!sameSleeps(first, second) || !isNew(~signatureOf(second))) return false;
  const { threads } = takeSnapshot();
  const text = `Probable deadlock: ${what(second.length)}.\n${describeThreads(second, threads)}`;
  const report: DeadlockReport = { certain: false, text, threads: second.map(({ name }) => name) };
  const reaction = reactionTo();
  if (typeof reaction === 'function') reaction(report);
  else writeError(`${text}\n`);
  return true;
}

function circleNow(): Running[] {
  const { threads } = takeSnapshot();
  const own = threads.find(({ slot }) => slot === self.slot);
  return own === undefined ? [] : circleFrom(own, threads);
}

/** Those who would be stuck if no signal came that main listens to; main alone may well be waiting for one. */
function unlessSignalled(): Running[] {
  return stuckHere(takeSnapshot(), false);
}
