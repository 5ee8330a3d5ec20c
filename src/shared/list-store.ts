/**
 * Lists in the heap: a block of cells with the elements in a row, and room before and behind them.
 *
 *   LATCH     (of the header) versioned latch over all words below and the cells
 *   BLOCK     address of the cells, 0: none yet
 *   CAPACITY  cells in the block
 *   HEAD      number of the first element's cell
 *   LENGTH    number of elements
 *
 * Blocks are allocated outside of the latch; whoever comes with one looks again whether it is needed. What leaves the list is
 * released outside, too: it goes to a block of the leaving thread's first.
 */
import * as atomic from '../heap/atomic.js';
import { allocateRaw, free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, retain } from '../heap/records.js';
import { exchangeHeld, giveChanged, giveUnchanged, isSteady, look, take, unchanged } from '../park/versioned.js';
import { plainValue, Tag } from '../wire/slot.js';
import {
  CELL_WORDS,
  decode,
  dropCells,
  dropWords,
  glimpse,
  keepWords,
  keptHigh,
  keptLow,
  sameCells,
  STAGE,
  UNKNOWN,
} from './cells.js';
import { LIST_TYPE } from './types.js';

const GUARD: number = Record.LATCH;
const BLOCK: number = Record.BODY;
const CAPACITY: number = BLOCK + 1;
const HEAD: number = CAPACITY + 1;
const LENGTH: number = HEAD + 1;
const BODY_WORDS = 4;

const SMALLEST = 4;
const BYTES_PER_CELL = CELL_WORDS * 4;

defineRecord(LIST_TYPE, { label: 'SharedList', dispose: clearList });

/** A new list with room for `room` elements. Throws HeapExhaustedError. */
export function newList(room: number): number {
  const block = room === 0 ? 0 : allocateRaw(room * BYTES_PER_CELL);
  let list = 0;
  try {
    list = newRecord(LIST_TYPE, BODY_WORDS);
  } finally {
    if (list === 0 && block !== 0) free(block);
  }
  i32[list + BLOCK] = block;
  i32[list + CAPACITY] = room;
  return list;
}

/** Empties a list that nobody else knows. */
export function clearList(list: number): void {
  const block = i32[list + BLOCK];
  if (block === 0) return;
  const first = block + i32[list + HEAD] * CELL_WORDS;
  const count = i32[list + LENGTH];
  i32[list + BLOCK] = 0;
  i32[list + CAPACITY] = 0;
  i32[list + HEAD] = 0;
  i32[list + LENGTH] = 0;
  dropCells(first, count);
  free(block);
}

export function lengthOf(list: number): number {
  return atomic.load(list + LENGTH);
}

/** Word of the cell of element `index`; under the latch. */
function cellOf(list: number, index: number): number {
  return i32[list + BLOCK] + (i32[list + HEAD] + index) * CELL_WORDS;
}

/** The index that `index` means, which may count from the end: from 0 to length - 1, else -1. Under the latch. */
function within(list: number, index: number): number {
  const length = i32[list + LENGTH];
  const at = index < 0 ? index + length : index;
  return at >= 0 && at < length ? at : -1;
}

/** Reads element `index`; UNKNOWN if the list has none. */
export function readElement(list: number, index: number): unknown {
  const word = look(list + GUARD);
  if (isSteady(word)) {
    const length = atomic.load(list + LENGTH);
    const at = index < 0 ? index + length : index;
    if (at >= 0 && at < length) {
      const cell = atomic.load(list + BLOCK) + (atomic.load(list + HEAD) + at) * CELL_WORDS;
      if (cell > 0 && cell + 1 < i32.length) {
        const low = atomic.load(cell);
        const high = atomic.load(cell + 1);
        const value = high === Tag.RECORD ? glimpse(low) : plainValue(low, high);
        if (value !== UNKNOWN && unchanged(list + GUARD, word)) return value;
      }
    } else if (unchanged(list + GUARD, word)) {
      return UNKNOWN;
    }
  }
  return keepElement(list, index) ? decode(keptLow, keptHigh) : UNKNOWN;
}

