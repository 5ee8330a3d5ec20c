/**
 * Chains: items in the heap, in order, that several readers take at their own pace. Each item is kept until all have it.
 * Under concurrentTee.
 *
 *   node:  REFS     who refers to it: readers that stand there, the writer if it is the last, the node before it
 *          STATE    EMPTY  the last node: the place of the item that comes next
 *                   ITEM   PARCEL holds it (errands.ts), NEXT is the node behind
 *                   END    the last node, and no item comes
 *
 * One thread writes, and changes a node once, from EMPTY. Readers stand in records; where each stands changes under its
 * record's latch. (The chain is that of CPython's itertools.tee, with the nodes counted.)
 */
import * as atomic from '../heap/atomic.js';
import { allocate, free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { discardParcel } from './errands.js';
import { latch, unlatch } from './latch.js';

const REFS = 0;
const NEXT = 1;
const STATE = 2;
const PARCEL = 3;
const NODE_BYTES = 16;

// A new node is 0, EMPTY.
const ITEM = 1;
const END = 2;

/** A node that stands alone, with one reference for the caller. Throws HeapExhaustedError. */
export function newNode(): number {
  const node = allocate(NODE_BYTES);
  i32[node + REFS] = 1;
  return node;
}

/** One more reference on the node. */
export function keepNode(node: number): void {
  atomic.add(node + REFS, 1);
}

/** Gives a reference on the node up, and frees what nobody refers to any more. */
export function dropNode(node: number): void {
  while (node !== 0 && atomic.sub(node + REFS, 1) === 1) {
    const next = i32[node + NEXT];
    discardParcel(i32[node + PARCEL]);
    free(node);
    node = next;
  }
}

/** For the writer: puts an item into the last node, and `next` behind it. */
export function fillNode(node: number, parcel: number, next: number): void {
  i32[node + PARCEL] = parcel;
  i32[node + NEXT] = next;
  keepNode(next);
  atomic.store(node + STATE, ITEM);
}

/** For the writer: no item comes any more. */
export function endNode(node: number): void {
  atomic.store(node + STATE, END);
}

/** The item in a node, which keeps it. */
export function parcelIn(node: number): number {
  return i32[node + PARCEL];
}

/** What `advance` returns at the end of the chain. */
export const AT_END = 0;

/**
 * Moves the reader on whose place is the word at `place` of `record`. Returns the node with its item, whose reference the
 * caller gets; the negative of the node's address if that is empty still; or AT_END.
 */
export function advance(record: number, place: number): number {
  latch(record + Record.LATCH);
  const node = i32[record + place];
  const state = atomic.load(node + STATE);
  if (state === ITEM) {
    const next = i32[node + NEXT];
    keepNode(next);
    i32[record + place] = next;
  }
  unlatch(record + Record.LATCH);
  return state === ITEM ? node : state === END ? AT_END : -node;
}

/** The node at which the reader stands, with a reference for the caller. */
export function standingAt(record: number, place: number): number {
  latch(record + Record.LATCH);
  const node = i32[record + place];
  keepNode(node);
  unlatch(record + Record.LATCH);
  return node;
}
