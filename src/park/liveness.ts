/**
 * Liveness of the event loop. A pending Atomics.waitAsync does not keep Node alive, so while one is pending a timer does.
 *
 * When such a wait has lasted, the timer is given up: then Node itself says, by `beforeExit`, that nothing else is left which could wake
 * the loop: no socket, no timer, no file, no work of an addon. The loop is held again at once, and it is looked into whether other
 * threads can still end what this one awaits (diagnosis/event-loop.ts). Nothing of the sort happens where the program listens to
 * `beforeExit` itself, since it would be told of an end that is none.
 *
 *   holders  keeper            state
 *   0        none              the loop is the program's
 *   > 0      fires in a second held
 *   > 0      none              other things keep the loop; if they end, `beforeExit` comes
 *   > 0      fires never       dry: `beforeExit` came; or it is not to come
 */
import * as atomic from '../heap/atomic.js';
import { Agent, lookAtAgents, self } from '../heap/agents.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { ringBell, ringsOf, untilRung } from './bell.js';

/** What an event loop waits for. */
export interface Awaited {
  readonly kind: number;
  readonly object: number;
  /** On the process's clock. */
  readonly since: number;
  /** Ends it with a DeadlockError that says `text`. */
  giveUp(text: string): void;
}

/** All that a loop waits for, what began last, and a number (not 0) that is another one for other waits. */
interface AwaitedHere {
  readonly awaited: readonly Awaited[];
  readonly last: Awaited;
  readonly sequence: number;
}

/** Who keeps the loop alive: says what for, or null where that may end without any other thread (a time limit, a signal). */
export interface Holder {
  awaits(): readonly Awaited[] | null;
}

/** A wait that has lasted so long, in ms, is looked into. */
const PROBE_MS = 1000;
/** The longest period that Node takes, 24.8 days. */
const LONGEST = 2 ** 31 - 1;

const holders = new Set<Holder>();
let keeper: NodeJS.Timeout | undefined;
let isDry = false;
/** Raised when something is awaited more or less: two looks that see the same number see the same waits. */
let changes = 0;
let onDry: (() => void) | undefined;

/** This library's listeners to `beforeExit` and to signals. */
const own = new WeakSet<Function>();

/** Marks a listener that is no work of the program's: it ends no wait, and is told of no end that is none. */
export function disregard(listener: () => void): void {
  own.add(listener);
}

function listensItself(name: string | symbol): boolean {
  return process.listeners(name as 'beforeExit').some((listener) => !own.has(listener));
}

/** Calls `fn` when the event loop is empty and nothing of this library is awaited. Returns what listens to `beforeExit`. */
export function onLoopEmpty(fn: () => void): () => void {
  const listener = (): void => {
    if (holders.size === 0) fn();
  };
  disregard(listener);
  process.on('beforeExit', listener);
  return listener;
}

/** Says what looks into a loop that only this library keeps alive. */
export function onDryLoop(look: () => void): void {
  onDry = look;
}

/** Keeps the process (or this thread) alive until the matching `releaseLoop`. */
export function holdLoop(holder: Holder): void {
  holders.add(holder);
  changed();
  if (holders.size === 1) keeper = setTimeout(probe, PROBE_MS);
}

/** Ends a `holdLoop`. The timer goes for good: an unref'd one would count as something that the thread left behind. */
export function releaseLoop(holder: Holder): void {
  holders.delete(holder);
  changed();
  if (holders.size === 0) letGo();
}

function letGo(): void {
  clearTimeout(keeper);
  keeper = undefined;
}

/** Something is awaited more or less, by a holder that holds on. */
export function changed(): void {
  changes++;
  if (!isDry) return;
  leaveDryness();
  letGo();
  if (holders.size > 0) keeper = setTimeout(probe, PROBE_MS);
}

/** Lets go of the loop, so that `beforeExit` comes if nothing else keeps it. */
function probe(): void {
  keeper = undefined;
  if (onDry === undefined || listensItself('beforeExit')) {
    keeper = setTimeout(() => undefined, LONGEST);
  }
}

function ranDry(): void {
  if (holders.size === 0 || keeper !== undefined) return;
  keeper = setTimeout(() => undefined, LONGEST);
  isDry = true;
  if (!publish()) return;
  listen();
  // Not now: a loop that is let go of while Node asks whether it is empty ends.
  setImmediate(() => {
    if (isDry) onDry?.();
  });
}

/** Shows others what this loop awaits; false if some of that can end without them. */
function publish(): boolean {
  const here = awaitedHere();
  if (here === null || listensToSignals()) return false;
  const { kind, object, since } = here.last;
  const agent = self.address;
  i32[agent + Agent.DRY_KIND] = kind;
  i32[agent + Agent.DRY_OBJECT] = object;
  i32[agent + Agent.DRY_SINCE] = since;
  i32[agent + Agent.DRY_COUNT] = here.awaited.length;
  i32[agent + Agent.DRY_SEEN]++;
  atomic.store(agent + Agent.DRY, here.sequence);
  i32[agent + Agent.LONG]++;
  atomic.add(Control.LONG_WAITS, 1);
  return true;
}

/** A listener could end any wait; Node does not keep the loop for it. */
function listensToSignals(): boolean {
  return process.eventNames().some((name) => typeof name === 'string' && name.startsWith('SIG') && listensItself(name));
}

function leaveDryness(): void {
  isDry = false;
  if (atomic.exchange(self.address + Agent.DRY, 0) === 0) return;
  i32[self.address + Agent.LONG]--;
  atomic.sub(Control.LONG_WAITS, 1);
}

/** Looks again: if the loop is still dry, that is said once more. */
export function probeAgain(): void {
  if (!isDry) return;
  leaveDryness();
  letGo();
}

// Before all others, who ask whether the loop is held.
disregard(ranDry);
process.on('beforeExit', ranDry);

let listens = false;

/** Hears of others who end or fall asleep: then nobody may be left. */
function listen(): void {
  if (listens) return;
  listens = true;
  const bell = self.address + Agent.DRY_BELL;
  void untilRung(bell, ringsOf(bell)).then(() => {
    listens = false;
    setImmediate(probeAgain); // as above
  });
}

/** Has other threads whose loops are dry look again. */
export function nudgeDryLoops(): void {
  lookAtAgents((agent) => {
    if (agent !== self.address && atomic.load(agent + Agent.DRY) !== 0) ringBell(agent + Agent.DRY_BELL);
  });
}

/** All that keeps this loop alive; null if some of it can end without other threads. */
export function awaitedHere(): AwaitedHere | null {
  const awaited: Awaited[] = [];
  for (const holder of holders) {
    const some = holder.awaits();
    if (some === null) return null;
    awaited.push(...some);
  }
  if (awaited.length === 0) return null;
  const last = awaited.reduce((a, b) => (((b.since - a.since) | 0) > 0 ? b : a));
  return { awaited, last, sequence: (changes << 1) | 1 };
}
