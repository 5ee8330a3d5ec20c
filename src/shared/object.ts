/**
 * Shared objects: records with a cell for each name of their shape.
 *
 *   LATCH          (of the header) versioned latch over the cells
 *   SHAPE          address of the shape's record; the object owns a reference
 *   COUNT          number of cells
 *   CELLS …        the cells
 *
 * A thread's handle has an accessor of its own for each name. Accessors are made once per place in the shape, so that handles
 * of one shape have one hidden class and V8 compiles the access into the code that makes it.
 */
import { inspect, type InspectOptions } from 'node:util';
import { mustBeCallable, textOf, told } from '../arguments.js';
import { ADDRESS, defineBuilder, defineHandle, enter, Handle, handleAt } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType, release, retain, setName } from '../heap/records.js';
import {
  CELL_WORDS,
  dropCells,
  encode,
  encodeAny,
  keepCell,
  pathOf,
  pin,
  readCell,
  swapCell,
  writeCell,
} from './cells.js';
import { Tag } from '../wire/slot.js';
import { compareExchange, type Place, update } from './exchange.js';
import { shapeOf, type Shape } from './shape.js';
import { show } from './show.js';
import { OBJECT_TYPE } from './types.js';

const GUARD: number = Record.LATCH;
const SHAPE: number = Record.BODY;
const COUNT: number = SHAPE + 1;
const CELLS: number = COUNT + 1;

defineRecord(OBJECT_TYPE, {
  label: 'SharedObject',
  dispose(address) {
    dropCells(address + CELLS, i32[address + COUNT]);
    release(i32[address + SHAPE]);
  },
});

/** A new object with these names, all undefined. Throws HeapExhaustedError. */
export function newObject(keys: readonly string[]): number {
  const shape = shapeOf(keys);
  const address = newRecord(OBJECT_TYPE, 2 + keys.length * CELL_WORDS);
  retain(shape[ADDRESS]);
  i32[address + SHAPE] = shape[ADDRESS];
  i32[address + COUNT] = keys.length;
  for (let k = 0; k < keys.length; k++) i32[cellAt(address, k) + 1] = Tag.CONSTANT;
  return address;
}

/** Word of the cell with the number `index`. */
export function cellAt(address: number, index: number): number {
  return address + CELLS + index * CELL_WORDS;
}

/** Empties an object that nobody else knows. */
export function clearObject(address: number): void {
  dropCells(address + CELLS, i32[address + COUNT]);
  for (let k = 0; k < i32[address + COUNT]; k++) {
    i32[cellAt(address, k)] = 0;
    i32[cellAt(address, k) + 1] = Tag.CONSTANT;
  }
}

function keysOf(address: number): readonly string[] {
  return (handleAt(i32[address + SHAPE]) as Shape).keys;
}

interface Accessors {
  readonly get: (this: Handle) => unknown;
  readonly set: (this: Handle, value: unknown) => void;
  readonly enumerable: true;
  readonly configurable: false;
}

const accessors: Accessors[] = [];

/** What reads and writes the cell with the number `index`, in objects of every shape. */
function accessorsOf(index: number): Accessors {
  const offset = CELLS + index * CELL_WORDS;
  return (accessors[index] ??= {
    get() {
      const address = at(this);
      return readCell(address + GUARD, address + offset);
    },
    set(value) {
      const address = at(this);
      if (typeof value === 'number') encode(value, this, address, '');
      else encodeAny(value, () => pathOf(address, keysOf(address)[index]));
      pin(this);
      writeCell(address + GUARD, address + offset);
    },
    enumerable: true,
    configurable: false,
  });
}

/** Number of the cell of `key`; throws a TypeError if the object has none. */
function indexOf(object: SharedObject, key: PropertyKey): number {
  const isName = typeof key === 'string' || typeof key === 'number';
  const index = isName ? keysOf(object[ADDRESS]).indexOf(String(key)) : -1;
  if (index < 0) throw noSuchProperty(object, key);
  return index;
}

