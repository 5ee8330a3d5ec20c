/**
 * Slots: eight bytes of the shared heap that hold one value, as queues and shared containers keep them. Numbers, booleans,
 * null and undefined stand in the slot itself; handles and all other values are an address, and the slot owns what stands
 * there.
 *
 *   high word (signed) below TAGS, or not negative: the slot is a double, in both words
 *   EMPTY     nothing: never written, or given up
 *   INTEGER   low word: a 32-bit integer
 *   CONSTANT  low word: which of undefined, null, true, false
 *   RECORD    low word: address of a record; the slot owns a reference on it
 *   MESSAGE   low word: address of a message (message.ts); the slot owns it
 *
 * The tags are bit patterns of NaNs that no computation yields: NaN itself is always written in its usual form. A slot
 * stands at an even word. It has no lock: whoever shares it guards it, and moves it as two words, so that nothing needs to be
 * encoded or decoded under a latch:
 *
 *   writing: `writeSlot` to a place of one's own (STAGE, or a block that nobody knows yet), then two words under the latch
 *   taking:  two words out under the latch, then `takeSlot` of the place where they are now
 */
import { ADDRESS, departing, type Handle, handleAt, isHandle } from '../heap/handle.js';
import { f64, i32 } from '../heap/memory.js';
import { noteShared, release, retain } from '../heap/records.js';
import { CONSTANTS, discard, pack, type PackOptions, peek, unpack } from './message.js';

/** Where tags begin: quiet NaNs with the sign bit and the next one set. */
const TAGS = 0xfff9_0000 | 0;

/** What a slot can hold besides a double, as its high word. */
export const Tag = {
  EMPTY: TAGS,
  INTEGER: TAGS | 1,
  CONSTANT: TAGS | 2,
  RECORD: TAGS | 3,
  MESSAGE: TAGS | 4,
} as const;

/** The high word of the NaN that JavaScript's own results have. */
const NAN_HIGH = 0x7ff8_0000;

/** Whether the value with this high word is an address, which the slot owns something at. */
export function ownsSomething(high: number): boolean {
  return high === Tag.RECORD || high === Tag.MESSAGE;
}

/** Marks the slot at word `at` as holding nothing. */
export function clearSlot(at: number): void {
  i32[at] = 0;
  i32[at + 1] = Tag.EMPTY;
}

/**
 * Writes `value` to the slot at word `at`, whatever stood there before. Throws NotSendableError, CaptureError or
 * HeapExhaustedError; the slot is unchanged then.
 */
export function writeSlot(at: number, value: unknown, options: string | PackOptions): void {
  if (typeof value === 'number') {
    writeNumber(at, value);
    return;
  }
  const constant = CONSTANTS.indexOf(value);
  if (constant >= 0) {
    i32[at] = constant;
    i32[at + 1] = Tag.CONSTANT;
  } else if (isHandle(value)) {
    writeRecord(at, value);
  } else {
    const message = pack(value, options);
    i32[at] = message;
    i32[at + 1] = Tag.MESSAGE;
  }
}

function writeNumber(at: number, value: number): void {
  if (value === (value | 0) && (value !== 0 || 1 / value > 0)) {
    i32[at] = value;
    i32[at + 1] = Tag.INTEGER;
  } else if (value === value) {
    f64[at >> 1] = value;
  } else {
    i32[at] = 0;
    i32[at + 1] = NAN_HIGH;
  }
}

function writeRecord(at: number, handle: Handle): void {
  departing(handle);
  const address = handle[ADDRESS];
  retain(address);
  noteShared(address);
  i32[at] = address;
  i32[at + 1] = Tag.RECORD;
}

/** For putting a double's two words together. */
const words = new Int32Array(2);
const double = new Float64Array(words.buffer);

/** The value of a slot that owns nothing. */
export function plainValue(low: number, high: number): unknown {
  if (high === Tag.INTEGER) return low;
  if (high === Tag.CONSTANT || high === Tag.EMPTY) return CONSTANTS[low];
  words[0] = low;
  words[1] = high;
  return double[0];
}

/** The value in the slot at word `at`, which keeps what it owns. */
export function peekSlot(at: number): unknown {
  const low = i32[at];
  const high = i32[at + 1];
  if (high === Tag.RECORD) return handleAt(low);
  return high === Tag.MESSAGE ? peek(low) : plainValue(low, high);
}

/** As `peekSlot`, of a slot that nobody else can reach: what it owned passes to this thread. */
export function takeSlot(at: number): unknown {
  const low = i32[at];
  const high = i32[at + 1];
  if (high === Tag.MESSAGE) return unpack(low);
  try {
    return peekSlot(at);
  } finally {
    if (high === Tag.RECORD) release(low);
  }
}

/** Gives up what the slot at word `at` owns, without looking at it. */
export function dropSlot(at: number): void {
  const low = i32[at];
  const high = i32[at + 1];
  if (high === Tag.RECORD) release(low);
  else if (high === Tag.MESSAGE) discard(low);
}
