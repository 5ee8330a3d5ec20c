/**
 * What stands in a queue, and in which order it comes out. The waiting is park/queue.ts's; everything here but `grow` runs
 * under the record's latch.
 *
 * An entry is two words: a slot (wire/slot.ts), or in a PRIORITIES storage the address of a node (park/priorities.ts). The
 * entries stand in one block, which doubles:
 *
 *   FIFO        a ring: COUNT entries from FIRST on
 *   LIFO        a stack: the last of the COUNT entries is the next
 *   PRIORITIES  a binary heap: the first entry is the next
 */
import * as atomic from '../heap/atomic.js';
import { allocateRaw, free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { latch, unlatch } from './latch.js';
import { insertNode, removeNode } from './priorities.js';

const DISCIPLINE: number = Record.BODY;
/** Entries inside. */
export const COUNT: number = Record.BODY + 1;
export const BUFFER: number = Record.BODY + 2;
/** Entries that the block has room for: 0, or a power of two. */
export const CAPACITY: number = Record.BODY + 3;
export const FIRST: number = Record.BODY + 4;
/** Words of the storage in a queue's record. */
export const STORAGE_WORDS = 6;

export const FIFO = 0;
export const LIFO = 1;
export const PRIORITIES = 2;

/** 128 bytes: a queue of a few items is the usual one. */
const FIRST_CAPACITY = 16;
/** A block that has become larger than this (8 KiB) is not kept once the queue is empty. */
const KEPT_CAPACITY = 1024;

/** Sets the order of a new, empty storage. */
export function setDiscipline(queue: number, discipline: number): void {
  i32[queue + DISCIPLINE] = discipline;
}

/** The order in which entries come out. */
export function disciplineOf(queue: number): number {
  return i32[queue + DISCIPLINE];
}

/** Whether one more entry has a place. */
export function hasPlace(queue: number): boolean {
  return i32[queue + COUNT] < i32[queue + CAPACITY];
}

/** Puts the entry in; there is a place. False if it cannot be compared with those inside: nothing changed then. */
export function insert(queue: number, low: number, high: number): boolean {
  const count = i32[queue + COUNT];
  const buffer = i32[queue + BUFFER];
  const discipline = i32[queue + DISCIPLINE];
  if (discipline === PRIORITIES) {
    if (!insertNode(buffer, count, low)) return false;
  } else {
    const place = discipline === FIFO ? (i32[queue + FIRST] + count) & (i32[queue + CAPACITY] - 1) : count;
    i32[buffer + 2 * place] = low;
    i32[buffer + 2 * place + 1] = high;
  }
  i32[queue + COUNT] = count + 1;
  return true;
}

/** Takes the next entry out and writes it to the two words at `to`; there is one. */
export function remove(queue: number, to: number): void {
  const count = i32[queue + COUNT] - 1;
  const buffer = i32[queue + BUFFER];
  const discipline = i32[queue + DISCIPLINE];
  let place = 0;
  if (discipline === FIFO) {
    place = i32[queue + FIRST];
    i32[queue + FIRST] = (place + 1) & (i32[queue + CAPACITY] - 1);
  } else if (discipline === LIFO) place = count;
  i32[to] = i32[buffer + 2 * place];
  i32[to + 1] = i32[buffer + 2 * place + 1];
  if (discipline === PRIORITIES) removeNode(buffer, count);
  i32[queue + COUNT] = count;
}

/** Puts an entry back that was the next one; there is a place. */
export function restore(queue: number, low: number, high: number): void {
  if (i32[queue + DISCIPLINE] !== FIFO) {
    // Its node keeps its number of arrival. It was compared when it came; with those inside, or they came later.
    insert(queue, low, high);
    return;
  }
  const place = (i32[queue + FIRST] - 1) & (i32[queue + CAPACITY] - 1);
  i32[queue + FIRST] = place;
  i32[i32[queue + BUFFER] + 2 * place] = low;
  i32[i32[queue + BUFFER] + 2 * place + 1] = high;
  i32[queue + COUNT]++;
}

/** Without the latch: makes room for more. Throws HeapExhaustedError. Others may be faster: look again afterwards. */
export function grow(queue: number): void {
  const capacity = atomic.load(queue + CAPACITY);
  const wanted = capacity === 0 ? FIRST_CAPACITY : 2 * capacity;
  const block = allocateRaw(wanted * 8);
  latch(queue + Record.LATCH);
  let unused = block;
  if (i32[queue + CAPACITY] === capacity) {
    unused = i32[queue + BUFFER];
    const first = i32[queue + FIRST];
    i32.copyWithin(block, unused + 2 * first, unused + 2 * capacity);
    i32.copyWithin(block + 2 * (capacity - first), unused, unused + 2 * first);
    i32[queue + BUFFER] = block;
    i32[queue + FIRST] = 0;
    atomic.store(queue + CAPACITY, wanted);
  }
  unlatch(queue + Record.LATCH);
  if (unused !== 0) free(unused);
}

/** If the storage is empty and its block large, takes that away: the caller frees what is returned, unless it is 0. */
export function outgrown(queue: number): number {
  if (i32[queue + COUNT] !== 0 || i32[queue + CAPACITY] <= KEPT_CAPACITY) return 0;
  return detach(queue);
}

/** Takes the block away, with all that is in it. */
export function detach(queue: number): number {
  const block = i32[queue + BUFFER];
  i32[queue + BUFFER] = 0;
  i32[queue + FIRST] = 0;
  atomic.store(queue + COUNT, 0);
  atomic.store(queue + CAPACITY, 0);
  return block;
}

/** Address of the entry at `place` of a block, counted round. */
export function entryAt(block: number, capacity: number, place: number): number {
  return block + 2 * (place & (capacity - 1));
}
