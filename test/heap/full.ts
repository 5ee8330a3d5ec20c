/** A heap that has no room for anything. */
import { HeapExhaustedError } from '../../src/errors.js';
import { allocateRaw, free, onPressure } from '../../src/heap/allocator.js';
import { Control } from '../../src/heap/layout.js';
import { i32 } from '../../src/heap/memory.js';
import { kindsInUse } from '../../src/heap/records.js';

// Full is full: nothing that others left is collected to make room.
onPressure(() => false);

const LARGEST = 8192;
const SMALLEST = 16;

/** Runs `use` while the heap has no room but for `spare` blocks of `bytes` bytes. */
export function withFullHeap<R>(use: () => R, spare = 0, bytes = SMALLEST): R {
  const limit = i32[Control.LIMIT_PAGES];
  i32[Control.LIMIT_PAGES] = i32[Control.FRESH_PAGE] + 64;
  // Every second of them, so that no span is empty, whose pages would serve for everything.
  const pairs = Array.from({ length: 2 * spare }, () => allocateRaw(bytes));
  const filling: number[] = [];
  try {
    for (let size = LARGEST; size >= SMALLEST; size = Math.floor(size * 0.9)) fillWith(size, filling);
    for (let k = 0; k < pairs.length; k += 2) free(pairs[k]);
    return use();
  } finally {
    i32[Control.LIMIT_PAGES] = limit;
    for (let k = 1; k < pairs.length; k += 2) free(pairs[k]);
    for (const block of filling) free(block);
  }
}

function fillWith(bytes: number, filling: number[]): void {
  try {
    for (;;) filling.push(allocateRaw(bytes));
  } catch (error) {
    if (!(error instanceof HeapExhaustedError)) throw error;
  }
}

/** How many records there are whose class has this label. */
export function countOf(label: string): number {
  return kindsInUse().find((kind) => kind.label === label)?.count ?? 0;
}
