/**
 * Plain objects, arrays, maps and sets. Objects with the same keys share a shape: the key list is written once a message,
 * and a thread that met the same bytes before knows the keys without decoding them (shapes.ts).
 */
import { inspect, types } from 'node:util';
import { u8 } from '../heap/memory.js';
import { ELEMENT, MAP_KEY, MAP_VALUE, MEMBER, SET_ITEM } from './paths.js';
import { writeNumbers } from './numbers.js';
import type { Reader } from './reader.js';
import { type Guess, noGuess, type ReadShape, SHAPE_LIMIT, shapeFrom, shapeOf, writerOf } from './shapes.js';
import {
  ARRAY,
  END,
  HOLES,
  INTEGER,
  KNOWN_SYMBOL,
  MAP,
  MEMBERS,
  NAMED_ARRAY,
  NULL_PROTOTYPE,
  SET,
  SHAPE,
  SYMBOL,
} from './tags.js';
import type { Writer } from './writer.js';

/** The symbols that the language itself defines, by name. */
export const wellKnown: ReadonlyMap<symbol, string> = new Map(
  Object.getOwnPropertyNames(Symbol)
    .map((name): [unknown, string] => [(Symbol as unknown as Record<string, unknown>)[name], name])
    .filter((entry): entry is [symbol, string] => typeof entry[0] === 'symbol'),
);

export function writeSymbol(w: Writer, symbol: symbol): void {
  const registered = Symbol.keyFor(symbol);
  if (registered !== undefined) {
    w.byte(SYMBOL);
    w.text(registered);
    return;
  }
  const name = wellKnown.get(symbol);
  if (name === undefined) {
    const label = JSON.stringify(symbol.description ?? 'name');
    w.refuse(
      `is ${symbol.toString()}, which no other thread can have`,
      `Use Symbol.for(${label}), or make what has it in each thread, with local(() => …).`,
    );
  }
  w.byte(KNOWN_SYMBOL);
  w.text(name);
}

/** Own enumerable symbol keys; refuses those that have no meaning in another thread. */
function symbolKeys(w: Writer, object: object): symbol[] {
  const all = Object.getOwnPropertySymbols(object);
  if (all.length === 0) return all;
  return all.filter((key) => {
    if (!Object.prototype.propertyIsEnumerable.call(object, key)) return false;
    if (Symbol.keyFor(key) === undefined && !wellKnown.has(key)) {
      w.refuse(
        `has the key ${key.toString()}, which no other thread can have`,
        'Use Symbol.for(…) for the key, or make the object in each thread, with local(() => …).',
      );
    }
    return true;
  });
}

/** Own enumerable keys of both kinds. */
export function sendableKeys(w: Writer, object: object): (string | symbol)[] {
  const keys: (string | symbol)[] = Object.keys(object);
  const symbols = symbolKeys(w, object);
  return symbols.length > 0 ? keys.concat(symbols) : keys;
}

/**
 * Writes an object whose prototype is Object's, and returns what writes those of its shape. Returns null, with nothing
 * written, for one without members that must be looked at more closely.
 */
export function writePlain(w: Writer, object: object): Guess | null {
  const keys = Object.keys(object);
  const symbols = symbolKeys(w, object);
  if (keys.length === 0 && symbols.length === 0 && Object.getOwnPropertyNames(object).length > 0) return null;
  const at = w.position;
  return writeOwn(w, object, keys, symbols, at, w.reserveFirst(object));
}

/** Writes the own members of an object that begins at `at`; `slot` is what `reserveFirst` gave. */
export function writeMembers(w: Writer, object: object, at: number, slot: number): void {
  writeOwn(w, object, Object.keys(object), symbolKeys(w, object), at, slot);
}

function writeOwn(
  w: Writer,
  object: object,
  keys: readonly string[],
  symbols: readonly symbol[],
  at: number,
  slot: number,
): Guess {
  const members = object as Record<string | symbol, unknown>;
  const count = keys.length;
  const shape = symbols.length === 0 && count > 0 && count <= SHAPE_LIMIT ? shapeOf(keys) : null;
  if (shape === null) {
    w.byte(MEMBERS);
    writeUnshaped(w, members, symbols.length > 0 ? [...keys, ...symbols] : keys, at, slot);
    return noGuess;
  }
  const isNew = w.beginShape(shape);
  const depth = w.enter(MEMBER);
  const writeValues = writerOf(shape);
  const repeated =
    writeValues === null
      ? writeEach(w, members, keys, depth, at, slot)
      : writeValues(w, members, w.path, depth, at, slot);
  w.depth--;
  if (repeated && isNew) w.takeBackShape(shape);
  return shape.guess;
}

