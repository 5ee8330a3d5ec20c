/**
 * Hash tables in the heap, in stripes: under maps and sets.
 *
 *   SEQUENCE   (8 bytes) number of the next entry, in the order of insertion
 *   SIZE       number of entries
 *   STRIPES    16 times, a cache line each:
 *     GUARD    versioned latch over the stripe
 *     BLOCK    address of the block, 0: none yet
 *     MASK     size of the index - 1
 *     FILLED   places of the index that were ever used
 *     USED     entries from the first to the last living one
 *     LIVE     entries
 *
 * A key's hash chooses its stripe, so that threads with different keys mostly do not meet. A block is laid out as CPython's dict: an
 * index of small numbers, searched place by place, and behind it the entries in the order of insertion (key, value, number). A
 * deleted entry is EMPTY, its place in the index is DELETED; trailing deleted entries are cut off, so the last entry lives. When
 * three quarters of the index were used, the living entries move to a new block, which is allocated outside of the latch.
 *
 * SIZE changes under the stripe's latch, and whoever sees the new size finds the stripe held or done: it is as if the whole
 * change happened with it. What concerns the whole table takes all latches, in their order.
 */
import * as atomic from '../heap/atomic.js';
import { allocate, allocateRaw, free } from '../heap/allocator.js';
import { Record } from '../heap/layout.js';
import { f64, i32, i64 } from '../heap/memory.js';
import { defineRecord, newRecord, retain } from '../heap/records.js';
import { giveChanged, giveUnchanged, isSteady, look, take, unchanged } from '../park/versioned.js';
import { plainValue, Tag } from '../wire/slot.js';
import { decode, dropWords, glimpse, keepWords, keptHigh, keptLow, STAGE, UNKNOWN } from './cells.js';
import { chooseKey, hashAt, isKeyAt, keyHash, needsRecord, newKeyRecord, writeKey } from './keys.js';
import { MAP_TYPE, SET_TYPE } from './types.js';

const SEQUENCE: number = Record.BODY;
const SIZE: number = SEQUENCE + 2;
const STRIPES: number = Record.BODY + 8;
const STRIPE_WORDS = 16;
const STRIPE_COUNT = 16;
const STRIPE_SHIFT = 28;

/** Words of a stripe; its latch is the first. */
const BLOCK = 1;
const MASK = 2;
const FILLED = 3;
const USED = 4;
const LIVE = 5;

const VALUE = 2;
const NUMBER = 4;
/** Key, value, number. */
const ENTRY_WORDS = 6;
const DELETED = -1;
const SMALLEST_INDEX = 4;
/** A stripe that became empty gives a larger index back at once. */
const KEPT_INDEX = 64;

defineRecord(MAP_TYPE, { label: 'SharedMap', dispose: clearTable });
defineRecord(SET_TYPE, { label: 'SharedSet', dispose: clearTable });

/** A new, empty table. Throws HeapExhaustedError. */
export function newTable(type: typeof MAP_TYPE | typeof SET_TYPE): number {
  return newRecord(type, STRIPES - Record.BODY + STRIPE_COUNT * STRIPE_WORDS);
}

export function sizeOf(table: number): number {
  return atomic.load(table + SIZE);
}

function stripeOf(table: number): number {
  return table + STRIPES + (keyHash >>> STRIPE_SHIFT) * STRIPE_WORDS;
}

/** Entries that a block with this mask has room for. */
function roomOf(mask: number): number {
  return ((mask + 1) * 3) >> 2;
}

/** Where in the index the entry stands that `find` found. */
let place = 0;

/** Word of the entry with the key at hand, 0 if there is none. Also for those who look without a latch. */
function find(block: number, mask: number): number {
  if (block <= 0 || block + mask + 1 >= i32.length) return 0;
  const entries = block + mask + 1 - ENTRY_WORDS;
  let at = keyHash & mask;
  for (let tries = 0; tries <= mask; tries++) {
    const number = atomic.load(block + at);
    if (number === 0) return 0;
    if (number > 0) {
      const entry = entries + number * ENTRY_WORDS;
      if (entry > 0 && entry + ENTRY_WORDS <= i32.length && isKeyAt(entry)) {
        place = block + at;
        return entry;
      }
    }
    at = (at + 1) & mask;
  }
  return 0;
}

