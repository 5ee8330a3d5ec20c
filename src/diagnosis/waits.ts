/**
 * Debug mode: waits for other threads' work while a lock is held, and waits that last.
 */
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { Control } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { nameOf, typeOf } from '../heap/records.js';
import { clock, clockWord } from '../host/clock.js';
import { callersFrames, errorHere } from '../host/stack.js';
import type { Sleep, Witness } from '../park/drive.js';
import type { Limit } from '../park/limit.js';
import { Kind, Waiter } from '../park/waiter.js';
import { mainRecord, THREAD_TYPE, threadNameOf } from '../supervisor/thread-record.js';
import { tell } from './findings.js';
import { heldByFlow, heldByThread, type Holding, isHeld, isSignalled } from './holdings.js';
import { describeWait, holderFor, nameObject } from './report.js';
import type { Blocked } from './snapshot.js';

/** Waits for what others do: whoever holds a lock meanwhile stops those who must do it, if they need that lock. */
const DEPENDING: ReadonlySet<number> = new Set([
  Kind.END,
  Kind.GET,
  Kind.PUT,
  Kind.JOIN,
  Kind.OUTCOME,
  Kind.MEETING,
  Kind.POOL_END,
]);
/** Waits that nobody else is to end soon. */
const IDLE: ReadonlySet<number> = new Set([Kind.SLEEP, Kind.DISPATCH, Kind.POOL]);

/** Name of the thread that runs. */
export function ownName(): string {
  return nameOf(i32[self.address + Agent.THREAD] || mainRecord());
}

/** A wait is none of the program's, or nobody else is to end it soon. */
function isIdle(waiter: number, limit: Limit): boolean {
  const kind = i32[waiter + Waiter.KIND];
  const object = i32[waiter + Waiter.OBJECT];
  if (limit.background === true || IDLE.has(kind) || object === 0 || typeOf(object) === 0) return true;
  // At its end main waits for the other threads.
  return kind === Kind.FLAG && typeOf(object) === THREAD_TYPE;
}

/** Looks at the waits of this thread. */
export const waitsWitness: Witness = {
  begins(waiter: number, limit: Limit, blocking: boolean): Sleep | undefined {
    if (isIdle(waiter, limit)) return undefined;
    const depends = DEPENDING.has(i32[waiter + Waiter.KIND]);
    const held = depends ? [...(blocking ? heldByThread() : heldByFlow())] : [];
    // Where a blocking wait was begun can still be seen when it has lasted.
    if (held.length === 0 && blocking) return undefined;
    const wait = describeWait(waitOf(waiter));
    const began = errorHere();
    return { began, ends: () => warnOfHeld(held, wait, began) };
  },
  due(waiter: number, limit: Limit): number {
    if (isIdle(waiter, limit)) return Infinity;
    return clock() + atomic.load(Control.DEBUG) - lasted(waiter);
  },
  lasts(waiter: number, sleep: Sleep | undefined): void {
    const stack = callersFrames(sleep?.began);
    const holder = holderFor(waitOf(waiter));
    const held = holder === 0 ? '' : `, held by ${holder === self.ident ? 'itself' : threadNameOf(holder)}`;
    const what = `${describeWait(waitOf(waiter))}${held}`;
    tell(`Slow wait: ${ownName()} has been waiting for ${what} for ${lasted(waiter)} ms\n${stack}`, `slow ${stack}`);
    sleep?.ends();
  },
};

function waitOf(waiter: number): Blocked {
  return { waiter, kind: i32[waiter + Waiter.KIND], object: i32[waiter + Waiter.OBJECT], since: 0, sequence: 0 };
}

function lasted(waiter: number): number {
  return Math.max(0, (clockWord() - i32[waiter + Waiter.SINCE]) | 0);
}

/** The wait is over, or lasts: what is still held, and was not released by others, was held all the time. */
function warnOfHeld(held: readonly Holding[], wait: string, began: Error): void {
  const still = held.filter((holding) => isHeld(holding) && !isSignalled(holding));
  if (still.length === 0) return;
  const locks = still.map(({ address }) => nameObject(address)).join(', ');
  const stack = callersFrames(began);
  const places = still.map(({ taken }) => callersFrames(taken));
  const acquired = still.map(({ address }, k) => `  ${nameObject(address)} was acquired\n${places[k]}`);
  tell(
    `Lock held across a wait: ${ownName()} waits for ${wait}, and holds ${locks}.\n${stack}\n${acquired.join('\n')}`,
    `wait ${stack}\n${places.join('\n')}`,
  );
}

/** Tells of the locks that the thread, which ends, still holds. */
export function warnOfKept(): void {
  for (const holding of heldByThread()) {
    if (isSignalled(holding)) continue;
    const stack = callersFrames(holding.taken);
    const lock = nameObject(holding.address);
    tell(`Lock held at the end: ${ownName()} ends and has not released ${lock}, acquired\n${stack}`, `end ${stack}`);
  }
}
