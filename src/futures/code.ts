/**
 * The functions of tasks, each in a record of its own: a function that is submitted again and whose message would be the same
 * is packed once, and every worker unpacks it once.
 */
import { ADDRESS, defineHandle, Handle, newHandle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, release, retain } from '../heap/records.js';
import type { Target } from '../threading/target.js';
import { type Fixture, fixtureOf, isUnchanged } from '../wire/functions.js';
import { bytesOf, discard, modulesIn, pack, peek } from '../wire/message.js';
import { CODE_TYPE } from './types.js';

/** Address of the packed function. */
const MESSAGE: number = Record.BODY;
/** 1: it will be the same the next time, and is worth keeping. */
const FIXED: number = Record.BODY + 1;
const CODE_WORDS = 2;

defineRecord(CODE_TYPE, {
  label: 'Code',
  dispose(record) {
    if (i32[record + MESSAGE] !== 0) discard(i32[record + MESSAGE]);
  },
});

/** A handle, though nobody ever sends it: so it lives as long as the function in this thread. */
class Code extends Handle {}
defineHandle(CODE_TYPE, Code as unknown as new () => Handle);

interface Kept {
  readonly code: Handle;
  readonly fixture: Fixture;
}

const kept = new WeakMap<object, Kept>();
/** The same for other processes. */
const keptPortable = new WeakMap<object, Kept>();

/**
 * Address of the record with the function, with a reference for the caller. Throws CaptureError, NotSendableError,
 * HeapExhaustedError.
 */
export function codeFor(fn: Target<never[]>, portable: boolean): number {
  const keep = portable ? keptPortable : kept;
  const known = keep.get(fn);
  if (known !== undefined && isUnchanged(known.fixture)) {
    retain(known.code[ADDRESS]);
    return known.code[ADDRESS];
  }
  const message = pack(fn, portable ? { path: 'fn', portable } : 'fn');
  let record: number;
  try {
    record = newRecord(CODE_TYPE, CODE_WORDS);
  } catch (error) {
    discard(message);
    throw error;
  }
  retain(record);
  i32[record + MESSAGE] = message;
  const fixture = typeof fn === 'function' ? fixtureOf(fn) : null;
  if (fixture !== null) {
    i32[record + FIXED] = 1;
    try {
      keep.set(fn, { code: newHandle(record), fixture });
    } catch (error) {
      release(record);
      throw error;
    }
  }
  return record;
}

/** Functions that this thread has unpacked, by the record's id. */
const unpacked = new Map<number, Target<never[]>>();
/** Programs have few functions that they submit; one that makes them anew all the time must not fill the memory. */
const MOST_UNPACKED = 256;

/** The function in the record. */
export function functionIn(record: number): Target<never[]> {
  if (i32[record + FIXED] === 0) return peek(i32[record + MESSAGE]) as Target<never[]>;
  const id = i32[record + Record.ID];
  let fn = unpacked.get(id);
  if (fn === undefined) {
    fn = peek(i32[record + MESSAGE]) as Target<never[]>;
    if (unpacked.size >= MOST_UNPACKED) unpacked.clear();
    unpacked.set(id, fn);
  }
  return fn;
}

/** The function in the record as another process takes it; `id`: that of its record if it can be kept there, else 0. */
export function foreignFunction(record: number): { id: number; bytes: Uint8Array } {
  return { id: i32[record + FIXED] === 0 ? 0 : i32[record + Record.ID], bytes: bytesOf(i32[record + MESSAGE]) };
}

/** URLs of modules that must be imported before `functionIn`, which loads them synchronously. */
export function modulesOf(record: number): string[] {
  if (i32[record + FIXED] === 1 && unpacked.has(i32[record + Record.ID])) return NONE;
  return modulesIn(i32[record + MESSAGE]);
}

const NONE: string[] = [];

/** This thread works for its pool no more. */
export function forgetFunctions(): void {
  unpacked.clear();
}
