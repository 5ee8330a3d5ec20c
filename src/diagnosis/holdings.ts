/**
 * Debug mode: what this thread holds, and which of its flows took it.
 *
 * A flow is a sequence of calls that waits for each of its asynchronous acquires before it goes on. Flows are told apart by the
 * context of asynchronous calls: a holding stands there, too, and who makes an asynchronous acquire in a context where another one
 * has not answered yet is another flow. Those that cannot be told apart count as one, which hides findings and invents none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { self } from '../heap/agents.js';
import { ADDRESS, type Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { typeOf } from '../heap/records.js';
import { errorHere } from '../host/stack.js';
import { isSignal, ownerOf } from '../park/mutex.js';
import { insideOf, writerOf } from '../park/rw-mutex.js';
import { RLOCK_TYPE, RW_LOCK_TYPE } from '../threading/types.js';
import type { Order } from './orders.js';

/** An asynchronous acquire that has not answered. */
const PENDING = 0;
const HELD = 1;
/** Given up, or not acquired after all. */
const GONE = 2;

/** One lock that this thread holds, or is about to. */
export interface Holding {
  /** Keeps it alive while it is held. */
  lock: Handle | undefined;
  readonly address: number;
  readonly id: number;
  /** Of an RWLock, as one of its readers. */
  readonly reads: boolean;
  readonly isAsync: boolean;
  /** What stands in the lock while it is held by this one. */
  owner: number;
  state: typeof PENDING | typeof HELD | typeof GONE;
  /** Where it was acquired, or last lent to a Condition. */
  taken: Error;
  /** Locks that were acquired while this one was held (orders.ts). */
  readonly orders: Map<string, Order>;
  readonly outer: Holding | undefined;
  readonly flow: number;
  readonly thread: number;
}

const context = new AsyncLocalStorage<Holding | undefined>();
/** In the order in which they were taken. */
let held: Holding[] = [];
let flows = 0;

/** A holding that begins, for the flow that runs. `isAsync`: it has not answered yet. */
export function newHolding(lock: Handle, reads: boolean, isAsync: boolean): Holding {
  const head = context.getStore();
  const mine = head !== undefined && head.thread === self.ident ? head : undefined;
  let outer = mine;
  // While an acquire has not answered, its own flow stands still.
  const isOther = isAsync && mine?.state === PENDING;
  while (outer !== undefined && (outer.state === GONE || (isOther && outer.state === PENDING))) outer = outer.outer;
  const holding: Holding = {
    lock,
    address: lock[ADDRESS],
    id: i32[lock[ADDRESS] + Record.ID],
    reads,
    isAsync,
    owner: 0,
    state: PENDING,
    taken: errorHere(),
    orders: new Map(),
    outer,
    flow: isOther ? ++flows : (mine?.flow ?? 0),
    thread: self.ident,
  };
  context.enterWith(holding);
  return holding;
}

/** The holding begins: its lock is held now. */
export function hold(holding: Holding, lock: Handle): void {
  // Whoever had it before in this thread lost it to somebody who released it for him.
  if (!holding.reads) for (const other of held) if (other.address === holding.address) letGo(other);
  holding.lock = lock;
  holding.owner = typeOf(holding.address) === RW_LOCK_TYPE ? self.ident : ownerOf(holding.address);
  holding.state = HELD;
  held.push(holding);
}

/** The holding ends, or never was. */
export function letGo(holding: Holding): void {
  holding.state = GONE;
  holding.lock = undefined;
  held = held.filter((other) => other !== holding);
}

/** Whether it is still as it seems: others can release a Lock. */
export function isHeld({ state, address, reads, owner }: Holding): boolean {
  if (state !== HELD) return false;
  if (reads) return insideOf(address) > 0;
  return typeOf(address) === RW_LOCK_TYPE ? writerOf(address) === owner : ownerOf(address) === owner;
}

/** What this thread holds: nobody gives it up while the thread sleeps. */
export function heldByThread(): readonly Holding[] {
  for (const holding of held.filter((one) => !isHeld(one))) letGo(holding);
  return held;
}

/** What the flow holds that made this holding, or, without one, the flow that runs. */
export function heldByFlow(inner?: Holding): readonly Holding[] {
  const found: Holding[] = [];
  for (let one = inner === undefined ? context.getStore() : inner.outer; one !== undefined; one = one.outer) {
    if (one.thread === self.ident && isHeld(one)) found.unshift(one);
  }
  return found;
}

/** The flow's holding of the lock, or, if it has none, the thread's; whether it is the flow's own. */
export function holdingOf(lock: number, reads: boolean): { holding: Holding | undefined; own: boolean } {
  for (let one = context.getStore(); one !== undefined; one = one.outer) {
    if (one.address === lock && one.reads === reads && isHeld(one)) return { holding: one, own: true };
  }
  const holding = heldByThread().findLast((one) => one.address === lock && one.reads === reads);
  return { holding, own: holding?.isAsync === false };
}

/** Whether others than its holders give the lock up: then to hold it means little. */
export function isSignalled({ address }: Holding): boolean {
  return typeOf(address) !== RLOCK_TYPE && isSignal(address);
}

/** The thread has ended, and another one may follow on its worker. */
export function forgetHoldings(): void {
  held = [];
}
