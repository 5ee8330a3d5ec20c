import { inspect, type InspectOptions } from 'node:util';
import { mustBeCallable, mustBeIterable } from '../arguments.js';
import { ValueError } from '../errors.js';
import { allocateRaw, free } from '../heap/allocator.js';
import { defineSealed, sealUnlessExtended } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import {
  CELL_WORDS,
  decode,
  dropCells,
  encode,
  mustBeComparable,
  pin,
  STAGE,
  UNKNOWN,
  valueOf,
  dropWords,
} from './cells.js';
import { compareExchange, type Place, update } from './exchange.js';
import { listAt, ListReading, wholeOf } from './list-reading.js';
import * as store from './list-store.js';
import { naturally } from './order.js';
import { show } from './show.js';
import { LIST_TYPE, type Shared } from './types.js';

/**
 * A list that threads share: Python's list with the manners of JavaScript's arrays. `shared([…])` makes one that has elements.
 *
 * Each operation is one step for all threads. Elements are read with `at` or `get` and written with `set`: `list[0]` is no element.
 * Negative indices count from the end. Loops and copies (`for … of`, `toArray`, `slice`, `map`) see the list as it was at one
 * moment. Plain objects, arrays, Maps and Sets become shared ones when they are put in; other values come out as frozen copies.
 *
 * @example
 * const jobs = new SharedList<string>();
 * jobs.push('a');
 * new Thread({ target: () => console.log(jobs.pop()) }).start();
 */
export class SharedList<T> extends ListReading<T> {
  /** @param items what it holds at the start. */
  constructor(items: Iterable<T | Shared<T>> = []) {
    super(store.newList(0));
    sealUnlessExtended(this, new.target);
    this.extend(items);
  }

  /** Number of elements; setting it is done with `splice` or `clear`. Python's `len(list)`. */
  get length(): number {
    return store.lengthOf(listAt(this));
  }

  /** Element `index`, undefined if the list has none. */
  at(index: number): Shared<T> | undefined {
    const value = store.readElement(listAt(this), wholeOf(index));
    return value === UNKNOWN ? undefined : (value as Shared<T>);
  }

  /** Element `index`; RangeError if the list has none. Python's `list[index]`. */
  get(index: number): Shared<T> {
    const value = store.readElement(listAt(this), wholeOf(index));
    if (value === UNKNOWN) throw this.outOfRange(index);
    return value as Shared<T>;
  }

  /** Writes element `index`; RangeError if the list has none. Python's `list[index] = value`. */
  set(index: number, value: T | Shared<T>): void {
    const at = wholeOf(index);
    encode(value, this, listAt(this), at);
    if (store.writeElement(listAt(this), at)) return;
    dropWords(i32[STAGE], i32[STAGE + 1]);
    throw this.outOfRange(index);
  }

  /**
   * Replaces element `index` by `fn(element)` in one step for all threads, and returns the new one. `fn` may be called several
   * times, when other threads write in between; it must do nothing but compute. RangeError if the list has no such element.
   *
   * @example
   * counts.update(0, (count) => count + 1);
   */
  update(index: number, fn: (value: Shared<T>) => T | Shared<T>): Shared<T> {
    listAt(this);
    mustBeCallable(fn, 'update()');
    return update(this.place(index), fn as (value: unknown) => unknown) as Shared<T>;
  }

  /** Writes `value` to element `index` if that is `expected` now; returns the element before, so `=== expected` means that it was written. */
  compareExchange(index: number, expected: Shared<T>, value: T | Shared<T>): Shared<T> {
    listAt(this);
    return compareExchange(this.place(index), expected, value) as Shared<T>;
  }

  private place(index: number): Place {
    const at = wholeOf(index);
    const address = listAt(this);
    return {
      owner: this,
      address,
      key: at,
      keep: () => {
        if (!store.keepElement(address, at)) throw this.outOfRange(at);
      },
      swap: (low, high) => store.swapElement(address, at, low, high),
    };
  }

  /** Exchanges two elements; RangeError if the list lacks one. */
  swap(i: number, j: number): void {
    if (!store.exchangeElements(listAt(this), wholeOf(i), wholeOf(j))) throw this.outOfRange(`${i} or ${j}`);
  }

  /** Moves element `from` so that it is number `to` afterwards; RangeError if the list lacks one of them. */
  move(from: number, to: number): void {
    if (!store.moveElement(listAt(this), wholeOf(from), wholeOf(to))) throw this.outOfRange(`${from} or ${to}`);
  }

