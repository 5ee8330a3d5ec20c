/**
 * What a function captured is a copy in the other thread; the copy is frozen, so that writing to it throws instead of
 * changing something that nobody else sees. Maps, sets and dates do not heed Object.freeze(): theirs get throwing methods
 * of their own. Typed arrays cannot be frozen at all and stay writable, and so does the `lastIndex` of a RegExp.
 */
import { types } from 'node:util';

/** Frozen object → name of the variable that it came with. */
const origins = new WeakMap<object, string>();
/** Errors that a frozen map, set or date threw → the name. */
const complaints = new WeakMap<object, string>();

/** Name of the captured variable that `object` is the frozen copy of, or a part of; undefined for any other object. */
export function frozenOrigin(object: object): string | undefined {
  return origins.get(object);
}

/** As `frozenOrigin`, for a TypeError that a frozen Map, Set or Date threw: those of the engine do not say what they are about. */
export function frozenOriginOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? complaints.get(error) : undefined;
}

function refusing(kind: string, method: string): () => never {
  return function refuse(this: object): never {
    const error = new TypeError(`Cannot ${method} a frozen ${kind}`);
    const name = origins.get(this);
    if (name !== undefined) complaints.set(error, name);
    throw error;
  };
}

function blocked(kind: string, methods: readonly string[]): PropertyDescriptorMap {
  return Object.fromEntries(methods.map((name) => [name, { value: refusing(kind, name), enumerable: false }]));
}

const mapMethods = blocked('Map', ['set', 'delete', 'clear', 'getOrInsert', 'getOrInsertComputed']);
const setMethods = blocked('Set', ['add', 'delete', 'clear']);
const dateMethods = blocked(
  'Date',
  Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set')),
);

/** Freezes `object` itself (its members are in the list of what to freeze, too). */
export function freeze(object: object, origin: string): void {
  origins.set(object, origin);
  if (types.isMap(object)) Object.defineProperties(object, presentMethods(object, mapMethods));
  else if (types.isSet(object)) Object.defineProperties(object, setMethods);
  else if (types.isDate(object)) Object.defineProperties(object, dateMethods);
  // With g or y, exec(), replace() and the like write to lastIndex: frozen, they would throw.
  if (types.isRegExp(object)) Object.preventExtensions(object);
  // Freezing a typed array with elements is a TypeError.
  else if (!ArrayBuffer.isView(object)) Object.freeze(object);
}

/** Only what this runtime's Map has: getOrInsert() came late. */
function presentMethods(object: object, methods: PropertyDescriptorMap): PropertyDescriptorMap {
  return 'getOrInsert' in object
    ? methods
    : { set: methods['set'], delete: methods['delete'], clear: methods['clear'] };
}
