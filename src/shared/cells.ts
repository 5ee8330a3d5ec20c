/**
 * Cells: the slots of shared containers (wire/slot.ts), in which everything that is not in the slot itself is a record, so that a
 * reader needs one more reference to keep it, whatever it is:
 *
 *   a handle's record   what the handle stands for
 *   TEXT                a text or bigint (strings.ts)
 *   VALUE               any other value, as the message that it owns; read as a frozen copy
 *
 * `encode` puts a value into this thread's stage, outside of every latch; two words then go into the cell under the latch. A
 * cell's words come out under the latch with one more reference, and are decoded outside. Or the words are read without a
 * latch (park/versioned.ts): numbers and constants are complete then, short texts are read before the look is confirmed,
 * and a record that this thread has a handle on cannot have gone.
 *
 * Handles that are in use must not be collected meanwhile, because that could free the container in the middle of an operation:
 * `pin` keeps the last one alive.
 */
import { told } from '../arguments.js';
import * as atomic from '../heap/atomic.js';
import { Agent, self } from '../heap/agents.js';
import { handleAt, isHandle, knownHandle, type Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, nameOf, newValue, noteShared, release, retain, typeOf } from '../heap/records.js';
import { exchangePairs, giveChanged, giveUnchanged, isSteady, look, take, unchanged } from '../park/versioned.js';
import { discard, pack, peek } from '../wire/message.js';
import { plainValue, Tag, writeSlot } from '../wire/slot.js';
import { newBigint, newString, sameStrings, shortStringAt, stringAt } from './strings.js';
import { TEXT_TYPE, VALUE_TYPE } from './types.js';

/** Words of a cell. */
export const CELL_WORDS = 2;
/** Where `encode` puts the words of a value. */
export const STAGE: number = self.address + Agent.STAGE;

const MESSAGE: number = Record.BODY;

defineRecord(VALUE_TYPE, { label: 'value', dispose: (address) => discard(i32[address + MESSAGE]) });

/** Says which record a plain object, array, Map or Set becomes; 0 for any other value. Set by share.ts. */
let recordOf: (value: object, path: () => string) => number = () => 0;

/** Sets how plain containers become shared ones. The function returns a record with a reference for the cell. */
export function onContainer(convert: (value: object, path: () => string) => number): void {
  recordOf = convert;
}

/** What the last operation was about. It is only ever written. */
const pinned: { last: Handle | undefined } = { last: undefined };

/** Keeps the handle alive until the next operation on shared data. */
export function pin(handle: Handle): void {
  pinned.last = handle;
}

/**
 * Puts the words of a value that is about to be stored in `owner` under `key` into the stage; the cell's reference is taken.
 * Throws NotSendableError, CaptureError or HeapExhaustedError.
 */
export function encode(value: unknown, owner: Handle, address: number, key: PropertyKey): void {
  if (typeof value === 'number') {
    writeSlot(STAGE, value, '');
    return;
  }
  encodeAny(value, () => pathOf(address, key));
  pin(owner);
}

/** What the value under `key` of the container is called in errors: `accounts.total`, `SharedList-7[3]`. */
export function pathOf(address: number, key: PropertyKey): string {
  const name = nameOf(address);
  if (typeof key === 'number') return `${name}[${key}]`;
  return typeof key === 'string' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
    ? `${name}.${key}`
    : `${name}[${typeof key === 'symbol' ? String(key) : told(key)}]`;
}

/** As `encode`, for a value that goes by the name `path` in errors. */
export function encodeAny(value: unknown, path: () => string): void {
  switch (typeof value) {
    case 'string':
      stageRecord(newString(value));
      return;
    case 'bigint':
      stageRecord(newBigint(value));
      return;
    case 'object':
      if (value !== null && !isHandle(value)) {
        stageRecord(recordOf(value, path) || newMessage(value, path()));
        return;
      }
      break;
    case 'function':
    case 'symbol':
      stageRecord(newMessage(value, path()));
      return;
    default:
      break;
  }
  writeSlot(STAGE, value, '');
}

function newMessage(value: unknown, path: string): number {
  const message = pack(value, { path, freeze: true });
  let record = 0;
  try {
    record = newValue(VALUE_TYPE, 4);
  } finally {
    if (record === 0) discard(message);
  }
  i32[record + MESSAGE] = message;
  return record;
}

/** Puts a record into the stage, with the caller's reference on it. */
export function stageRecord(address: number): void {
  i32[STAGE] = address;
  i32[STAGE + 1] = Tag.RECORD;
}

/** As `stageRecord`, for a record that handles can stand for; takes the cell's reference. */
export function stageShared(address: number): void {
  retain(address);
  noteShared(address);
  stageRecord(address);
}