  /** Appends elements, all at once, and returns the new length. */
  push(...items: (T | Shared<T>)[]): number {
    const list = listAt(this);
    if (items.length !== 1) return this.replace(Infinity, 0, items).length;
    encode(items[0], this, list, store.lengthOf(list));
    pin(this);
    return store.append(list);
  }

  /** Appends an element. Python's `append`. */
  append(item: T | Shared<T>): void {
    listAt(this);
    this.push(item);
  }

  /** Appends what an iterable yields, all at once. Python's `extend`. */
  extend(items: Iterable<T | Shared<T>>): void {
    listAt(this);
    mustBeIterable(items, 'extend()');
    const all = [...items];
    if (all.length > 0) this.replace(Infinity, 0, all);
  }

  /** Puts elements at the start, all at once, and returns the new length. */
  unshift(...items: (T | Shared<T>)[]): number {
    listAt(this);
    return this.replace(0, 0, items).length;
  }

  /** Puts an element before element `index`; beyond the ends it goes to the end. Python's `insert`. */
  insert(index: number, item: T | Shared<T>): void {
    listAt(this);
    this.replace(wholeOf(index), 0, [item]);
  }

  /** Takes element `index` out, the last by default, and returns it; RangeError if there is none. Python's `pop`. */
  pop(index = -1): Shared<T> {
    listAt(this);
    pin(this);
    if (store.takeElement(listAt(this), wholeOf(index))) return decode(store.taken[0], store.taken[1]) as Shared<T>;
    throw this.length === 0 && index === -1 ? new RangeError('pop from empty list') : this.outOfRange(index);
  }

  /** Takes the first element out and returns it, undefined if there is none. As fast as `pop`. */
  shift(): Shared<T> | undefined {
    listAt(this);
    pin(this);
    if (!store.takeElement(listAt(this), 0)) return undefined;
    return decode(store.taken[0], store.taken[1]) as Shared<T>;
  }

  /** Takes the first element out that is `item`; ValueError if there is none. Compares as `includes`. Python's `remove`. */
  remove(item: Shared<T>): void {
    listAt(this);
    if (this.locate(item, 0, 1, true, 'remove()') >= 0) dropWords(store.taken[0], store.taken[1]);
    else throw new ValueError(`list.remove(x): ${inspect(item)} is not in the list`);
  }

  /**
   * Takes `count` elements from `start` on out (all by default), puts `items` in their place, and returns what was taken; in one step.
   * Array's `splice`, Python's `list[start:end] = items` and `del list[start:end]`.
   */
  splice(start: number, count = Infinity, ...items: (T | Shared<T>)[]): Shared<T>[] {
    listAt(this);
    const removed = Math.max(0, count === Infinity ? count : wholeOf(count));
    return this.replace(wholeOf(start), removed, items).removed;
  }

  private replace(index: number, count: number, items: readonly unknown[]): { length: number; removed: Shared<T>[] } {
    const address = listAt(this);
    const cells = allocateRaw(Math.max(1, items.length) * CELL_WORDS * 4);
    let filled = 0;
    let bin = 0;
    try {
      for (const [k, item] of items.entries()) {
        encode(item, this, address, k);
        i32[cells + filled * CELL_WORDS] = i32[STAGE];
        i32[cells + filled * CELL_WORDS + 1] = i32[STAGE + 1];
        filled++;
      }
      pin(this);
      for (;;) {
        const room = Math.min(count, this.length);
        bin = allocateRaw(Math.max(1, room) * CELL_WORDS * 4);
        const taken = store.splice(address, Math.min(index, 2 ** 31), count, cells, filled, bin, room);
        if (taken >= 0) {
          filled = 0;
          return { length: store.lengthNow, removed: decodeAll(bin, taken) as Shared<T>[] };
        }
        free(bin);
        bin = 0;
      }
    } finally {
      dropCells(cells, filled);
      free(cells);
      if (bin !== 0) free(bin);
    }
  }

  /** Empties the list. */
  clear(): void {
    listAt(this);
    pin(this);
    store.emptyList(listAt(this));
  }

  /** Turns the order round. */
  reverse(): this {
    store.reverseList(listAt(this));
    return this;
  }

