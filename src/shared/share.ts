/**
 * Plain containers become shared ones: plain objects, arrays, Maps and Sets of the language itself, with all that is inside.
 *
 * Records are made first and filled one after the other, without recursion: what refers to itself finds its record, and a chain
 * may be longer than the stack is deep. Nobody else knows the records until they are filled. If something inside cannot be
 * shared, they are emptied first, because they may refer to each other, and then given up.
 */
import { inspect, types } from 'node:util';
import { handleAt, isHandle } from '../heap/handle.js';
import { i32 } from '../heap/memory.js';
import { noteShared, release, retain } from '../heap/records.js';
import { isBuiltinPrototype } from '../wire/known.js';
import { encodeAny, onContainer, STAGE, stageShared } from './cells.js';
import { append, clearList, newList } from './list-store.js';
import { cellAt, clearObject, newObject } from './object.js';
import { clearTable, newTable, When, write } from './table.js';
import { LIST_TYPE, MAP_TYPE, OBJECT_TYPE, SET_TYPE, type Shared } from './types.js';

type Kind = typeof OBJECT_TYPE | typeof LIST_TYPE | typeof MAP_TYPE | typeof SET_TYPE;

/** What kind of shared container `value` becomes; 0 for what is a value as a whole, instances of classes among others. */
function kindOf(value: object): Kind | 0 {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return isNamespace(value) ? 0 : OBJECT_TYPE;
  if (Array.isArray(value)) return isBuiltinPrototype(prototype, 'Array') ? LIST_TYPE : 0;
  if (types.isMap(value)) return isBuiltinPrototype(prototype, 'Map') ? MAP_TYPE : 0;
  if (types.isSet(value)) return isBuiltinPrototype(prototype, 'Set') ? SET_TYPE : 0;
  return isBuiltinPrototype(prototype, 'Object') && !isNamespace(value) ? OBJECT_TYPE : 0;
}

/** Math, JSON, and what `import * as` gives: every thread has its own. */
function isNamespace(value: object): boolean {
  return Symbol.toStringTag in value;
}

interface Made {
  readonly value: object;
  readonly kind: Kind;
  readonly address: number;
  readonly path: () => string;
}

class Sharing {
  private readonly made: Made[] = [];
  private readonly known = new Map<object, number>();

  /** The record that `value` becomes, empty at first; 0 if it becomes none. */
  recordOf(value: object, path: () => string): number {
    const found = this.known.get(value);
    if (found !== undefined) return found;
    const kind = kindOf(value);
    if (kind === 0) return 0;
    const address = this.empty(value, kind, path);
    retain(address);
    this.known.set(value, address);
    this.made.push({ value, kind, address, path });
    return address;
  }

  private empty(value: object, kind: Kind, path: () => string): number {
    if (kind === LIST_TYPE) return newList((value as unknown[]).length);
    if (kind !== OBJECT_TYPE) return newTable(kind);
    if (Object.getOwnPropertySymbols(value).length > 0) {
      throw new TypeError(`${path()} has a symbol as a key: the names of a shared object's properties are strings`);
    }
    return newObject(Object.keys(value));
  }

  /** Fills all records that were made, and those that are made for what is inside. */
  fill(): void {
    for (let k = 0; k < this.made.length; k++) {
      const { value, kind, address, path } = this.made[k];
      if (kind === OBJECT_TYPE) this.fillObject(value as Record<string, unknown>, address, path);
      else if (kind === LIST_TYPE) this.fillList(value as unknown[], address, path);
      else if (kind === MAP_TYPE) this.fillMap(value as Map<unknown, unknown>, address, path);
      else this.fillSet(value as Set<unknown>, address, path);
    }
  }

  /** Puts the words of what is inside a container into the stage. */
  private stage(value: unknown, path: () => string): void {
    const record = typeof value === 'object' && value !== null && !isHandle(value) ? this.recordOf(value, path) : 0;
    if (record === 0) encodeAny(value, path);
    else stageShared(record);
  }

