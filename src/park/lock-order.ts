/**
 * The graph of debug mode: who took which lock while holding which other one. It stands in the heap, so that a thread that adds
 * an edge sees those of all others; of any circle, whoever adds the last edge sees the whole.
 *
 *   node: a lock that an edge begins or ends at; the lock's LOCK_MARKS word has its address. Freed with the lock, and its edges.
 *   edge: one thread took the lock TO while it held the lock FROM. What it says does not change.
 *
 * Nodes, lists and REFS of edges change under DEBUG_LATCH. An edge has a reference for its place in the graph and one for each
 * thread that reads it outside of the latch. Locks are told apart by their ids, which are never given twice.
 */
import * as atomic from '../heap/atomic.js';
import { allocate, free } from '../heap/allocator.js';
import { Control, Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { latch, unlatch } from './latch.js';

/** The word that mutexes and RWLocks have for this. */
export const LOCK_MARKS: number = Record.BODY + 3;
/** Bit of that word (addresses are even): others than its holder gave the lock up. */
export const SIGNAL = 1;

const Node = {
  /** First of the edges that begin here, and of those that end here. */
  OUT: 0,
  IN: 1,
  LOCK: 2,
  /** Of an RWLock: ident of the thread that was inside as a writer, SEVERAL if there were others, 0 if there was none. */
  WRITER: 3,
  /** The last walk that came by, and where it went next. */
  WALK: 4,
  NEXT: 5,
  WORDS: 6,
} as const;

const SEVERAL = -1;

export const Edge = {
  FROM: 0,
  TO: 1,
  OUT_NEXT: 2,
  OUT_PREV: 3,
  IN_NEXT: 4,
  IN_PREV: 5,
  REFS: 6,
  FROM_ID: 7,
  TO_ID: 8,
  /** Ident of the thread, and the asynchronous flow in it that took the lock. */
  THREAD: 9,
  FLOW: 10,
  /** Bits: see below. */
  MODES: 11,
  /** Address of a text for reports. */
  TEXT: 12,
  /** How many locks were held, and for each its id and 1 if that was as a reader. */
  HELD_COUNT: 13,
  HELD: 14,
} as const;

/** FROM was held as a reader. */
export const HELD_TO_READ = 1;
/** TO was taken as a reader. */
export const TAKEN_TO_READ = 2;
/** The thread would have slept for it, and done nothing else meanwhile. */
export const BLOCKING = 4;
/** FROM, and TO, can be given up by others than their holders. */
export const FROM_CAN_SIGNAL = 8;
export const TO_CAN_SIGNAL = 16;

/** The same edge is kept for so many threads: as many as the longest circle that is looked for (diagnosis/circles.ts) has. */
export const THREADS_KEPT = 8;

/** A new edge, in no graph yet, with one reference of the caller's. `held` has two numbers for each lock. Throws HeapExhaustedError. */
export function newEdge(held: readonly number[]): number {
  const edge = allocate((Edge.HELD + held.length) * 4);
  i32[edge + Edge.REFS] = 1;
  i32[edge + Edge.HELD_COUNT] = held.length / 2;
  for (let k = 0; k < held.length; k++) i32[edge + Edge.HELD + k] = held[k];
  return edge;
}

/** Gives a reference on the edge up. */
export function dropEdge(edge: number): void {
  if (atomic.sub(edge + Edge.REFS, 1) !== 1) return;
  if (i32[edge + Edge.TEXT] !== 0) free(i32[edge + Edge.TEXT]);
  free(edge);
}

function nodeOf(lock: number): number {
  return i32[lock + LOCK_MARKS] & ~SIGNAL;
}

/** Under the latch: the lock's node, which `spare` becomes if it has none. */
function nodeFor(lock: number, spare: number): number {
  const known = nodeOf(lock);
  if (known !== 0) return known;
  i32[spare + Node.LOCK] = lock;
  atomic.or(lock + LOCK_MARKS, spare);
  return spare;
}

/**
 * Puts the edge from one lock to another into the graph, which refers to it then; false if it is known already. Both locks live
 * as long as the call.
 */
export function addEdge(edge: number, from: number, to: number): boolean {
  i32[edge + Edge.FROM_ID] = i32[from + Record.ID];
  i32[edge + Edge.TO_ID] = i32[to + Record.ID];
  const spare = allocate(Node.WORDS * 4);
  const other = allocate(Node.WORDS * 4);
  latch(Control.DEBUG_LATCH);
  const start = nodeFor(from, spare);
  const end = nodeFor(to, other);
  const fresh = !isKnown(edge, start, end);
  if (fresh) insert(edge, start, end);
  unlatch(Control.DEBUG_LATCH);
  if (start !== spare) free(spare);
  if (end !== other) free(other);
  return fresh;
}

/** Under the latch: whether there is the same edge of the same thread, or of enough threads. */
function isKnown(edge: number, start: number, end: number): boolean {
  let threads = 0;
  for (let e = i32[start + Node.OUT]; e !== 0; e = i32[e + Edge.OUT_NEXT]) {
    if (i32[e + Edge.TO] !== end || !sameCircumstances(e, edge)) continue;
    if (i32[e + Edge.THREAD] === i32[edge + Edge.THREAD] && i32[e + Edge.FLOW] === i32[edge + Edge.FLOW]) return true;
    threads++;
  }
  return threads >= THREADS_KEPT;
}

function sameCircumstances(a: number, b: number): boolean {
  if (i32[a + Edge.MODES] !== i32[b + Edge.MODES]) return false;
  const words = 2 * i32[a + Edge.HELD_COUNT];
  if (2 * i32[b + Edge.HELD_COUNT] !== words) return false;
  for (let k = 0; k < words; k++) if (i32[a + Edge.HELD + k] !== i32[b + Edge.HELD + k]) return false;
  return true;
}

function insert(edge: number, start: number, end: number): void {
  i32[edge + Edge.FROM] = start;
  i32[edge + Edge.TO] = end;
  const out = i32[start + Node.OUT];
  i32[edge + Edge.OUT_NEXT] = out;
  if (out !== 0) i32[out + Edge.OUT_PREV] = edge;
  i32[start + Node.OUT] = edge;
  const into = i32[end + Node.IN];
  i32[edge + Edge.IN_NEXT] = into;
  if (into !== 0) i32[into + Edge.IN_PREV] = edge;
  i32[end + Node.IN] = edge;
  atomic.add(edge + Edge.REFS, 1);
}

function removeFromOut(edge: number): void {
  const next = i32[edge + Edge.OUT_NEXT];
  const prev = i32[edge + Edge.OUT_PREV];
  if (prev === 0) i32[i32[edge + Edge.FROM] + Node.OUT] = next;
  else i32[prev + Edge.OUT_NEXT] = next;
  if (next !== 0) i32[next + Edge.OUT_PREV] = prev;
}

function removeFromIn(edge: number): void {
  const next = i32[edge + Edge.IN_NEXT];
  const prev = i32[edge + Edge.IN_PREV];
  if (prev === 0) i32[i32[edge + Edge.TO] + Node.IN] = next;
  else i32[prev + Edge.IN_NEXT] = next;
  if (next !== 0) i32[next + Edge.IN_PREV] = prev;
}

/** A lock is about to be freed: its node and its edges go with it. */
export function forgetLock(lock: number): void {
  const node = nodeOf(lock);
  if (node === 0) return;
  let gone = 0;
  latch(Control.DEBUG_LATCH);
  for (let edge = i32[node + Node.OUT]; edge !== 0; edge = i32[node + Node.OUT]) {
    removeFromOut(edge);
    removeFromIn(edge);
    i32[edge + Edge.OUT_NEXT] = gone;
    gone = edge;
  }
  for (let edge = i32[node + Node.IN]; edge !== 0; edge = i32[node + Node.IN]) {
    removeFromOut(edge);
    removeFromIn(edge);
    i32[edge + Edge.OUT_NEXT] = gone;
    gone = edge;
  }
  unlatch(Control.DEBUG_LATCH);
  free(node);
  while (gone !== 0) {
    const edge = gone;
    gone = i32[edge + Edge.OUT_NEXT];
    dropEdge(edge);
  }
}

/** Notes that the thread was inside the RWLock as a writer; true if that can change what its readers wait for. */
export function noteWriter(lock: number, ident: number): boolean {
  const spare = allocate(Node.WORDS * 4);
  latch(Control.DEBUG_LATCH);
  const node = nodeFor(lock, spare);
  const before = i32[node + Node.WRITER];
  const after = before === 0 || before === ident ? ident : SEVERAL;
  i32[node + Node.WRITER] = after;
  unlatch(Control.DEBUG_LATCH);
  if (node !== spare) free(spare);
  return before !== after;
}

/** Whether some thread other than those of `idents` was inside the lock of this WRITER word as a writer. */
export function isWrittenByOthers(writer: number, idents: readonly number[]): boolean {
  return writer === SEVERAL || (writer !== 0 && !idents.includes(writer));
}

/** Words for each edge that is collected: its address, and the WRITER word of TO. */
export const COLLECTED = 2;

/**
 * Writes into `room` the edges that begin at what can be reached from the lock `to`, if `from` is among that; each with a reference
 * for the caller, who calls `dropEdge`. Returns their number; if there is no room for so many, nothing else happens.
 */
export function collectEdges(from: number, to: number, room: Int32Array): number {
  const capacity = room.length / COLLECTED;
  latch(Control.DEBUG_LATCH);
  const first = nodeOf(to);
  const count = first === 0 || nodeOf(from) === 0 ? 0 : walk(nodeOf(from), first);
  let at = 0;
  if (count <= capacity) {
    for (let node = count === 0 ? 0 : first; node !== 0; node = i32[node + Node.NEXT]) {
      for (let edge = i32[node + Node.OUT]; edge !== 0; edge = i32[edge + Edge.OUT_NEXT]) {
        if (isSignalling(edge)) continue;
        atomic.add(edge + Edge.REFS, 1);
        room[at] = edge;
        room[at + 1] = i32[i32[edge + Edge.TO] + Node.WRITER];
        at += COLLECTED;
      }
    }
  }
  unlatch(Control.DEBUG_LATCH);
  return count <= capacity ? at / COLLECTED : count;
}

/** Under the latch: links the nodes that can be reached from `first`, and counts their edges; 0 if `goal` is none of them. */
function walk(goal: number, first: number): number {
  const turn = (i32[Control.DEBUG_WALKS] + 1) | 0;
  i32[Control.DEBUG_WALKS] = turn;
  i32[first + Node.WALK] = turn;
  i32[first + Node.NEXT] = 0;
  let last = first;
  let count = 0;
  for (let node = first; node !== 0; node = i32[node + Node.NEXT]) {
    for (let edge = i32[node + Node.OUT]; edge !== 0; edge = i32[edge + Edge.OUT_NEXT]) {
      count++;
      const to = i32[edge + Edge.TO];
      if (i32[to + Node.WALK] === turn) continue;
      i32[to + Node.WALK] = turn;
      i32[to + Node.NEXT] = 0;
      i32[last + Node.NEXT] = to;
      last = to;
    }
  }
  return i32[goal + Node.WALK] === turn ? count : 0;
}

/** Whether a lock of the edge serves as a signal: then nobody must come back for it to be given up. */
function isSignalling(edge: number): boolean {
  const modes = i32[edge + Edge.MODES];
  return (
    ((modes & FROM_CAN_SIGNAL) !== 0 && (marksAt(i32[edge + Edge.FROM]) & SIGNAL) !== 0) ||
    ((modes & TO_CAN_SIGNAL) !== 0 && (marksAt(i32[edge + Edge.TO]) & SIGNAL) !== 0)
  );
}

function marksAt(node: number): number {
  return i32[i32[node + Node.LOCK] + LOCK_MARKS];
}