/** Keeps element `index` for decoding; false if the list has none. */
export function keepElement(list: number, index: number): boolean {
  const version = take(list + GUARD);
  const at = within(list, index);
  if (at >= 0) keepWords(i32[cellOf(list, at)], i32[cellOf(list, at) + 1]);
  giveUnchanged(list + GUARD, version);
  return at >= 0;
}

/** Moves what is in the stage to element `index`, in place of what was there; false (the stage is as it was) if the list has none. */
export function writeElement(list: number, index: number): boolean {
  const low = i32[STAGE];
  const high = i32[STAGE + 1];
  const version = take(list + GUARD);
  const at = within(list, index);
  if (at < 0) {
    giveUnchanged(list + GUARD, version);
    return false;
  }
  const cell = cellOf(list, at);
  const oldLow = i32[cell];
  const oldHigh = i32[cell + 1];
  i32[cell] = low;
  i32[cell + 1] = high;
  giveChanged(list + GUARD, version);
  dropWords(oldLow, oldHigh);
  return true;
}

/** As `writeElement`, if these words are there; gives them up, and the stage if they are not. */
export function swapElement(list: number, index: number, seenLow: number, seenHigh: number): boolean {
  const low = i32[STAGE];
  const high = i32[STAGE + 1];
  const version = take(list + GUARD);
  const at = within(list, index);
  const cell = at < 0 ? 0 : cellOf(list, at);
  const same = at >= 0 && i32[cell] === seenLow && i32[cell + 1] === seenHigh;
  if (same) {
    i32[cell] = low;
    i32[cell + 1] = high;
    giveChanged(list + GUARD, version);
    dropWords(seenLow, seenHigh);
  } else {
    giveUnchanged(list + GUARD, version);
    dropWords(low, high);
  }
  dropWords(seenLow, seenHigh);
  return same;
}

/** As `takeWithRoom`, for whoever has a value in hand that is lost where there is no room. */
function takeFor(list: number, low: number, high: number): number {
  try {
    return takeWithRoom(list, 0, 1);
  } catch (error) {
    dropWords(low, high);
    throw error;
  }
}

/** Takes the latch, with room for `before` and `behind` cells around the elements. Throws HeapExhaustedError, without the latch. */
function takeWithRoom(list: number, before: number, behind: number): number {
  for (;;) {
    const version = take(list + GUARD);
    const length = i32[list + LENGTH];
    const head = i32[list + HEAD];
    const capacity = i32[list + CAPACITY];
    if (head >= before && capacity - head - length >= behind) return version;
    const needed = before + length + behind;
    if (needed <= capacity - (capacity >> 2)) {
      // Enough room at the wrong end: half of what is left goes to either.
      moveTo(list, i32[list + BLOCK], before + (before === 0 ? 0 : (capacity - needed) >> 1));
      return version;
    }
    giveUnchanged(list + GUARD, version);
    grow(list, before, behind, needed);
  }
}

function moveTo(list: number, block: number, head: number): void {
  const from = i32[list + BLOCK] + i32[list + HEAD] * CELL_WORDS;
  i32.copyWithin(block + head * CELL_WORDS, from, from + i32[list + LENGTH] * CELL_WORDS);
  i32[list + BLOCK] = block;
  i32[list + HEAD] = head;
}

function grow(list: number, before: number, behind: number, needed: number): void {
  const capacity = Math.max(SMALLEST, needed + (needed >> 1));
  let spare = allocateRaw(capacity * BYTES_PER_CELL);
  const version = take(list + GUARD);
  const left = capacity - before - i32[list + LENGTH] - behind;
  if (left >= 0 && capacity > i32[list + CAPACITY]) {
    const old = i32[list + BLOCK];
    moveTo(list, spare, before + (before === 0 ? 0 : left >> 1));
    i32[list + CAPACITY] = capacity;
    giveChanged(list + GUARD, version);
    spare = old;
  } else {
    giveUnchanged(list + GUARD, version);
  }
  if (spare !== 0) free(spare);
}

