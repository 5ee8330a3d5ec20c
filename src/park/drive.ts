/**
 * Driving a wait. Each algorithm that can wait is written once, as a generator: it yields a waiter of its own that stands
 * in a queue, and is resumed when that was woken, its time is up or it was aborted (it looks at the waiter to find out).
 * `block` drives it by putting the thread to sleep, `blockAsync` by awaiting; so both forms have one behaviour, and all
 * waiting of the process goes through the two functions below.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, lookAtAgents, self } from '../heap/agents.js';
import { free } from '../heap/allocator.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { writeText } from '../heap/text.js';
import { clock } from '../host/clock.js';
import { type Awaited, type Holder, holdLoop, nudgeDryLoops, releaseLoop } from './liveness.js';
import { gaveUp, interrupt, servedAfterAll } from './giving-up.js';
import type { Limit } from './limit.js';
import { comesWithin, LONG_LOOK_MS, looksPay, pause, SHORT_LOOK_MS, SPINS, unpaid } from './patience.js';
import { inTurn } from './turns.js';
import { comeBack, isSummoned, leavesLine, servedCount, serveNext, stepAside } from './summons.js';
import { abort, ASLEEP, AWAKE, doom, Kind, newWaiter, POKED, ring, Waiter } from './waiter.js';

/** An algorithm that waits: yields waiters, returns its result. A Limit that it yields holds from there on. */
export type Steps<R> = Generator<number | Limit, R, void>;

/** Runs before a thread goes to sleep: partial lines are written, dead handles are given up. */
const chores: (() => void)[] = [];

/** Adds something that must be done before a thread of this process goes to sleep. */
export function beforeSleep(chore: () => void): void {
  chores.push(chore);
}

/** A wait without a limit that has lasted for this long is looked into: nothing in a sound program is this slow by plan. */
const GRACE_MS = 100;

/**
 * Called by the thread itself in a wait that has become long; returns when it may sleep on. `nap` sleeps for so many ms and
 * says whether the wait still goes on.
 */
export type Examine = (waiter: number, nap: (ms: number) => boolean) => void;
let examine: Examine | undefined;

/** Says what looks into waits that have become long: whether anybody is left who could end them. */
export function onLongWait(look: Examine): void {
  examine = look;
}

/** What main does in its waits so that signals reach their listeners (threading/signals.ts). */
export interface Attendance {
  begin(waiter: number): void;
  /** The wait has become long. */
  lasts(waiter: number): void;
  /** The sleep was interrupted. */
  serve(waiter: number): void;
  end(): void;
}
let attendance: Attendance | undefined;

/** Has this thread's waits attended. */
export function attendWaits(attend: Attendance): void {
  attendance = attend;
}

/** A sleep that a witness looks at: where it began, and what to do when it is over. */
export interface Sleep {
  readonly began: Error;
  ends(): void;
}

/** Looks at this thread's sleeps (debug mode). */
export interface Witness {
  begins(waiter: number, limit: Limit, blocking: boolean): Sleep | undefined;
  /** When the wait counts as slow, on the scale of clock(). */
  due(waiter: number, limit: Limit): number;
  /** That time has come. */
  lasts(waiter: number, sleep: Sleep | undefined): void;
}
let witness: Witness | undefined;

/** Has this thread's sleeps looked at, or no longer. */
export function witnessSleeps(wanted: Witness | undefined): void {
  witness = wanted;
}

/** Puts this thread to sleep until the waiter is woken or its time is up. */
function sleepOn(waiter: number, limit: Limit): void {
  const at = waiter + Waiter.STATE;
  if (limit.until === -Infinity) {
    // sleep(0): a busy thread looks whether others want something of it.
    if (servedCount() > 0 && i32[waiter + Waiter.KIND] === Kind.SLEEP && isSummoned()) serveNext();
    return;
  }
  if (isWokenSoon(at, i32[waiter + Waiter.KIND])) return;
  const sleep = witness?.begins(waiter, limit, true);
  try {
    if (servedCount() > 0 && limit.undisturbed !== true) sleepServing(waiter, limit, sleep);
    else sleepAlone(waiter, limit, sleep);
  } finally {
    sleep?.ends();
  }
}

