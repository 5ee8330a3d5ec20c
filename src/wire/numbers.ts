/**
 * Arrays of numbers, as one block: of 4-byte integers where all are such, else of doubles.
 */
import { buffer, f64, i32 } from '../heap/memory.js';
import { ELEMENT } from './paths.js';
import type { Reader } from './reader.js';
import { LARGE_BYTES } from './scratch.js';
import { DOUBLES, INTEGERS } from './tags.js';
import type { Writer } from './writer.js';

/** Shorter arrays are as fast number by number, and smaller. */
const SHORTEST = 24;

const view = new DataView(buffer);
/** Short blocks are put together here. Long ones go straight into the heap: memory of their own would cost more than the copy. */
const smallIntegers = new Int32Array(LARGE_BYTES / 4);
const smallDoubles = new Float64Array(smallIntegers.buffer);
const smallBytes = new Uint8Array(smallIntegers.buffer);

/** The tag for the elements of `array`; 0 where one is missing or no number. */
function tagFor(array: readonly unknown[]): number {
  const { length } = array;
  if (length < SHORTEST || typeof array[length - 1] !== 'number') return 0;
  let k = 0;
  for (; k < length; k++) {
    const value = array[k];
    if (typeof value !== 'number') return 0;
    if (value !== (value | 0) || (value === 0 && 1 / value < 0)) break;
  }
  if (k === length) return INTEGERS;
  for (; k < length; k++) if (typeof array[k] !== 'number') return 0;
  return DOUBLES;
}

/**
 * Copies the array, of which `tagFor` said what it holds, to `at` of the block. False if it holds something else by now:
 * a getter that ran later can have changed it.
 */
function fill(
  integers: Int32Array,
  doubles: Float64Array,
  at: number,
  array: readonly unknown[],
  tag: number,
): boolean {
  const { length } = array;
  if (tag === INTEGERS) {
    for (let k = 0; k < length; k++) {
      const value = array[k];
      if (typeof value !== 'number' || value !== (value | 0)) return false;
      integers[at + k] = value;
    }
    return true;
  }
  for (let k = 0; k < length; k++) {
    const value = array[k];
    if (typeof value !== 'number') return false;
    doubles[at + k] = value;
  }
  return true;
}

/** Copies a long array of `bytes` in all into the heap, at the byte `at`. False if it is not as it was when it was written. */
export function storeNumbers(array: readonly unknown[], bytes: number, at: number): boolean {
  const { length } = array;
  if (bytes === length * 4) return fill(i32, f64, at / 4, array, INTEGERS);
  return bytes === length * 8 && fill(i32, f64, at / 8, array, DOUBLES);
}

/** Writes an array that holds numbers only and returns true; returns false, with nothing written, for any other. */
export function writeNumbers(w: Writer, array: readonly unknown[]): boolean {
  const tag = tagFor(array);
  if (tag === 0) return false;
  const numbers = array as readonly number[];
  const { length } = numbers;
  const slot = w.reserveFirst(numbers);
  if (slot >= 0) {
    w.mix(numbers[0] * 65536);
    w.mix(numbers[length >> 1] * 65536);
    w.mix(numbers[length - 1] * 65536);
    w.enter(ELEMENT);
    const repeated = w.met(numbers, w.position, slot);
    w.depth--;
    if (repeated) return true;
  }
  w.byte(tag);
  w.size(length);
  const bytes = length * (tag === INTEGERS ? 4 : 8);
  if (bytes >= LARGE_BYTES) w.segment(numbers, bytes, false);
  else {
    fill(smallIntegers, smallDoubles, 0, numbers, tag);
    w.raw(smallBytes.subarray(0, bytes));
  }
  return true;
}

export function readNumbers(r: Reader, tag: number): number[] {
  const length = r.size();
  const width = tag === INTEGERS ? 4 : 8;
  if (length * width > r.left) r.damaged();
  const at = r.takeLarge(length * width);
  // As an array of doubles from the start it need not be copied when the first one comes.
  const array: number[] = tag === INTEGERS ? [] : [0.5];
  array.length = length;
  r.made(array);
  // Long blocks stand where the heap's own views can read them (SEGMENT_ALIGN), which is faster; short ones stand anywhere.
  const first = at / width;
  const aligned = Number.isInteger(first);
  if (tag === INTEGERS) {
    if (aligned) for (let k = 0; k < length; k++) array[k] = i32[first + k];
    else for (let k = 0; k < length; k++) array[k] = view.getInt32(at + k * 4, true);
  } else if (aligned) for (let k = 0; k < length; k++) array[k] = f64[first + k];
  else for (let k = 0; k < length; k++) array[k] = view.getFloat64(at + k * 8, true);
  return array;
}
