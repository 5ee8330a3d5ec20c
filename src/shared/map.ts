import { inspect, type InspectOptions } from 'node:util';
import { mustBeCallable, mustBeIterable } from '../arguments.js';
import { ADDRESS, defineSealed, Handle, sealUnlessExtended } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { ofType, retain } from '../heap/records.js';
import { Tag } from '../wire/slot.js';
import { decode, dropWords, encode, keptHigh, keptLow, pin, STAGE, UNKNOWN, valueOf } from './cells.js';
import { compareExchange, type Place, update } from './exchange.js';
import { show } from './show.js';
import * as table from './table.js';
import { MAP_TYPE, type Shared } from './types.js';

const { When } = table;
const NO_DEFAULT: unique symbol = Symbol('no default');

function at(map: Handle): number {
  return ofType(map?.[ADDRESS], MAP_TYPE);
}

/**
 * A map that threads share: JavaScript's Map with the operations of Python's dict. `shared(new Map(…))` makes one that has entries.
 *
 * Each operation is one step for all threads; threads that use different keys mostly take different latches. Keys are
 * numbers, strings, bigints, booleans, null, undefined, and shared objects (locks, other maps …) by identity; anything else is a
 * TypeError. Loops and copies see the map as it was at one moment, in the order of insertion. Plain objects, arrays, Maps and Sets
 * become shared ones when they are put in; other values come out as frozen copies.
 *
 * @example
 * const hits = new SharedMap<string, number>();
 * hits.update('/index', (count = 0) => count + 1);
 */
export class SharedMap<K, V> extends Handle {
  /** @param entries what it holds at the start: a Map, or pairs. */
  constructor(entries: Iterable<readonly [K, V | Shared<V>]> = []) {
    mustBeIterable(entries, 'new SharedMap()');
    super(table.newTable(MAP_TYPE));
    sealUnlessExtended(this, new.target);
    for (const entry of entries) {
      mustBeIterable(entry, 'an entry of new SharedMap()');
      const [key, value] = entry;
      this.set(key, value);
    }
  }

  /** Number of entries. Python's `len(dict)`. */
  get size(): number {
    return table.sizeOf(at(this));
  }

  /** The value under `key`, undefined if there is none. */
  get(key: K): Shared<V> | undefined {
    const value = table.read(at(this), key);
    return value === UNKNOWN ? undefined : (value as Shared<V>);
  }

  /** Whether there is an entry with this key. Python's `key in dict`. */
  has(key: K): boolean {
    return table.has(at(this), key);
  }

  /** Writes the value under `key`. Python's `dict[key] = value`. */
  set(key: K, value: V | Shared<V>): this {
    at(this);
    this.stage(key, value);
    table.write(at(this), key, When.ALWAYS);
    return this;
  }

  private stage(key: K, value: unknown): void {
    encode(value, this, at(this), key as PropertyKey);
    pin(this);
  }

  /** Takes the entry with this key out; whether there was one. Python's `del dict[key]`. */
  delete(key: K): boolean {
    at(this);
    pin(this);
    if (!table.remove(at(this), key)) return false;
    const [keyLow, keyHigh, low, high] = table.removed;
    dropWords(keyLow, keyHigh);
    dropWords(low, high);
    return true;
  }

  /** Takes the entry with this key out and returns its value; else `fallback`, or a RangeError (Python's KeyError) if none was given. */
  pop<D = never>(key: K, fallback: D | typeof NO_DEFAULT = NO_DEFAULT): Shared<V> | D {
    at(this);
    pin(this);
    if (table.remove(at(this), key)) {
      const [keyLow, keyHigh, low, high] = table.removed;
      dropWords(keyLow, keyHigh);
      return decode(low, high) as Shared<V>;
    }
    if (fallback === NO_DEFAULT) throw new RangeError(`the map has no key ${inspect(key)}`);
    return fallback as D;
  }

  /** Takes the entry that was put in last out and returns key and value; RangeError if the map is empty. Python's `popitem`. */
  popItem(): [K, Shared<V>] {
    at(this);
    pin(this);
    if (!table.removeLast(at(this))) throw new RangeError('popItem(): the map is empty');
    const [keyLow, keyHigh, low, high] = table.removed;
    try {
      return [valueOf(keyLow, keyHigh) as K, valueOf(low, high) as Shared<V>];
    } finally {
      dropWords(keyLow, keyHigh);
      dropWords(low, high);
    }
  }

  /** Empties the map. */
  clear(): void {
    at(this);
    pin(this);
    table.clearTable(at(this));
  }

  /** The value under `key`; where there is none, puts `value` there. In one step. */
  getOrInsert(key: K, value: V | Shared<V>): Shared<V> {
    const found = table.read(at(this), key);
    return found === UNKNOWN ? this.insert(key, value) : (found as Shared<V>);
  }