/** The value of a cell whose reference is the caller's: it is given up, whether decoding succeeds or not. */
export function decode(low: number, high: number): unknown {
  try {
    return valueOf(low, high);
  } finally {
    if (high === Tag.RECORD) release(low);
  }
}

/** The value of a cell that the caller has a reference on, and keeps. */
export function valueOf(low: number, high: number): unknown {
  if (high !== Tag.RECORD) return plainValue(low, high);
  switch (typeOf(low)) {
    case TEXT_TYPE:
      return stringAt(low);
    case VALUE_TYPE:
      return peek(i32[low + MESSAGE]);
    default:
      return handleAt(low);
  }
}

/** Stands for a record whose value cannot be had without a reference. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** The value of the record that somebody found without a latch, to be believed if the look is confirmed; else UNKNOWN. */
export function glimpse(record: number): unknown {
  if (record <= 0 || record + Record.BODY >= i32.length) return UNKNOWN;
  if (atomic.load(record + Record.TYPE) === TEXT_TYPE) return shortStringAt(record) ?? UNKNOWN;
  return knownHandle(record) ?? UNKNOWN;
}

/** The value in the cell at word `cell`, which the versioned latch at word `guard` guards. */
export function readCell(guard: number, cell: number): unknown {
  const word = look(guard);
  if (isSteady(word)) {
    const low = atomic.load(cell);
    const high = atomic.load(cell + 1);
    const value = high === Tag.RECORD ? glimpse(low) : plainValue(low, high);
    if (value !== UNKNOWN && unchanged(guard, word)) return value;
  }
  keepCell(guard, cell);
  return decode(keptLow, keptHigh);
}

/** What `keepCell` found; whoever reads it has the reference. */
export let keptLow = 0;
export let keptHigh = 0;

/** Reads a cell under its latch, and takes a reference on what it holds. */
export function keepCell(guard: number, cell: number): void {
  const version = take(guard);
  keepWords(i32[cell], i32[cell + 1]);
  giveUnchanged(guard, version);
}

/** For whoever holds the latch: keeps these words of a cell for decoding. */
export function keepWords(low: number, high: number): void {
  if (high === Tag.RECORD) retain(low);
  keptLow = low;
  keptHigh = high;
}

/** Moves what is in the stage to the cell at word `cell` under its latch, and gives up what was there. */
export function writeCell(guard: number, cell: number): void {
  exchangePairs(guard, cell, STAGE);
  dropWords(i32[STAGE], i32[STAGE + 1]);
}

/**
 * Moves what is in the stage to the cell if that still holds these words, which the caller has a reference on, so that they
 * mean the same. Returns whether it did; the reference, and the stage where it did not, are given up in any case.
 */
export function swapCell(guard: number, cell: number, seenLow: number, seenHigh: number): boolean {
  const low = i32[STAGE];
  const high = i32[STAGE + 1];
  const version = take(guard);
  const same = i32[cell] === seenLow && i32[cell + 1] === seenHigh;
  if (same) {
    i32[cell] = low;
    i32[cell + 1] = high;
    giveChanged(guard, version);
  } else {
    giveUnchanged(guard, version);
  }
  dropWords(seenLow, seenHigh);
  if (same) dropWords(seenLow, seenHigh);
  else dropWords(low, high);
  return same;
}

/** Gives up what a cell with these words owned. */
export function dropWords(low: number, high: number): void {
  if (high === Tag.RECORD) release(low);
}

/** Gives up what `count` cells from word `at` on own. */
export function dropCells(at: number, count: number): void {
  for (let cell = at; cell < at + count * CELL_WORDS; cell += CELL_WORDS) dropWords(i32[cell], i32[cell + 1]);
}

/** Whether two cells hold the same: numbers by value, texts and bigints by contents, handles by identity; other values never do. */
export function sameCells(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  if (low === otherLow && high === otherHigh) return true;
  if (high !== Tag.RECORD || otherHigh !== Tag.RECORD) return false;
  return typeOf(low) === TEXT_TYPE && typeOf(otherLow) === TEXT_TYPE && sameStrings(low, otherLow);
}

/** Whether values of this kind can be compared: those that are no copies. */
export function isComparable(value: unknown): boolean {
  return (typeof value !== 'object' || value === null || isHandle(value)) && typeof value !== 'function';
}

/** Throws a TypeError for a value that shared data only has copies of: no two are the same. */
export function mustBeComparable(value: unknown, what: string): void {
  if (isComparable(value) && typeof value !== 'symbol') return;
  throw new TypeError(
    `${what} compares numbers, strings, bigints, booleans, null, undefined and shared objects; of other values, shared data has copies, and no two are the same. Look for what is inside: list.toArray().find(…)`,
  );
}