/** Appends what is in the stage, and returns the new length. */
export function append(list: number): number {
  const low = i32[STAGE];
  const high = i32[STAGE + 1];
  let version = take(list + GUARD);
  if (i32[list + HEAD] + i32[list + LENGTH] === i32[list + CAPACITY]) {
    giveUnchanged(list + GUARD, version);
    version = takeFor(list, low, high);
  }
  const length = i32[list + LENGTH];
  const cell = cellOf(list, length);
  i32[cell] = low;
  i32[cell + 1] = high;
  i32[list + LENGTH] = length + 1;
  giveChanged(list + GUARD, version);
  return length + 1;
}

/** Where elements go: clamped to the list, as Python's `insert` does. Under the latch. */
function clamped(list: number, index: number): number {
  const length = i32[list + LENGTH];
  return index < 0 ? Math.max(0, index + length) : Math.min(index, length);
}

/**
 * Replaces `count` elements from `index` on (both clamped) by the `added` cells at word `from`, whose references pass to the list.
 * What was there goes to the cells at word `bin`, if that has room for it (`binRoom`); else nothing happens and -1 is
 * returned. Returns how many went there, and what the length is now in `lengthNow`.
 */
export function splice(
  list: number,
  index: number,
  count: number,
  from: number,
  added: number,
  bin: number,
  binRoom: number,
): number {
  const front = index === 0 && count === 0;
  const version = takeWithRoom(list, front ? added : 0, front ? 0 : added);
  const length = i32[list + LENGTH];
  const at = clamped(list, index);
  const removed = Math.max(0, Math.min(count, length - at));
  if (removed > binRoom) {
    giveChanged(list + GUARD, version);
    return -1;
  }
  const cell = cellOf(list, at);
  if (removed > 0) i32.copyWithin(bin, cell, cell + removed * CELL_WORDS);
  if (at === 0 && (front || removed >= added)) {
    i32[list + HEAD] += removed - added;
  } else if (removed !== added) {
    i32.copyWithin(cell + added * CELL_WORDS, cell + removed * CELL_WORDS, cellOf(list, length));
  }
  if (added > 0) i32.copyWithin(cellOf(list, at), from, from + added * CELL_WORDS);
  lengthNow = length + added - removed;
  i32[list + LENGTH] = lengthNow;
  giveChanged(list + GUARD, version);
  return removed;
}

/** Length after the last `splice`. */
export let lengthNow = 0;

/** Takes element `index` out, for decoding; false if the list has none. */
export function takeElement(list: number, index: number): boolean {
  const version = take(list + GUARD);
  const at = within(list, index);
  if (at < 0) {
    giveUnchanged(list + GUARD, version);
    return false;
  }
  removeAt(list, at);
  giveChanged(list + GUARD, version);
  return true;
}

function removeAt(list: number, at: number): void {
  const cell = cellOf(list, at);
  const length = i32[list + LENGTH];
  taken[0] = i32[cell];
  taken[1] = i32[cell + 1];
  if (at === 0) i32[list + HEAD]++;
  else if (at < length - 1) i32.copyWithin(cell, cell + CELL_WORDS, cellOf(list, length));
  i32[list + LENGTH] = length - 1;
}

/** Words that came out of the list last. */
export const taken: Int32Array = new Int32Array(2);

/** Index of the first (`step` 1) or last (`step` -1) element from `start` on that is the same as these words, else -1; takes it out if told to. */
export function search(list: number, low: number, high: number, start: number, step: 1 | -1, remove: boolean): number {
  const version = take(list + GUARD);
  const length = i32[list + LENGTH];
  let at = start < 0 ? start + length : start;
  at = step > 0 ? Math.max(at, 0) : Math.min(at, length - 1);
  while (at >= 0 && at < length && !isAt(cellOf(list, at), low, high)) at += step;
  const found = at >= 0 && at < length ? at : -1;
  if (found >= 0 && remove) {
    removeAt(list, found);
    giveChanged(list + GUARD, version);
  } else {
    giveUnchanged(list + GUARD, version);
  }
  return found;
}

