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
/** Blocks that are copied anyway are put together here. */
const smallIntegers = new Int32Array(LARGE_BYTES / 4);
const smallDoubles = new Float64Array(smallIntegers.buffer);
const smallBytes = new Uint8Array(smallIntegers.buffer);

/** The tag for the elements of `array`; 0 where one is missing or no number. */
function tagFor(array: readonly unknown[]): number {
  const { length } = array;
  if (length < SHORTEST || typeof array[length - 1] !== 'number') return 0;
  let tag: number = INTEGERS;
  for (let k = 0; k < length; k++) {
    const value = array[k];
    if (typeof value !== 'number') return 0;
    if (value !== (value | 0) || (value === 0 && 1 / value < 0)) tag = DOUBLES;
  }
  return tag;
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
  const small = bytes < LARGE_BYTES;
  if (tag === INTEGERS) {
    const block = small ? smallIntegers : new Int32Array(length);
    for (let k = 0; k < length; k++) block[k] = numbers[k];
    w.raw(small ? smallBytes.subarray(0, bytes) : new Uint8Array(block.buffer));
  } else {
    const block = small ? smallDoubles : new Float64Array(length);
    for (let k = 0; k < length; k++) block[k] = numbers[k];
    w.raw(small ? smallBytes.subarray(0, bytes) : new Uint8Array(block.buffer));
  }
  return true;
}

export function readNumbers(r: Reader, tag: number): number[] {
  const length = r.size();
  const width = tag === INTEGERS ? 4 : 8;
  if (length * width > r.left) r.damaged();
  const at = r.takeLarge(length * width);
  const array: number[] = [];
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
