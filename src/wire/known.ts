/**
 * What every thread has anyway and is therefore sent by name: the objects of the language, and the classes that the rooms of
 * this library register.
 */
import * as errors from '../errors.js';

type Class = abstract new (...args: never[]) => unknown;

const byName = new Map<string, Class>();
const names = new Map<unknown, string>();

/**
 * Declares a class that every thread loads with this library: it is sent by its name, and its instances have the same class
 * on both sides though each thread has a copy of its own.
 */
export function registerClass(name: string, type: Class): void {
  byName.set(name, type);
  names.set(type, name);
}

/** The class registered as `name` in this thread. */
export function knownClass(name: string): Class | undefined {
  return byName.get(name);
}

/** The name that `type` was registered with. */
export function knownName(type: unknown): string | undefined {
  return names.get(type);
}

const ERROR_CLASSES = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
];
const globals = globalThis as unknown as Record<string, unknown>;
for (const name of ERROR_CLASSES) {
  if (typeof globals[name] === 'function') registerClass(name, globals[name] as Class);
}
for (const [name, type] of Object.entries(errors)) registerClass(`threadwork:${name}`, type);

/** Name of the built-in error class that `prototype` belongs to, in whatever realm, or of a registered one. */
export function errorClassName(prototype: object): string | undefined {
  const type = ownConstructor(prototype);
  if (type === undefined) return undefined;
  return names.get(type) ?? (ERROR_CLASSES.includes(type.name) && isNative(type) ? type.name : undefined);
}

/** The class whose `prototype` this object is. */
export function ownConstructor(prototype: object): (new (...args: never[]) => unknown) | undefined {
  const type: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof type !== 'function' || type.prototype !== prototype) return undefined;
  return type as new (
    ...args: never[]
  ) => unknown;
}

/** Whether the function is written in the engine. */
export function isNative(type: Function): boolean {
  return Function.prototype.toString.call(type).endsWith('{ [native code] }');
}

/** Whether `prototype` is that of the global class `name`, of this realm or (test runners have them) of another. */
export function isBuiltinPrototype(prototype: object, name: string): boolean {
  const type = globals[name] as { prototype: object } | undefined;
  if (type?.prototype === prototype) return true;
  const other = ownConstructor(prototype);
  return other !== undefined && other.name === name && isNative(other);
}

/** Whether a class called `name` made the object, or one that it is derived from. */
export function hasClassNamed(object: object, name: string): boolean {
  for (
    let at = Object.getPrototypeOf(object) as object | null;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const type: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof type === 'function' && type.name === name) return true;
  }
  return false;
}

/**
 * The classes of global objects whose state the engine keeps to itself. The global is looked at where the name fits only: to look
 * loads what is behind it, streams and performance entries in 30 ms for whatever object is sent.
 */
export function isInstance(name: string): (object: object) => boolean {
  return (object) => {
    if (!hasClassNamed(object, name)) return false;
    const type = (globalThis as unknown as Record<string, unknown>)[name];
    return typeof type === 'function' && object instanceof type;
  };
}

/** Name of the class of `WebAssembly` that made `object`, in whatever realm: `Module`; null for other objects. */
export function webAssemblyClassOf(object: object): string | null {
  const prototype = Object.getPrototypeOf(object) as object | null;
  const tag: unknown =
    prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value;
  if (typeof tag !== 'string' || !tag.startsWith('WebAssembly.')) return null;
  const type = ownConstructor(prototype as object);
  return type !== undefined && isNative(type) ? type.name : null;
}