  /**
   * Sorts the list: by `compare`, or numbers and strings in their natural order, as Python does; TypeError for elements without one.
   * What is sorted is a snapshot, which is written back if the list is still as it was; else it begins anew. `compare`
   * must do nothing but compare.
   */
  sort(compare: (a: Shared<T>, b: Shared<T>) => number = naturally): this {
    listAt(this);
    mustBeCallable(compare, 'sort()');
    for (;;) {
      const snapshot = this.snapshot();
      try {
        const { block, count } = snapshot;
        const values = valuesAt(block, count) as Shared<T>[];
        const order = Array.from(values, (_, k) => k).sort((a, b) => compare(values[a], values[b]));
        const words = Array.from(i32.subarray(block, block + count * CELL_WORDS));
        for (let k = 0; k < count; k++) {
          i32[block + k * CELL_WORDS] = words[order[k] * CELL_WORDS];
          i32[block + k * CELL_WORDS + 1] = words[order[k] * CELL_WORDS + 1];
        }
        if (store.restore(listAt(this), snapshot)) return this;
      } finally {
        store.freeSnapshot(snapshot);
      }
    }
  }

  private snapshot(): store.Snapshot {
    pin(this);
    return store.snapshotOf(listAt(this));
  }

  /** Index of the first element from `start` on that is `item`, -1 if there is none. Values that are copies (Date …) are a TypeError. */
  indexOf(item: Shared<T>, start = 0): number {
    listAt(this);
    return item !== item ? -1 : this.locate(item, wholeOf(start), 1, false, 'indexOf()');
  }

  /** Index of the last element that is `item`, -1 if there is none. */
  lastIndexOf(item: Shared<T>, start = -1): number {
    listAt(this);
    return item !== item ? -1 : this.locate(item, wholeOf(start), -1, false, 'lastIndexOf()');
  }

  /** Index of the first element from `start` on that is `item`; ValueError if there is none. Compares as `includes`. Python's `index`. */
  index(item: Shared<T>, start = 0): number {
    listAt(this);
    const found = this.locate(item, wholeOf(start), 1, false, 'index()');
    if (found < 0) throw new ValueError(`list.index(x): ${inspect(item)} is not in the list`);
    return found;
  }

  /** How many elements are `item`. Compares as `includes`. Python's `count`. */
  count(item: Shared<T>): number {
    listAt(this);
    return this.search(item, 'count()', (low, high) => store.countElements(listAt(this), low, high));
  }

  /** Whether an element is `item`; NaN is found. Python's `in`. */
  includes(item: Shared<T>): boolean {
    listAt(this);
    return this.locate(item, 0, 1, false, 'includes()') >= 0;
  }

  private locate(item: unknown, start: number, step: 1 | -1, remove: boolean, what: string): number {
    return this.search(item, what, (low, high) => store.search(listAt(this), low, high, start, step, remove));
  }

  /** Calls `look` with the words of `item`, as they would stand in a cell. */
  private search(item: unknown, what: string, look: (low: number, high: number) => number): number {
    mustBeComparable(item, what);
    encode(item === 0 ? 0 : item, this, listAt(this), 'item');
    const low = i32[STAGE];
    const high = i32[STAGE + 1];
    const found = look(low, high);
    dropWords(low, high);
    return found;
  }

  /** A plain array with the elements as they are at one moment. Python's `list[:]`. */
  override toArray(): Shared<T>[] {
    listAt(this);
    const snapshot = this.snapshot();
    try {
      return valuesAt(snapshot.block, snapshot.count) as Shared<T>[];
    } finally {
      store.freeSnapshot(snapshot);
    }
  }

  /** Text form: `SharedList [ 1, 2 ]`. */
  override toString(): string {
    listAt(this);
    return inspect(this);
  }

  private outOfRange(index: number | string): RangeError {
    return new RangeError(`list index out of range: there is no element ${index}, the length is ${this.length}`);
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptions, print: typeof inspect): string {
    return show('SharedList', listAt(this), depth, options, () => this.toArray(), print);
  }
}

function valuesAt(block: number, count: number): unknown[] {
  const values: unknown[] = [];
  for (let cell = block; cell < block + count * CELL_WORDS; cell += CELL_WORDS) {
    values.push(valueOf(i32[cell], i32[cell + 1]));
  }
  return values;
}

/** The values of cells that are nobody else's any more; they are given up. */
function decodeAll(block: number, count: number): unknown[] {
  try {
    return valuesAt(block, count);
  } finally {
    dropCells(block, count);
  }
}

defineSealed(LIST_TYPE, SharedList);
