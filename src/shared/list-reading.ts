/**
 * What is done with a snapshot of a list.
 */
import { inspect } from 'node:util';
import { mustBeCallable, told } from '../arguments.js';
import { ADDRESS, Handle } from '../heap/handle.js';
import { ofType } from '../heap/records.js';
import { LIST_TYPE, type Shared } from './types.js';

/** Address of the list; TypeError for what is none. */
export function listAt(list: Handle): number {
  return ofType(list?.[ADDRESS], LIST_TYPE);
}

/** The index as a whole number, as arrays' methods take it; TypeError for what is no number. */
export function wholeOf(index: number): number {
  if (typeof index !== 'number') throw new TypeError(`an index of a list is a number, not ${inspect(index)}`);
  return (index | 0) === index ? index : Math.trunc(index) || 0;
}

/**
 * What reads a {@link SharedList} as a whole: each call sees the list as it was at one moment, and gives plain arrays. A part of that
 * class, in a file of its own.
 */
export abstract class ListReading<T> extends Handle {
  /** A plain array with the elements as they are at one moment. */
  abstract toArray(): Shared<T>[];

  /** Elements from `start` up to `end` as a plain array. Python's `list[start:end]`. */
  slice(start?: number, end?: number): Shared<T>[] {
    listAt(this);
    return this.toArray().slice(start === undefined ? 0 : wholeOf(start), end === undefined ? Infinity : wholeOf(end));
  }

  /** A plain array with the elements as they are at one moment: {@link toArray} by Python's name, `list.copy()`. */
  copy(): Shared<T>[] {
    listAt(this);
    return this.toArray();
  }

  /**
   * A plain array with the elements and then `items`; arrays and lists among those with what they hold. Python's `list + items`.
   */
  concat<U = Shared<T>>(...items: (U | readonly U[] | ListReading<U>)[]): (Shared<T> | U)[] {
    listAt(this);
    const all: (Shared<T> | U)[] = this.toArray();
    return all.concat(...items.map((item) => (item instanceof ListReading ? (item.toArray() as U[]) : item)));
  }

  /** Calls `fn` for each element of a snapshot. */
  forEach(fn: (value: Shared<T>, index: number) => void): void {
    listAt(this);
    mustBeCallable(fn, 'forEach()');
    this.toArray().forEach((value, index) => fn(value, index));
  }

  /** What `fn` makes of each element of a snapshot, as a plain array. */
  map<R>(fn: (value: Shared<T>, index: number) => R): R[] {
    listAt(this);
    mustBeCallable(fn, 'map()');
    return this.toArray().map((value, index) => fn(value, index));
  }

  /** The elements of a snapshot for which `fn` is true, as a plain array. */
  filter(fn: (value: Shared<T>, index: number) => unknown): Shared<T>[] {
    listAt(this);
    mustBeCallable(fn, 'filter()');
    return this.toArray().filter((value, index) => fn(value, index));
  }

  /** The first element of a snapshot for which `fn` is true, undefined if there is none. */
  find(fn: (value: Shared<T>, index: number) => unknown): Shared<T> | undefined {
    listAt(this);
    mustBeCallable(fn, 'find()');
    return this.toArray().find((value, index) => fn(value, index));
  }

  /** Index of the first element of a snapshot for which `fn` is true, -1 if there is none. */
  findIndex(fn: (value: Shared<T>, index: number) => unknown): number {
    listAt(this);
    mustBeCallable(fn, 'findIndex()');
    return this.toArray().findIndex((value, index) => fn(value, index));
  }

  /** Whether `fn` is true for an element of a snapshot. Python's `any(fn(x) for x in list)`. */
  some(fn: (value: Shared<T>, index: number) => unknown): boolean {
    listAt(this);
    mustBeCallable(fn, 'some()');
    return this.toArray().some((value, index) => fn(value, index));
  }

  /** Whether `fn` is true for all elements of a snapshot. Python's `all(fn(x) for x in list)`. */
  every(fn: (value: Shared<T>, index: number) => unknown): boolean {
    listAt(this);
    mustBeCallable(fn, 'every()');
    return this.toArray().every((value, index) => fn(value, index));
  }

  /**
   * What `fn` makes of the elements of a snapshot, one after the other, beginning with the first; TypeError if there is none.
   * Python's `functools.reduce(fn, list)`.
   */
  reduce(fn: (sum: Shared<T>, value: Shared<T>, index: number) => Shared<T>): Shared<T>;
  /** As above, beginning with `initial`. Python's `functools.reduce(fn, list, initial)`. */
  reduce<R>(fn: (sum: R, value: Shared<T>, index: number) => R, initial: R): R;
  reduce<R>(fn: (sum: R, value: Shared<T>, index: number) => R, ...initial: R[]): R {
    listAt(this);
    mustBeCallable(fn, 'reduce()');
    const elements = this.toArray() as unknown[] as R[];
    const step = (sum: R, value: R, index: number): R => fn(sum, value as unknown as Shared<T>, index);
    return initial.length === 0 ? elements.reduce(step) : elements.reduce(step, initial[0]);
  }

  /** The elements of a snapshot as one text. Throws TypeError for symbols, as arrays do. */
  join(separator?: string): string {
    listAt(this);
    if (separator !== undefined && typeof separator !== 'string')
      throw new TypeError(`join() takes a text between the elements, not ${told(separator)}`);
    const elements = this.toArray();
    const symbol = elements.findIndex((element) => typeof element === 'symbol');
    if (symbol >= 0) throw new TypeError(`join(): element ${symbol} is a symbol, which has no text`);
    return elements.join(separator);
  }

  /** Iterates over the elements as they are now. */
  values(): IterableIterator<Shared<T>> {
    listAt(this);
    return this.toArray().values();
  }

  /** Iterates over the elements as they are now. */
  [Symbol.iterator](): IterableIterator<Shared<T>> {
    listAt(this);
    return this.values();
  }

  /** Iterates over the indices as they are now. Python's `range(len(list))`. */
  keys(): IterableIterator<number> {
    listAt(this);
    return this.toArray().keys();
  }

  /** Iterates over pairs of index and element as they are now. Python's `enumerate`. */
  entries(): IterableIterator<[number, Shared<T>]> {
    listAt(this);
    return this.toArray().entries();
  }

  /** For JSON.stringify. */
  toJSON(): Shared<T>[] {
    listAt(this);
    return this.toArray();
  }
}