/** Whether anything but primitives begins here: then `Writer.met` has to be told of the container. */
function isDeep(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Returns whether the object was written before. */
function writeEach(
  w: Writer,
  members: Record<string | symbol, unknown>,
  keys: readonly string[],
  depth: number,
  at: number,
  slot: number,
): boolean {
  const { path } = w;
  for (const key of keys) {
    path[depth] = key;
    const value = members[key];
    if (slot >= 0 && isDeep(value)) {
      if (w.met(members, at, slot)) return true;
      slot = -1;
    }
    w.write(value);
  }
  return slot >= 0 && w.met(members, at, slot);
}

function writeUnshaped(
  w: Writer,
  members: Record<string | symbol, unknown>,
  keys: readonly (string | symbol)[],
  at: number,
  slot: number,
): void {
  w.size(keys.length);
  const depth = w.enter(MEMBER);
  for (const key of keys) {
    w.path[depth] = key;
    // Only values count: when the object comes again its keys may be a shape.
    const { print } = w;
    w.write(key);
    w.print = print;
    const value = members[key];
    if (slot >= 0 && isDeep(value)) {
      if (w.met(members, at, slot)) {
        w.depth--;
        return;
      }
      slot = -1;
    }
    w.write(value);
  }
  if (slot >= 0) w.met(members, at, slot);
  w.depth--;
}

/** Writes the members `keys` of `object`: count; key, value pairs. */
export function writeKeys(w: Writer, object: object, keys: readonly (string | symbol)[]): void {
  w.size(keys.length);
  const depth = w.enter(MEMBER);
  for (const key of keys) {
    w.path[depth] = key;
    w.write(key);
    w.write((object as Record<string | symbol, unknown>)[key]);
  }
  w.depth--;
}

export function writeNullPrototype(w: Writer, object: object): void {
  w.byte(NULL_PROTOTYPE);
  w.reserve(object);
  writeKeys(w, object, sendableKeys(w, object));
}

const INDEX = /^(?:0|[1-9][0-9]{0,9})$/;

function isIndex(key: string): boolean {
  return INDEX.test(key) && Number(key) < 0xffffffff;
}

/** Arrays longer than this are not asked for all their keys just to see whether they have named ones. */
const KEYS_LIMIT = 64;

/**
 * Enumerable keys of an array that are no elements; null where there are none. Symbols are looked for only beside named keys:
 * asking every array for them would cost more than writing most arrays does.
 */
function namedKeys(w: Writer, array: readonly unknown[], missing: boolean): (string | symbol)[] | null {
  if (array.length <= KEYS_LIMIT || types.isProxy(array)) {
    const keys = Object.keys(array);
    // As many keys as elements: named ones can only be there if elements are missing, which the writer will notice.
    if (keys.length === array.length && !missing) return null;
    // Elements come first, so the last key tells.
    const last = keys[keys.length - 1];
    if (last === undefined || isIndex(last)) return null;
  } else {
    // What inspect() shows of an array without its elements costs the same for any length: 1 µs.
    const shown = inspect(array, { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity });
    if (/^\[ \.\.\. \d+ more items? \]$/.test(shown)) return null;
  }
  const named: (string | symbol)[] = Object.keys(array).filter((key) => !isIndex(key));
  return nonEmpty(named.concat(symbolKeys(w, array)));
}

function nonEmpty<T>(list: T[]): T[] | null {
  return list.length > 0 ? list : null;
}

/** A run of missing elements longer than this makes the writer ask for the keys instead of probing each index. */
const PROBES = 1024;

export function writeArray(w: Writer, array: readonly unknown[]): void {
  let named = namedKeys(w, array, false);
  if (named === null && writeNumbers(w, array)) return;
  let whole = true;
  const tagAt = w.position;
  let slot = w.reserveFirst(array);
  w.byte(named === null ? ARRAY : NAMED_ARRAY);
  const { length } = array;
  w.size(length);
  const depth = w.enter(ELEMENT);
  const { path } = w;
  let guess = w.elementGuess;
  for (let k = 0; k < length; k++) {
    const value = array[k];
    if (typeof value === 'number') {
      w.number(value);
      continue;
    }
    if (typeof value === 'string') {
      w.text(value);
      continue;
    }
    if (value === undefined && !(k in array)) {
      if (whole && named === null) {
        named = namedKeys(w, array, true);
        if (named !== null) w.bytes[tagAt] = NAMED_ARRAY;
      }
      whole = false;
      const next = nextElement(array, k, length);
      w.byte(HOLES);
      w.size(next - k);
      k = next - 1;
      continue;
    }
    path[depth] = k;
    if (slot >= 0 && isDeep(value)) {
      if (w.met(array, tagAt, slot)) {
        w.depth--;
        return;
      }
      slot = -1;
    }
    if (typeof value !== 'object' || value === null) w.write(value);
    else if (!guess(w, value)) w.elementGuess = guess = w.object(value);
  }
  const repeated = slot >= 0 && w.met(array, tagAt, slot);
  w.depth--;
  if (named !== null && !repeated) writeKeys(w, array, named);
}

/** Index of the first element at or behind `from` that is not missing; `length` if there is none. */
function nextElement(array: readonly unknown[], from: number, length: number): number {
  const limit = Math.min(length, from + PROBES);
  let next = from + 1;
  while (next < limit && !(next in array)) next++;
  if (next < limit || limit === length) return next;
  for (const key of Object.keys(array)) {
    if (!isIndex(key)) break;
    if (Number(key) >= next) return Number(key);
  }
  return length;
}

export function writeMap(w: Writer, map: ReadonlyMap<unknown, unknown>): void {
  w.byte(MAP);
  w.reserve(map);
  const depth = w.enter(MAP_KEY);
  // The iterator of the built-in class: a subclass may override it.
  for (const [key, value] of Map.prototype.entries.call(map) as IterableIterator<[unknown, unknown]>) {
    w.kinds[depth] = MAP_KEY;
    w.path[depth] = key;
    w.write(key);
    w.kinds[depth] = MAP_VALUE;
    w.path[depth] = key;
    w.write(value);
  }
  // Steps are not cleared after each message: this one may be an object.
  w.path[depth] = '';
  w.depth--;
  w.byte(END);
}

export function writeSet(w: Writer, set: ReadonlySet<unknown>): void {
  w.byte(SET);
  w.reserve(set);
  const depth = w.enter(SET_ITEM);
  for (const item of Set.prototype.values.call(set) as IterableIterator<unknown>) {
    w.path[depth] = item;
    w.write(item);
  }
  w.path[depth] = '';
  w.depth--;
  w.byte(END);
}

/** The shape that comes next. */
export function readShaped(r: Reader, tag: number): ReadShape {
  if (tag === SHAPE) return r.shapes[r.size()] ?? r.damaged();
  const length = r.size();
  const shape = shapeFrom(u8, r.take(length), length);
  r.shapes.push(shape);
  return shape;
}

/** Reads count; key, value pairs into `object`. */
export function readMembers(r: Reader, object: object): void {
  for (let left = r.size(); left > 0; left--) {
    const key = r.read() as string | symbol;
    if (typeof key !== 'string' && typeof key !== 'symbol') r.damaged();
    const value = r.read();
    // Setters and `__proto__` of the prototype must not run.
    if (key in object)
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    else (object as Record<string | symbol, unknown>)[key] = value;
  }
}

export function readArray(r: Reader, named: boolean): unknown[] {
  const length = r.size();
  if (length > 0xffffffff) r.damaged();
  // Growing a long array costs more than reading it; the bytes that are left bound what a damaged length can ask for.
  const array: unknown[] = [];
  if (length > 32 && length <= r.left && length < 1e7) array.length = length;
  r.made(array);
  for (let k = 0; k < length; ) {
    const tag = r.peek();
    if (tag === INTEGER) array[k++] = r.integer();
    else if (tag === HOLES) {
      r.byte();
      const holes = r.size();
      if (holes === 0) r.damaged();
      k += holes;
    } else array[k++] = r.read();
  }
  if (array.length !== length) array.length = length;
  if (named) readMembers(r, array);
  return array;
}

export function readMap(r: Reader): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  r.made(map);
  while (r.peek() !== END) {
    const key = r.read();
    map.set(key, r.read());
  }
  r.byte();
  return map;
}

export function readSet(r: Reader): Set<unknown> {
  const set = new Set<unknown>();
  r.made(set);
  while (r.peek() !== END) set.add(r.read());
  r.byte();
  return set;
}