/** The value under `key`; UNKNOWN if there is none. */
export function read(table: number, key: unknown): unknown {
  chooseKey(key);
  const stripe = stripeOf(table);
  const word = look(stripe);
  if (isSteady(word)) {
    const entry = find(atomic.load(stripe + BLOCK), atomic.load(stripe + MASK));
    if (entry === 0) {
      if (unchanged(stripe, word)) return UNKNOWN;
    } else {
      const low = atomic.load(entry + VALUE);
      const high = atomic.load(entry + VALUE + 1);
      const value = high === Tag.RECORD ? glimpse(low) : plainValue(low, high);
      if (value !== UNKNOWN && unchanged(stripe, word)) return value;
    }
  }
  return keepChosen(stripe) ? decode(keptLow, keptHigh) : UNKNOWN;
}

/** Whether there is a value under `key`. */
export function has(table: number, key: unknown): boolean {
  chooseKey(key);
  const stripe = stripeOf(table);
  const word = look(stripe);
  if (isSteady(word)) {
    const entry = find(atomic.load(stripe + BLOCK), atomic.load(stripe + MASK));
    if (unchanged(stripe, word)) return entry !== 0;
  }
  const version = take(stripe);
  const entry = find(i32[stripe + BLOCK], i32[stripe + MASK]);
  giveUnchanged(stripe, version);
  return entry !== 0;
}

/** Keeps the value under `key` for decoding; false, and the words of an empty cell, if there is none. */
export function keep(table: number, key: unknown): boolean {
  chooseKey(key);
  return keepChosen(stripeOf(table));
}

function keepChosen(stripe: number): boolean {
  const version = take(stripe);
  const entry = find(i32[stripe + BLOCK], i32[stripe + MASK]);
  if (entry === 0) keepWords(0, Tag.EMPTY);
  else keepWords(i32[entry + VALUE], i32[entry + VALUE + 1]);
  giveUnchanged(stripe, version);
  return entry !== 0;
}

/** When `write` writes. */
export const When = {
  ALWAYS: 0,
  /** If the key is missing; else the value that is there is kept for decoding. */
  MISSING: 1,
  /** If the value that is there has the words that `write` is given. */
  SAME: 2,
} as const;

/**
 * Moves what is in the stage to `key`, and returns whether it did; what it is not needed is given up, also where it
 * throws HeapExhaustedError.
 */
export function write(table: number, key: unknown, when: number, seenLow = 0, seenHigh = 0): boolean {
  const low = i32[STAGE];
  const high = i32[STAGE + 1];
  let record = 0;
  let written = false;
  try {
    chooseKey(key);
    const stripe = stripeOf(table);
    for (;;) {
      const version = take(stripe);
      const entry = find(i32[stripe + BLOCK], i32[stripe + MASK]);
      if (entry !== 0) {
        const oldLow = i32[entry + VALUE];
        const oldHigh = i32[entry + VALUE + 1];
        if (when === When.ALWAYS || (when === When.SAME && oldLow === seenLow && oldHigh === seenHigh)) {
          i32[entry + VALUE] = low;
          i32[entry + VALUE + 1] = high;
          giveChanged(stripe, version);
          written = true;
          dropWords(oldLow, oldHigh);
        } else {
          if (when === When.MISSING) keepWords(oldLow, oldHigh);
          giveUnchanged(stripe, version);
        }
        return written;
      }
      if (when === When.SAME && seenHigh !== Tag.EMPTY) {
        giveUnchanged(stripe, version);
        return false;
      }
      if (i32[stripe + BLOCK] === 0 || i32[stripe + FILLED] === roomOf(i32[stripe + MASK])) {
        const live = i32[stripe + LIVE];
        giveUnchanged(stripe, version);
        rebuild(stripe, live);
      } else if (record === 0 && needsRecord()) {
        giveUnchanged(stripe, version);
        record = newKeyRecord();
      } else {
        insert(table, stripe, record, low, high);
        giveChanged(stripe, version);
        written = true;
        record = 0;
        return true;
      }
    }
  } finally {
    if (record !== 0) dropWords(record, Tag.RECORD);
    if (!written) dropWords(low, high);
  }
}

/** Enters the key at hand, which is missing; under the latch. */
function insert(table: number, stripe: number, record: number, low: number, high: number): void {
  const block = i32[stripe + BLOCK];
  const mask = i32[stripe + MASK];
  const number = ++i32[stripe + USED];
  const entry = block + mask + 1 + (number - 1) * ENTRY_WORDS;
  writeKey(entry, record);
  i32[entry + VALUE] = low;
  i32[entry + VALUE + 1] = high;
  f64[(entry + NUMBER) >> 1] = Number(Atomics.add(i64, (table + SEQUENCE) >> 1, 1n));
  enterIndex(block, mask, keyHash, number);
  i32[stripe + FILLED]++;
  i32[stripe + LIVE]++;
  atomic.add(table + SIZE, 1);
}