/** Looks at the state word for a while, if that seems worth while. */
function isWokenSoon(at: number, kind: number): boolean {
  const most = looksPay(kind) ? lookFor(kind) : 0;
  if (most > 0 && comesWithin(most, kind, () => atomic.load(at) !== AWAKE)) return true;
  unpaid(kind);
  return false;
}

/** For how many ms it looks in a wait of this kind, when it stands in line already. */
function lookFor(kind: number): number {
  switch (kind) {
    case Kind.GET:
    case Kind.POOL:
      return 0; // They have looked (queue.ts, pool.ts).
    case Kind.MUTEX:
    case Kind.COUNTER:
    case Kind.READ:
    case Kind.WRITE:
    case Kind.SLEEP:
      return SHORT_LOOK_MS;
    default:
      return LONG_LOOK_MS;
  }
}

function sleepAlone(waiter: number, limit: Limit, sleep: Sleep | undefined): void {
  const at = waiter + Waiter.STATE;
  for (const chore of chores) chore();
  if (atomic.compareExchange(at, AWAKE, ASLEEP) !== AWAKE) return;
  // Poked in an earlier wait, by somebody slow, or not to be disturbed: it can wait.
  attendance?.begin(waiter);
  try {
    do {
      sleepWhileAsleep(waiter, limit, sleep);
      attendance?.serve(waiter);
    } while (atomic.compareExchange(at, POKED, ASLEEP) === POKED);
  } finally {
    attendance?.end();
  }
}

function sleepWhileAsleep(waiter: number, limit: Limit, sleep: Sleep | undefined): void {
  if (limit.until === Infinity) {
    sleepForEver(waiter, limit, sleep);
    return;
  }
  const at = waiter + Waiter.STATE;
  let short = attendance !== undefined;
  let due = witness?.due(waiter, limit) ?? Infinity;
  for (let left = limit.until - clock(); left > 0; left = limit.until - clock()) {
    const most = Math.min(left, due - clock());
    Atomics.wait(i32, at, ASLEEP, short ? Math.min(most, GRACE_MS) : most);
    if (atomic.load(at) !== ASLEEP) return;
    if (short && left > GRACE_MS) attendance?.lasts(waiter);
    short = false;
    if (due > clock()) continue;
    due = Infinity;
    witness?.lasts(waiter, sleep);
  }
}

/** Sleeps until somebody wakes the waiter, and lets others see meanwhile what this thread waits for. */
function sleepForEver(waiter: number, limit: Limit, sleep: Sleep | undefined): void {
  const at = waiter + Waiter.STATE;
  // A parked worker is no thread of a program.
  if (i32[waiter + Waiter.KIND] === Kind.DISPATCH) {
    while (atomic.load(at) === ASLEEP) Atomics.wait(i32, at, ASLEEP);
    return;
  }
  const blocked = self.address + Agent.BLOCKED_ON;
  const long = self.address + Agent.LONG;
  atomic.add(self.address + Agent.BLOCKED_SEQ, 1);
  // Who looks into a long wait may have to wait for its turn to print.
  const outer = atomic.exchange(blocked, waiter);
  const nap = (ms: number): boolean => {
    if (atomic.load(at) === ASLEEP) Atomics.wait(i32, at, ASLEEP, ms);
    return atomic.load(at) === ASLEEP;
  };
  try {
    if (nap(GRACE_MS)) {
      atomic.add(Control.LONG_WAITS, 1);
      i32[long]++;
      try {
        attendance?.lasts(waiter);
        i32[waiter + Waiter.TARDY] = 1;
        examine?.(waiter, nap);
        i32[waiter + Waiter.TARDY] = i32[self.address + Agent.GUEST];
        const due = witness?.due(waiter, limit) ?? Infinity;
        while (nap(due - clock()) && clock() < due);
        if (due !== Infinity && atomic.load(at) === ASLEEP) witness?.lasts(waiter, sleep);
        while (nap(Infinity));
      } finally {
        i32[long]--;
        atomic.sub(Control.LONG_WAITS, 1);
      }
    }
  } finally {
    seenNoMore(outer);
  }
}