  /** As {@link getOrInsert}, with a value that is computed only where it is needed (which other threads may do at the same time; one wins). */
  getOrInsertComputed(key: K, compute: (key: K) => V | Shared<V>): Shared<V> {
    at(this);
    mustBeCallable(compute, 'getOrInsertComputed()');
    const found = table.read(at(this), key);
    return found === UNKNOWN ? this.insert(key, compute(key)) : (found as Shared<V>);
  }

  /** Python's `setdefault`: {@link getOrInsert} by its other name. */
  setDefault(key: K, value: V | Shared<V>): Shared<V> {
    at(this);
    return this.getOrInsert(key, value);
  }

  private insert(key: K, value: unknown): Shared<V> {
    this.stage(key, value);
    // Kept for the answer: in the map it may be replaced at once.
    const low = i32[STAGE];
    const high = i32[STAGE + 1];
    if (high === Tag.RECORD) retain(low);
    let inserted = false;
    try {
      inserted = table.write(at(this), key, When.MISSING);
    } finally {
      if (!inserted) dropWords(low, high);
    }
    return (inserted ? decode(low, high) : decode(keptLow, keptHigh)) as Shared<V>;
  }

  /**
   * Replaces the value under `key` by `fn(value)` in one step for all threads, and returns the new one; `fn` gets undefined where there
   * is none. It may be called several times, when other threads write in between, and must do nothing but compute.
   *
   * @example
   * words.update(word, (count = 0) => count + 1);
   */
  update(key: K, fn: (value: Shared<V> | undefined) => V | Shared<V>): Shared<V> {
    at(this);
    mustBeCallable(fn, 'update()');
    return update(this.place(key), fn as (value: unknown) => unknown) as Shared<V>;
  }

  /**
   * Writes `value` under `key` if the value there is `expected` (undefined: there is none, or it is undefined), and returns the
   * one before: `=== expected` means that it was written.
   */
  compareExchange(key: K, expected: Shared<V> | undefined, value: V | Shared<V>): Shared<V> | undefined {
    at(this);
    return compareExchange(this.place(key), expected, value) as Shared<V> | undefined;
  }

  private place(key: K): Place {
    const address = at(this);
    return {
      owner: this,
      address,
      key: key as PropertyKey,
      keep: () => void table.keep(address, key),
      swap: (low, high) => {
        try {
          return table.write(address, key, When.SAME, low, high);
        } finally {
          dropWords(low, high);
        }
      },
    };
  }

  /** Pairs of key and value, as they are at one moment, in the order of insertion. */
  entries(): IterableIterator<[K, Shared<V>]> {
    at(this);
    return this.read((at) => [valueAt(at), valueAt(at + 2)] as [K, Shared<V>]).values();
  }

  /** {@link entries} by Python's name: `dict.items()`. */
  items(): IterableIterator<[K, Shared<V>]> {
    at(this);
    return this.entries();
  }

  /** The keys, as they are at one moment, in the order of insertion. */
  keys(): IterableIterator<K> {
    at(this);
    return this.read((at) => valueAt(at) as K).values();
  }

  /** The values, as they are at one moment, in the order of the keys' insertion. */
  values(): IterableIterator<Shared<V>> {
    at(this);
    return this.read((at) => valueAt(at + 2) as Shared<V>).values();
  }

  private read<R>(readEntry: (at: number) => R): R[] {
    pin(this);
    const entries = table.entriesOf(at(this));
    try {
      return entries.order.map(readEntry);
    } finally {
      table.freeEntries(entries);
    }
  }

  /** Iterates over the entries as they are now. */
  [Symbol.iterator](): IterableIterator<[K, Shared<V>]> {
    at(this);
    return this.entries();
  }

  /** Calls `fn` for each entry of a snapshot. */
  forEach(fn: (value: Shared<V>, key: K) => void): void {
    at(this);
    mustBeCallable(fn, 'forEach()');
    for (const [key, value] of this.entries()) fn(value, key);
  }

  /** A plain Map with the entries as they are at one moment. */
  toMap(): Map<K, Shared<V>> {
    at(this);
    return new Map(this.entries());
  }

  /** {@link toMap} by Python's name: `dict.copy()`. */
  copy(): Map<K, Shared<V>> {
    at(this);
    return this.toMap();
  }

  /** For JSON.stringify: an object whose keys are the map's as text, as Python's `json.dumps` makes of a dict. */
  toJSON(): Record<string, Shared<V>> {
    at(this);
    return Object.fromEntries(Array.from(this.entries(), ([key, value]) => [String(key), value]));
  }

  /** Text form: `SharedMap(1) { 'a' => 1 }`. */
  override toString(): string {
    at(this);
    return inspect(this);
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptions, print: typeof inspect): string {
    return show('SharedMap', at(this), depth, options, () => this.toMap(), print);
  }
}

function valueAt(cell: number): unknown {
  return valueOf(i32[cell], i32[cell + 1]);
}

defineSealed(MAP_TYPE, SharedMap);
