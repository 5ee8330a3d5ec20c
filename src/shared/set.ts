import { inspect, type InspectOptions } from 'node:util';
import { mustBeCallable, mustBeIterable } from '../arguments.js';
import { ofType } from '../heap/records.js';
import { ADDRESS, defineSealed, Handle, sealUnlessExtended } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { dropWords, encodeAny, pin, valueOf } from './cells.js';
import { show } from './show.js';
import * as table from './table.js';
import { SET_TYPE, type Shared } from './types.js';

function at(set: Handle): number {
  return ofType(set?.[ADDRESS], SET_TYPE);
}

/**
 * A set that threads share: JavaScript's Set with the operations of Python's. `shared(new Set(…))` makes one that has elements.
 *
 * Elements are what keys of a {@link SharedMap} are: numbers, strings, bigints, booleans, null, undefined, and shared objects by
 * identity. Each operation is one step for all threads; loops and copies see the set as it was at one moment, in the order of
 * insertion.
 *
 * @example
 * const seen = new SharedSet<string>();
 * if (seen.insert(url)) download(url); // one of the threads gets true
 */
export class SharedSet<T> extends Handle {
  /** @param items what it holds at the start. */
  constructor(items: Iterable<Shared<T>> = []) {
    mustBeIterable(items, 'new SharedSet()');
    super(table.newTable(SET_TYPE));
    sealUnlessExtended(this, new.target);
    for (const item of items) this.add(item);
  }

  /** Number of elements. Python's `len(set)`. */
  get size(): number {
    return table.sizeOf(at(this));
  }

  /** Whether the set has this element. Python's `item in set`. */
  has(item: Shared<T>): boolean {
    return table.has(at(this), item);
  }

  /** Puts an element in. */
  add(item: Shared<T>): this {
    at(this);
    this.insert(item);
    return this;
  }

  /** Puts an element in; whether it was missing. In one step, which Python has only under a lock. */
  insert(item: Shared<T>): boolean {
    at(this);
    pin(this);
    encodeAny(undefined, () => '');
    return table.write(at(this), item, table.When.MISSING);
  }

  /** Takes an element out; whether it was there. Python's `discard`. */
  delete(item: Shared<T>): boolean {
    at(this);
    pin(this);
    if (!table.remove(at(this), item)) return false;
    dropWords(table.removed[0], table.removed[1]);
    return true;
  }

  /** Takes an element out; RangeError (Python's KeyError) if it is not there. */
  remove(item: Shared<T>): void {
    at(this);
    if (!this.delete(item)) throw new RangeError(`the set has no element ${inspect(item)}`);
  }

  /** Takes the element out that was put in last and returns it; RangeError if the set is empty. Python's `pop`. */
  pop(): Shared<T> {
    at(this);
    pin(this);
    if (!table.removeLast(at(this))) throw new RangeError('pop from an empty set');
    const [low, high] = table.removed;
    try {
      return valueOf(low, high) as Shared<T>;
    } finally {
      dropWords(low, high);
    }
  }

  /** Empties the set. */
  clear(): void {
    at(this);
    pin(this);
    table.clearTable(at(this));
  }

  /** The elements, as they are at one moment, in the order of insertion. */
  values(): IterableIterator<Shared<T>> {
    at(this);
    pin(this);
    const entries = table.entriesOf(at(this));
    try {
      return entries.order.map((at) => valueOf(i32[at], i32[at + 1]) as Shared<T>).values();
    } finally {
      table.freeEntries(entries);
    }
  }

  /** The elements, as a Map has keys. */
  keys(): IterableIterator<Shared<T>> {
    at(this);
    return this.values();
  }

  /** Pairs of an element and itself, as Set has them. */
  entries(): IterableIterator<[Shared<T>, Shared<T>]> {
    at(this);
    return Array.from(this.values(), (item) => [item, item] as [Shared<T>, Shared<T>]).values();
  }

  /** Iterates over the elements as they are now. */
  [Symbol.iterator](): IterableIterator<Shared<T>> {
    at(this);
    return this.values();
  }

  /** Calls `fn` for each element of a snapshot. */
  forEach(fn: (item: Shared<T>) => void): void {
    at(this);
    mustBeCallable(fn, 'forEach()');
    for (const item of this.values()) fn(item);
  }

  /** A plain Set with the elements as they are at one moment: for union, intersection and so on. */
  toSet(): Set<Shared<T>> {
    at(this);
    return new Set(this.values());
  }

  /** {@link toSet} by Python's name: `set.copy()`. */
  copy(): Set<Shared<T>> {
    at(this);
    return this.toSet();
  }

  /** For JSON.stringify: an array. */
  toJSON(): Shared<T>[] {
    at(this);
    return [...this.values()];
  }

  /** Text form: `SharedSet(1) { 'a' }`. */
  override toString(): string {
    at(this);
    return inspect(this);
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptions, print: typeof inspect): string {
    return show('SharedSet', at(this), depth, options, () => this.toSet(), print);
  }
}

defineSealed(SET_TYPE, SharedSet);