/** The long sleep is over; `outer` is the wait in which it took place, 0: in none. */
function seenNoMore(outer: number): void {
  atomic.store(self.address + Agent.BLOCKED_ON, outer);
  if (outer !== 0) {
    atomic.add(self.address + Agent.BLOCKED_SEQ, 1);
    return;
  }
  const stack = atomic.exchange(self.address + Agent.STACK, 0);
  if (stack !== 0) free(stack);
}

/**
 * A thread is gone that others may have waited for: those in long waits look again whether anybody is left who could end
 * them. (Who falls asleep looks for all: see there.)
 */
export function nudgeLongWaits(): void {
  if (atomic.load(Control.LONG_WAITS) === 0) return;
  nudgeDryLoops();
  lookAtAgents((agent) => {
    const waiter = atomic.load(agent + Agent.BLOCKED_ON);
    // It may have been woken, and its waiter be in use for another wait: being poked does no harm there.
    if (waiter !== 0 && atomic.compareExchange(waiter + Waiter.STATE, ASLEEP, POKED) === ASLEEP) ring(waiter);
  });
}

/** As `sleepOn`, after the spinning, for a thread that others may want something of meanwhile (summons.ts). */
function sleepServing(waiter: number, limit: Limit, sleep: Sleep | undefined): void {
  const at = waiter + Waiter.STATE;
  const sleeper = self.address + Agent.SLEEPER;
  attendance?.begin(waiter);
  try {
    while (atomic.load(at) === AWAKE && (limit.until === Infinity || limit.until > clock())) {
      if (isSummoned()) {
        const leaves = leavesLine(waiter);
        if (leaves && !stepAside(waiter)) break;
        serveNext();
        if (leaves) {
          comeBack(waiter);
          break;
        }
        // Who was served often comes again at once.
        for (let spin = 0; spin < SPINS && atomic.load(at) === AWAKE && !isSummoned(); spin++) pause();
        continue;
      }
      for (const chore of chores) chore();
      atomic.store(sleeper, waiter);
      if (atomic.compareExchange(at, AWAKE, ASLEEP) === AWAKE) {
        if (!isSummoned()) sleepWhileAsleep(waiter, limit, sleep);
        if (atomic.compareExchange(at, ASLEEP, AWAKE) !== ASLEEP) atomic.compareExchange(at, POKED, AWAKE);
        attendance?.serve(waiter);
      }
      atomic.store(sleeper, 0);
    }
  } finally {
    atomic.store(sleeper, 0);
    attendance?.end();
  }
}

/** A wait of the event loop, while it sleeps. */
class AwaitedWaiter implements Holder, Awaited {
  constructor(
    private readonly waiter: number,
    private readonly limit: Limit,
  ) {}

  awaits(): readonly Awaited[] | null {
    const endsByItself = this.limit.until !== Infinity || this.limit.signal !== undefined;
    return endsByItself || atomic.load(this.waiter + Waiter.STATE) !== ASLEEP ? null : [this];
  }

  get kind(): number {
    return i32[this.waiter + Waiter.KIND];
  }

  get object(): number {
    return i32[this.waiter + Waiter.OBJECT];
  }

  get since(): number {
    return i32[this.waiter + Waiter.SINCE];
  }

  giveUp(text: string): void {
    const message = writeText(text);
    if (!doom(this.waiter, message)) free(message);
  }
}