function enterIndex(block: number, mask: number, hash: number, number: number): void {
  let at = hash & mask;
  while (i32[block + at] !== 0) at = (at + 1) & mask;
  i32[block + at] = number;
}

/** Moves the stripe to a new block, with room for as many again as the `live` entries that it had just now. */
function rebuild(stripe: number, live: number): void {
  let index = SMALLEST_INDEX;
  while (roomOf(index - 1) < 2 * live) index *= 2;
  const mask = index - 1;
  let spare = allocate((index + roomOf(mask) * ENTRY_WORDS) * 4);
  const version = take(stripe);
  const old = i32[stripe + BLOCK];
  const isFull = old === 0 || i32[stripe + FILLED] === roomOf(i32[stripe + MASK]);
  if (isFull && i32[stripe + LIVE] < roomOf(mask)) {
    if (old !== 0) copyEntries(stripe, spare, mask);
    i32[stripe + BLOCK] = spare;
    i32[stripe + MASK] = mask;
    i32[stripe + FILLED] = i32[stripe + LIVE];
    i32[stripe + USED] = i32[stripe + LIVE];
    giveChanged(stripe, version);
    spare = old;
  } else {
    giveUnchanged(stripe, version);
  }
  if (spare !== 0) free(spare);
}

function copyEntries(stripe: number, block: number, mask: number): void {
  let entry = i32[stripe + BLOCK] + i32[stripe + MASK] + 1;
  const end = entry + i32[stripe + USED] * ENTRY_WORDS;
  let number = 0;
  for (; entry < end; entry += ENTRY_WORDS) {
    if (i32[entry + 1] === Tag.EMPTY) continue;
    i32.copyWithin(block + mask + 1 + number * ENTRY_WORDS, entry, entry + ENTRY_WORDS);
    enterIndex(block, mask, hashAt(entry), ++number);
  }
}

/** The key and the value that the last removal took out. */
export const removed: Int32Array = new Int32Array(4);

/** Takes `key` out: its words and the value's go to `removed` with their references. False if there is none. */
export function remove(table: number, key: unknown): boolean {
  chooseKey(key);
  const stripe = stripeOf(table);
  const version = take(stripe);
  const entry = find(i32[stripe + BLOCK], i32[stripe + MASK]);
  if (entry === 0) {
    giveUnchanged(stripe, version);
    return false;
  }
  const block = removeEntry(table, stripe, entry);
  giveChanged(stripe, version);
  if (block !== 0) free(block);
  return true;
}

/** Under the latch; `place` is the entry's. Returns the address of a block that is to be freed, or 0. */
function removeEntry(table: number, stripe: number, entry: number): number {
  for (let k = 0; k < removed.length; k++) removed[k] = i32[entry + k];
  i32[place] = DELETED;
  i32[entry] = 0;
  i32[entry + 1] = Tag.EMPTY;
  atomic.sub(table + SIZE, 1);
  const block = i32[stripe + BLOCK];
  const mask = i32[stripe + MASK];
  if (--i32[stripe + LIVE] === 0 && mask >= KEPT_INDEX) {
    i32.fill(0, stripe + BLOCK, stripe + LIVE + 1);
    return block;
  }
  let used = i32[stripe + USED];
  while (used > 0 && i32[block + mask + 1 + (used - 1) * ENTRY_WORDS + 1] === Tag.EMPTY) used--;
  i32[stripe + USED] = used;
  return 0;
}

const versions = new Int32Array(STRIPE_COUNT);

function takeAll(table: number): void {
  for (let k = 0; k < STRIPE_COUNT; k++) versions[k] = take(table + STRIPES + k * STRIPE_WORDS);
}

function giveAll(table: number, give: (guard: number, version: number) => void): void {
  for (let k = 0; k < STRIPE_COUNT; k++) give(table + STRIPES + k * STRIPE_WORDS, versions[k]);
}

