/**
 * Shapes: the lists of names that shared objects have, a record each. A thread keeps the shapes that it makes objects of.
 *
 *   TEXT    address of the names as JSON (heap/text.ts)
 */
import { free } from '../heap/allocator.js';
import { ADDRESS, defineHandle, Handle, handleAt } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord } from '../heap/records.js';
import { readText, writeText } from '../heap/text.js';
import { SHAPE_TYPE } from './types.js';

const TEXT: number = Record.BODY;

defineRecord(SHAPE_TYPE, {
  label: 'shape',
  dispose(address) {
    if (i32[address + TEXT] !== 0) free(i32[address + TEXT]);
  },
});

/** A thread's handle on a shape. Nobody sees it; it is a handle so that the thread's reference goes when the thread does. */
export class Shape extends Handle {
  /** The names, in the order in which they came. Read from the heap when first wanted. */
  get keys(): readonly string[] {
    let keys = keysOf.get(this);
    if (keys === undefined) keysOf.set(this, (keys = JSON.parse(readText(i32[this[ADDRESS] + TEXT])) as string[]));
    return keys;
  }
}

const keysOf = new WeakMap<Shape, readonly string[]>();

defineHandle(SHAPE_TYPE, Shape);

/** Shapes that this thread made objects of lately. */
const KEPT = 256;
const known = new Map<string, Shape>();

/** The shape with these names. Throws HeapExhaustedError. */
export function shapeOf(keys: readonly string[]): Shape {
  const text = JSON.stringify(keys);
  const found = known.get(text);
  if (found !== undefined) return found;
  const names = writeText(text);
  let address = 0;
  try {
    address = newRecord(SHAPE_TYPE, 2);
  } finally {
    if (address === 0) free(names);
  }
  i32[address + TEXT] = names;
  const shape = handleAt(address) as Shape;
  if (known.size >= KEPT) known.delete(known.keys().next().value as string);
  known.set(text, shape);
  return shape;
}