interface WaitAsync {
  waitAsync(array: Int32Array, index: number, value: number, timeout?: number): { async: boolean; value: unknown };
}

/** Resolves when the waiter is woken, aborted or its time is up. Keeps the process alive meanwhile. */
async function sleepOnAsync(waiter: number, limit: Limit): Promise<void> {
  const at = waiter + Waiter.STATE;
  const { signal } = limit;
  // It may have fired between two waits of one call, when there was no waiter to tell.
  if (signal?.aborted === true) return;
  i32[waiter + Waiter.TARDY] = 1;
  if (atomic.compareExchange(at, AWAKE, ASLEEP) !== AWAKE) return;
  const giveUp = () => void abort(waiter);
  let holder: AwaitedWaiter | undefined;
  let sleep: Sleep | undefined;
  try {
    signal?.addEventListener('abort', giveUp);
    if (limit.background !== true) holdLoop((holder = new AwaitedWaiter(waiter, limit)));
    sleep = witness?.begins(waiter, limit, false);
    let due = witness?.due(waiter, limit) ?? Infinity;
    while (atomic.load(at) === ASLEEP || atomic.compareExchange(at, POKED, ASLEEP) === POKED) {
      const now = clock();
      if (limit.until <= now) return;
      if (due <= now) {
        due = Infinity;
        witness?.lasts(waiter, sleep);
      } else await (Atomics as unknown as WaitAsync).waitAsync(i32, at, ASLEEP, Math.min(limit.until, due) - now).value;
    }
  } finally {
    sleep?.ends();
    if (holder !== undefined) releaseLoop(holder);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** An algorithm under way: with which waiter it waits, and for how long at most. */
class Run<R> {
  waiter = 0;
  result: R | undefined;

  constructor(
    private readonly steps: Steps<R>,
    public limit: Limit,
  ) {}

  /** Goes on to the next wait; false if there is none, because the algorithm has its result. */
  advance(): boolean {
    for (;;) {
      const { done, value } = this.steps.next();
      if (done === true) {
        servedAfterAll(this.waiter);
        this.result = value;
        return false;
      }
      if (typeof value === 'number') {
        this.waiter = value;
        return true;
      }
      this.limit = value;
    }
  }
}

/**
 * Runs the algorithm, putting this thread to sleep where it waits. What goes wrong in a sleep (no stack or heap is left, output fails)
 * ends the wait as a signal does: the algorithm takes the waiter out of its line, and then the error is thrown. It is not where the
 * waiter was served meanwhile: the call has succeeded.
 */
export function block<R>(steps: Steps<R>, limit: Limit): R {
  const run = new Run(steps, limit);
  while (run.advance()) {
    try {
      sleepOn(run.waiter, run.limit);
    } catch (error) {
      interrupt(run.waiter, error as Error);
    }
  }
  return run.result as R;
}

/** Runs the algorithm on this thread's event loop. */
export async function blockAsync<R>(steps: Steps<R>, limit: Limit): Promise<R> {
  const run = new Run(steps, limit);
  while (run.advance()) {
    try {
      await sleepOnAsync(run.waiter, run.limit);
    } catch (error) {
      interrupt(run.waiter, error as Error);
    }
  }
  return inTurn(run.result as R);
}

/** A wait that nobody ends. */
export function* pauseFor(limit: Limit): Steps<void> {
  const waiter = newWaiter(0, Kind.SLEEP, 0);
  yield waiter;
  gaveUp(waiter, limit);
}

/** Looked at this often, in ms. */
const LOOK_AGAIN_MS = 1;

/**
 * Waits until `done()` holds, by looking again and again: only for the milliseconds in which a worker boots, where waking
 * the few who ask meanwhile is not worth a queue.
 */
export function untilBooted(done: () => boolean): void {
  while (!done()) {
    const limit = { until: clock() + LOOK_AGAIN_MS, signal: undefined };
    block(pauseFor(limit), limit);
  }
}