  private fillObject(value: Record<string, unknown>, address: number, path: () => string): void {
    for (const [index, key] of Object.keys(value).entries()) {
      this.stage(value[key], () => `${path()}.${key}`);
      i32[cellAt(address, index)] = i32[STAGE];
      i32[cellAt(address, index) + 1] = i32[STAGE + 1];
    }
  }

  private fillList(value: unknown[], address: number, path: () => string): void {
    for (let k = 0; k < value.length; k++) {
      this.stage(value[k], () => `${path()}[${k}]`);
      append(address);
    }
  }

  private fillMap(value: Map<unknown, unknown>, address: number, path: () => string): void {
    for (const [key, item] of value) {
      this.stage(item, () => `${path()}.get(${inspect(key, { depth: 0 })})`);
      write(address, key, When.ALWAYS);
    }
  }

  private fillSet(value: Set<unknown>, address: number, path: () => string): void {
    for (const item of value) {
      const record = typeof item === 'object' && item !== null && !isHandle(item) ? this.recordOf(item, path) : 0;
      encodeAny(undefined, path);
      write(address, record === 0 ? item : handleAt(record), When.MISSING);
    }
  }

  /** Ends it: all records are filled, or none is wanted. */
  end(failed: boolean): void {
    if (failed) for (const { kind, address } of this.made) clear(kind, address);
    for (const { address } of this.made) release(address);
  }
}

function clear(kind: Kind, address: number): void {
  if (kind === OBJECT_TYPE) clearObject(address);
  else if (kind === LIST_TYPE) clearList(address);
  else clearTable(address);
}

/** The record that `value` becomes, filled, with a reference of the caller's; 0 if it becomes none. */
function share(value: object, path: () => string): number {
  const sharing = new Sharing();
  let failed = true;
  try {
    const address = sharing.recordOf(value, path);
    sharing.fill();
    if (address !== 0) retain(address);
    failed = false;
    return address;
  } finally {
    sharing.end(failed);
  }
}

onContainer((value, path) => {
  const address = share(value, path);
  if (address !== 0) noteShared(address);
  return address;
});

/**
 * Puts data into the memory that all threads share, and returns the object that reads and writes it there: a plain object becomes
 * a {@link SharedObject} with the same properties, an array a {@link SharedList}, a Map a {@link SharedMap}, a Set a
 * {@link SharedSet}; the same for what is inside, cycles included. The original stays what it was.
 *
 * Each operation is one step for all threads, as under Python's GIL; several in a row need a lock, as in Python, or one of
 * `update`, `compareExchange`, `getOrInsert` …. Shared objects (locks, queues) inside stay what they are; what else there is
 * (a Date, an instance of a class) is stored as a value and read as a frozen copy.
 *
 * @param initial a plain object, array, Map or Set; or shared data, which is returned as it is.
 * @throws TypeError for anything else; NotSendableError, with the path, where something inside cannot be shared.
 *
 * @example
 * const bank = shared({ total: 0, names: ['Ada'], lock: new Lock() });
 * new Thread({ target: () => { bank.total = 5; bank.names.push('Bob'); } }).start();
 */
export function shared<T extends object>(initial: T): Shared<T> {
  if (isHandle(initial)) return initial as Shared<T>;
  const address = typeof initial === 'object' && initial !== null ? share(initial, () => 'shared()') : 0;
  if (address === 0) throw cannotBeShared(initial);
  try {
    return handleAt(address) as Shared<T>;
  } finally {
    release(address);
  }
}

const ATOMICS: Partial<Record<string, string>> = {
  number: 'AtomicInt32 or AtomicFloat64',
  boolean: 'AtomicBoolean',
  bigint: 'AtomicBigInt64',
};

function cannotBeShared(value: unknown): TypeError {
  const what = inspect(value, { depth: 0 });
  const type = ATOMICS[typeof value];
  if (type !== undefined) {
    return new TypeError(
      `shared(${what}): for a single ${typeof value} there is ${type}; or make it a property: shared({ value: ${what} })`,
    );
  }
  return new TypeError(
    `shared(${what}): it takes a plain object, an array, a Map or a Set. For objects with methods extend struct({ … }), or keep their data in shared({ … })`,
  );
}
