/**
 * Debug mode: the orders in which this thread takes locks. They enter the graph that all threads share (park/lock-order.ts) when the
 * outer lock is released by whoever holds it: a lock that others release is a signal, and holding it keeps nobody from anything.
 */
import { HeapExhaustedError } from '../errors.js';
import { self } from '../heap/agents.js';
import type { Handle } from '../heap/handle.js';
import { ADDRESS } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { writeText } from '../heap/text.js';
import { callersFrames } from '../host/stack.js';
import {
  addEdge,
  BLOCKING,
  dropEdge,
  Edge,
  FROM_CAN_SIGNAL,
  HELD_TO_READ,
  newEdge,
  noteWriter,
  TAKEN_TO_READ,
  TO_CAN_SIGNAL,
} from '../park/lock-order.js';
import { typeOf } from '../heap/records.js';
import { RLOCK_TYPE } from '../threading/types.js';
import { ownName } from './waits.js';
import { findCircle, type Step } from './circles.js';
import { tell } from './findings.js';
import { heldByFlow, heldByThread, type Holding } from './holdings.js';
import { nameObject } from './report.js';

/** A lock that was taken under another one. */
export interface Order {
  readonly to: Handle;
  readonly modes: number;
  /** Id and 1 for a reader, of each lock that was held. */
  readonly held: readonly number[];
  readonly flow: number;
  readonly taken: Error;
}

/** What an edge has to tell. */
interface Tale {
  readonly thread: string;
  readonly from: string;
  readonly to: string;
  readonly held: string;
  readonly taken: string;
}

/** Orders that this thread has entered; and the RWLocks that it has written under. */
const entered = new Set<string>();
const written = new Set<number>();
/** Locks come and go: what is known of those that are gone is forgotten with the rest, and found again. */
const MOST_KNOWN = 10_000;

/** Forgets what this thread has entered: another one runs on the worker. */
export function forgetOrders(): void {
  entered.clear();
  written.clear();
}

/** Notes what was held when `taken` was; for an acquire that would have waited for ever. */
export function noteOrders(taken: Holding): void {
  const others = taken.isAsync ? heldByFlow(taken) : heldByThread().filter((one) => one !== taken);
  if (others.length === 0) return;
  const held = others.flatMap(({ id, reads }) => [id, reads ? 1 : 0]);
  const both = (taken.reads ? TAKEN_TO_READ : 0) | (taken.isAsync ? 0 : BLOCKING) | canSignal(taken, TO_CAN_SIGNAL);
  for (const outer of others) {
    // Twice the same lock: only readers get that far.
    if (outer.id === taken.id && !(outer.reads && taken.reads)) continue;
    const modes = both | (outer.reads ? HELD_TO_READ : 0) | canSignal(outer, FROM_CAN_SIGNAL);
    const key = [outer.id, taken.id, modes, taken.flow, ...held].join();
    if (entered.has(key) || outer.orders.has(key)) continue;
    outer.orders.set(key, { to: taken.lock as Handle, modes, held, flow: taken.flow, taken: taken.taken });
  }
}

function canSignal({ address }: Holding, bit: number): number {
  return typeOf(address) === RLOCK_TYPE ? 0 : bit;
}

/** Enters the orders of a lock that its holder has released. */
export function enterOrders(outer: Holding, lock: Handle): void {
  for (const [key, order] of outer.orders) {
    if (entered.has(key)) continue;
    if (entered.size >= MOST_KNOWN) entered.clear();
    entered.add(key);
    heapPermitting(() => enter(outer, lock, order));
  }
  outer.orders.clear();
}

function enter(outer: Holding, lock: Handle, { to, modes, held, flow, taken }: Order): void {
  const tale: Tale = {
    thread: ownName(),
    from: nameObject(lock[ADDRESS]),
    to: nameObject(to[ADDRESS]),
    held: callersFrames(outer.taken),
    taken: callersFrames(taken),
  };
  const edge = newEdge(held);
  try {
    i32[edge + Edge.TEXT] = writeText(JSON.stringify(tale));
    i32[edge + Edge.THREAD] = self.ident;
    i32[edge + Edge.FLOW] = flow;
    i32[edge + Edge.MODES] = modes;
    if (addEdge(edge, lock[ADDRESS], to[ADDRESS])) warnOf(findCircle(lock[ADDRESS], to[ADDRESS]));
  } finally {
    dropEdge(edge);
  }
}

/** Notes that this thread has taken an RWLock as a writer: circles of its readers may be able to come about now. */
export function noteWriting({ id, address }: Holding): void {
  if (written.has(id)) return;
  if (written.size >= MOST_KNOWN) written.clear();
  written.add(id);
  heapPermitting(() => {
    if (noteWriter(address, self.ident)) warnOf(findCircle(address, address));
  });
}

/** A full heap is the program's business: a call that only gives something up must not fail because of debug mode. */
function heapPermitting(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HeapExhaustedError)) throw error;
  }
}

function warnOf(circle: readonly Step[]): void {
  if (circle.length === 0) return;
  const tales = circle.map(({ text }) => JSON.parse(text) as Tale);
  const places = tales.map(({ held, taken }) => `${held}\n${taken}`).toSorted();
  const locks = circle.map(({ from }) => from).toSorted((a, b) => a - b);
  tell(
    `${headline(circle, tales)}\n${tales.map((tale, k) => paragraph(circle[k], tale)).join('\n')}`,
    `places ${places.join('\n')}`,
    `locks ${locks.join()}`,
  );
}

function headline(circle: readonly Step[], tales: readonly Tale[]): string {
  if (circle.length === 1) {
    return `Possible deadlock: a reader of ${tales[0].from} reads again, and would wait behind a writer who comes in between.`;
  }
  const names = tales.map(({ from }) => from);
  return `Possible deadlock: ${names.join(', ')} are acquired in a circle.`;
}

function paragraph({ modes }: Step, { thread, from, to, held, taken }: Tale): string {
  const reading = (bit: number): string => ((modes & bit) === 0 ? '' : ' for reading');
  return [
    `  ${thread} acquired ${from}${reading(HELD_TO_READ)}`,
    held,
    `  and, holding it, ${to}${reading(TAKEN_TO_READ)}`,
    taken,
  ].join('\n');
}