/** Takes out the entry that came last, as `remove`. False if the table is empty. */
export function removeLast(table: number): boolean {
  takeAll(table);
  let stripe = 0;
  let last = 0;
  for (let at = table + STRIPES; at < table + STRIPES + STRIPE_COUNT * STRIPE_WORDS; at += STRIPE_WORDS) {
    if (i32[at + LIVE] === 0) continue;
    const entry = i32[at + BLOCK] + i32[at + MASK] + 1 + (i32[at + USED] - 1) * ENTRY_WORDS;
    if (last !== 0 && f64[(entry + NUMBER) >> 1] < f64[(last + NUMBER) >> 1]) continue;
    stripe = at;
    last = entry;
  }
  let block = 0;
  if (last !== 0) {
    const mask = i32[stripe + MASK];
    place = i32[stripe + BLOCK] + (hashAt(last) & mask);
    while (i32[place] !== i32[stripe + USED]) {
      place = i32[stripe + BLOCK] + ((place - i32[stripe + BLOCK] + 1) & mask);
    }
    block = removeEntry(table, stripe, last);
  }
  giveAll(table, giveChanged);
  if (block !== 0) free(block);
  return last !== 0;
}

/** What was taken out of the stripes of tables that are being emptied: address, mask, entries used. */
const loose: number[] = Array.from({ length: STRIPE_COUNT * 3 }, () => 0);

/** Empties the table. */
export function clearTable(table: number): void {
  takeAll(table);
  for (let k = 0; k < STRIPE_COUNT; k++) {
    const stripe = table + STRIPES + k * STRIPE_WORDS;
    loose[k * 3] = i32[stripe + BLOCK];
    loose[k * 3 + 1] = i32[stripe + MASK];
    loose[k * 3 + 2] = i32[stripe + USED];
    i32.fill(0, stripe + BLOCK, stripe + LIVE + 1);
  }
  atomic.store(table + SIZE, 0);
  giveAll(table, giveChanged);
  // Releasing may empty other tables on the way.
  const blocks = loose.slice();
  for (let k = 0; k < blocks.length; k += 3) if (blocks[k] !== 0) freeBlock(blocks[k], blocks[k + 1], blocks[k + 2]);
}

function freeBlock(block: number, mask: number, used: number): void {
  let entry = block + mask + 1;
  for (const end = entry + used * ENTRY_WORDS; entry < end; entry += ENTRY_WORDS) {
    if (i32[entry + 1] === Tag.EMPTY) continue;
    dropWords(i32[entry], i32[entry + 1]);
    dropWords(i32[entry + VALUE], i32[entry + VALUE + 1]);
  }
  free(block);
}

/** All entries at one moment, in the order of insertion: a block of them, with references of the caller's. */
export interface Entries {
  readonly block: number;
  readonly count: number;
  /** Words of the entries: of the key's cell; the value's follows. */
  readonly order: readonly number[];
}

/** Takes a snapshot; `freeEntries` gives it up. Throws HeapExhaustedError. */
export function entriesOf(table: number): Entries {
  for (;;) {
    const room = sizeOf(table);
    const block = allocateRaw(Math.max(1, room) * ENTRY_WORDS * 4);
    takeAll(table);
    const count = i32[table + SIZE];
    if (count <= room) copyAll(table, block);
    giveAll(table, giveUnchanged);
    if (count <= room) return { block, count, order: inOrder(block, count) };
    free(block);
  }
}

/** Words of the entries in the block, in the order of insertion. If it throws (no stack or memory is left), they are given up. */
function inOrder(block: number, count: number): number[] {
  try {
    const order = Array.from({ length: count }, (_, k) => block + k * ENTRY_WORDS);
    return order.sort((a, b) => f64[(a + NUMBER) >> 1] - f64[(b + NUMBER) >> 1]);
  } catch (error) {
    freeEntries({ block, count });
    throw error;
  }
}

function copyAll(table: number, block: number): void {
  let to = block;
  for (let at = table + STRIPES; at < table + STRIPES + STRIPE_COUNT * STRIPE_WORDS; at += STRIPE_WORDS) {
    let entry = i32[at + BLOCK] + i32[at + MASK] + 1;
    for (const end = entry + i32[at + USED] * ENTRY_WORDS; entry < end; entry += ENTRY_WORDS) {
      if (i32[entry + 1] === Tag.EMPTY) continue;
      i32.copyWithin(to, entry, entry + ENTRY_WORDS);
      if (i32[to + 1] === Tag.RECORD) retain(i32[to]);
      if (i32[to + VALUE + 1] === Tag.RECORD) retain(i32[to + VALUE]);
      to += ENTRY_WORDS;
    }
  }
}

export function freeEntries({ block, count }: Pick<Entries, 'block' | 'count'>): void {
  for (let entry = block; entry < block + count * ENTRY_WORDS; entry += ENTRY_WORDS) {
    dropWords(i32[entry], i32[entry + 1]);
    dropWords(i32[entry + VALUE], i32[entry + VALUE + 1]);
  }
  free(block);
}