function noSuchProperty(object: SharedObject, key: PropertyKey): TypeError {
  const keys = keysOf(object[ADDRESS]);
  const has = keys.length === 0 ? 'no properties' : `the properties ${keys.join(', ')}`;
  return new TypeError(
    `this shared object has no property ${typeof key === 'symbol' ? String(key) : told(key).replace(/^"|"$/g, '')}: its shape is fixed, it has ${has}. Name all properties when it is made, or use shared(new Map())`,
  );
}

function mustNotBeCalled(): never {
  throw new TypeError('shared({ … }) makes shared objects, new SharedObject() does not');
}

function at(object: Handle): number {
  return ofType(object?.[ADDRESS], OBJECT_TYPE);
}

/** An object that threads share; `shared({ … })` makes it. Its properties read and write the shared heap. */
export class SharedObject extends Handle {
  /** Shared objects are made by `shared({ … })`. */
  private constructor() {
    super(mustNotBeCalled());
  }

  /**
   * Replaces the property `key` by `fn(value)` in one step for all threads, and returns the new value. `fn` may be called several
   * times, when other threads write in between; it must do nothing but compute. The counterpart of Python's `with lock:`
   * around a read and a write.
   *
   * @example
   * SharedObject.update(account, 'balance', (balance) => balance + 10);
   */
  static update<T extends object, K extends keyof T>(object: T, key: K, fn: (value: T[K]) => T[K]): T[K] {
    mustBeCallable(fn, 'update()');
    return update(placeOf(object, key), fn as (value: unknown) => unknown) as T[K];
  }

  /**
   * Writes `value` to the property `key` if its present value is `expected`, and returns the one before: `=== expected` means that
   * it was written. Numbers, strings and so on are compared by value, shared objects by identity.
   *
   * @example
   * if (SharedObject.compareExchange(job, 'state', 'new', 'taken') === 'new') run(job);
   */
  static compareExchange<T extends object, K extends keyof T>(object: T, key: K, expected: T[K], value: T[K]): T[K] {
    return compareExchange(placeOf(object, key), expected, value) as T[K];
  }

  /** Text form: `SharedObject { balance: 10 }`. */
  override toString(): string {
    at(this);
    return inspect(this);
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptions, print: typeof inspect): string {
    return show('SharedObject', at(this), depth, options, () => Object.assign({}, this), print);
  }
}

function placeOf(object: object, key: PropertyKey): Place {
  if (!(object instanceof SharedObject)) {
    throw new TypeError(`${inspect(object)} is no shared object: shared({ … }) makes one`);
  }
  const address = object[ADDRESS];
  const guard = address + GUARD;
  const cell = cellAt(address, indexOf(object, key));
  return {
    owner: object,
    address,
    key,
    keep: () => keepCell(guard, cell),
    swap: (low, high) => swapCell(guard, cell, low, high),
  };
}

/** Stands above the class's own members, so that it hears of writes to names that neither the object nor the class has. */
const outer = new Proxy(Object.create(Handle.prototype) as object, {
  set(_target, key, value, receiver) {
    if (!(receiver instanceof SharedObject)) return Reflect.set(Object.prototype, key, value, receiver);
    if (key !== 'name') throw noSuchProperty(receiver, key);
    setName(receiver[ADDRESS], textOf(value, 'name'));
    return true;
  },
});
Object.setPrototypeOf(SharedObject.prototype, outer);

/** Keys are enumerable, the address is not: a spread is a plain object. */
function build(address: number): Handle {
  const object = Object.create(SharedObject.prototype, { [ADDRESS]: { value: address } }) as SharedObject;
  const keys = keysOf(address);
  for (let k = 0; k < keys.length; k++) Object.defineProperty(object, keys[k], accessorsOf(k));
  Object.preventExtensions(object);
  enter(address, object);
  return object;
}

defineHandle(OBJECT_TYPE, SharedObject as never);
defineBuilder(OBJECT_TYPE, build);
