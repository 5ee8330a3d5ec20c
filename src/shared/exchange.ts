/**
 * Reading, computing and writing as one step: the value is read with a reference on it, the new one is computed outside of every
 * latch, and goes in if the old one is still there. The reference keeps the old record, so its address cannot come to mean
 * something else in between.
 */
import type { Handle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { retain } from '../heap/records.js';
import { Tag } from '../wire/slot.js';
import { decode, dropWords, encode, keptHigh, keptLow, mustBeComparable, STAGE, valueOf } from './cells.js';

/** Where a value stands in a container. */
export interface Place {
  readonly owner: Handle;
  readonly address: number;
  /** For errors. */
  readonly key: PropertyKey;
  /** Keeps what is there (cells.ts); words of an empty cell if nothing is. */
  keep(): void;
  /**
   * Moves what is in the stage there if these words still are; whether it did. The words, and the stage where it did not, are given up
   * in any case, also if it throws HeapExhaustedError.
   */
  swap(low: number, high: number): boolean;
}

/** Replaces what is at the place by `fn` of it; returns what is there then. */
export function update(place: Place, fn: (value: unknown) => unknown): unknown {
  for (;;) {
    place.keep();
    const low = keptLow;
    const high = keptHigh;
    try {
      encode(fn(valueOf(low, high)), place.owner, place.address, place.key);
    } catch (error) {
      dropWords(low, high);
      throw error;
    }
    const newLow = i32[STAGE];
    const newHigh = i32[STAGE + 1];
    // Kept for the answer: once it is there it may be replaced at once.
    if (newHigh === Tag.RECORD) retain(newLow);
    let swapped = false;
    try {
      swapped = place.swap(low, high);
    } finally {
      if (!swapped) dropWords(newLow, newHigh);
    }
    if (swapped) return decode(newLow, newHigh);
  }
}

/** Writes `value` if what is there is `expected`; returns what was there. */
export function compareExchange(place: Place, expected: unknown, value: unknown): unknown {
  mustBeComparable(expected, 'compareExchange()');
  for (;;) {
    place.keep();
    const low = keptLow;
    const high = keptHigh;
    let found: unknown;
    try {
      found = valueOf(low, high);
      // Both zeros are one value, and NaN is one, as keys of a Map are compared.
      if (found !== expected && !(found !== found && expected !== expected)) {
        dropWords(low, high);
        return found;
      }
      encode(value, place.owner, place.address, place.key);
    } catch (error) {
      dropWords(low, high);
      throw error;
    }
    if (place.swap(low, high)) return found;
  }
}