/** How many elements are the same as these words. */
export function countElements(list: number, low: number, high: number): number {
  const version = take(list + GUARD);
  const length = i32[list + LENGTH];
  let count = 0;
  for (let at = 0; at < length; at++) if (isAt(cellOf(list, at), low, high)) count++;
  giveUnchanged(list + GUARD, version);
  return count;
}

/** -0 stands in a cell as a double. */
const NEGATIVE_ZERO = -0x8000_0000;

function isAt(cell: number, low: number, high: number): boolean {
  const found = i32[cell + 1];
  return sameCells(i32[cell], found === NEGATIVE_ZERO && i32[cell] === 0 ? Tag.INTEGER : found, low, high);
}

/** Exchanges two elements; false if the list lacks one. */
export function exchangeElements(list: number, i: number, j: number): boolean {
  const version = take(list + GUARD);
  const a = within(list, i);
  const b = within(list, j);
  if (a >= 0 && b >= 0) exchangeHeld(cellOf(list, a), cellOf(list, b));
  giveChanged(list + GUARD, version);
  return a >= 0 && b >= 0;
}

/** Moves element `from` so that it is number `to` afterwards; false if the list lacks one. */
export function moveElement(list: number, from: number, to: number): boolean {
  const version = take(list + GUARD);
  const a = within(list, from);
  const b = within(list, to);
  if (a >= 0 && b >= 0) {
    const cell = cellOf(list, a);
    const low = i32[cell];
    const high = i32[cell + 1];
    if (a < b) i32.copyWithin(cell, cell + CELL_WORDS, cellOf(list, b + 1));
    else i32.copyWithin(cellOf(list, b + 1), cellOf(list, b), cell);
    i32[cellOf(list, b)] = low;
    i32[cellOf(list, b) + 1] = high;
  }
  giveChanged(list + GUARD, version);
  return a >= 0 && b >= 0;
}

export function reverseList(list: number): void {
  const version = take(list + GUARD);
  for (let a = 0, b = i32[list + LENGTH] - 1; a < b; a++, b--) exchangeHeld(cellOf(list, a), cellOf(list, b));
  giveChanged(list + GUARD, version);
}

/** Empties the list. */
export function emptyList(list: number): void {
  const version = take(list + GUARD);
  const block = i32[list + BLOCK];
  const first = block + i32[list + HEAD] * CELL_WORDS;
  const count = i32[list + LENGTH];
  i32[list + BLOCK] = 0;
  i32[list + CAPACITY] = 0;
  i32[list + HEAD] = 0;
  i32[list + LENGTH] = 0;
  giveChanged(list + GUARD, version);
  dropCells(first, count);
  if (block !== 0) free(block);
}

/** The list at one moment: a block of cells with references of the caller's. */
export interface Snapshot {
  readonly block: number;
  readonly count: number;
  readonly version: number;
}

/** Takes a snapshot of the elements; `freeSnapshot` gives it up. Throws HeapExhaustedError. */
export function snapshotOf(list: number): Snapshot {
  for (;;) {
    const room = lengthOf(list);
    const block = allocateRaw(Math.max(1, room) * BYTES_PER_CELL);
    const version = take(list + GUARD);
    const count = i32[list + LENGTH];
    if (count <= room) {
      const first = cellOf(list, 0);
      i32.copyWithin(block, first, first + count * CELL_WORDS);
      for (let cell = block; cell < block + count * CELL_WORDS; cell += CELL_WORDS) {
        if (i32[cell + 1] === Tag.RECORD) retain(i32[cell]);
      }
      giveUnchanged(list + GUARD, version);
      return { block, count, version };
    }
    giveUnchanged(list + GUARD, version);
    free(block);
  }
}

export function freeSnapshot({ block, count }: Snapshot): void {
  dropCells(block, count);
  free(block);
}

/** Puts the elements of the snapshot, which were rearranged in its block, back into the list; false if that has changed since. */
export function restore(list: number, { block, count, version }: Snapshot): boolean {
  const now = take(list + GUARD);
  if (now !== version) {
    giveUnchanged(list + GUARD, now);
    return false;
  }
  i32.copyWithin(cellOf(list, 0), block, block + count * CELL_WORDS);
  giveChanged(list + GUARD, now);
  return true;
}
