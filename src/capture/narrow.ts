/**
 * Only what is read travels: a variable of which the function reads nothing but known members is captured as an object that has these
 * members and no others.
 */
import { types } from 'node:util';
import { isExportsObject, originOf } from './known.js';

/** How a variable is used: a member path, and whether what is there is called. */
export interface Reading {
  readonly path: readonly string[];
  readonly called: boolean;
}

/** The value itself, or a copy that has only the members that are read. Reading a member may throw. */
export function narrow(name: string, value: unknown, uses: readonly Reading[]): unknown {
  if (typeof value !== 'object' || value === null || originOf(value)) return value;
  const module = isModuleLike(name, value);
  if (!module && (types.isProxy(value) || !isPlain(value))) return value;
  const members = new Map<string, Reading[]>();
  for (const { path, called } of uses) {
    const [key, ...rest] = path;
    // Functions of a module do not use it as their `this`, methods of an object do.
    if (key === undefined || (called && rest.length === 0 && !module))
      return module && types.isModuleNamespaceObject(value) ? { ...value } : value;
    members.set(key, [...(members.get(key) ?? []), { path: rest, called }]);
  }
  const copy: Record<string, unknown> =
    Object.getPrototypeOf(value) === Object.prototype ? {} : (Object.create(null) as Record<string, unknown>);
  for (const [key, readings] of members) {
    let member: unknown;
    if (module) {
      if (!Reflect.has(value, key)) continue;
      member = (value as Record<string, unknown>)[key];
    } else {
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (!descriptor) continue;
      // Running a getter here instead of there could make a difference.
      if (!('value' in descriptor)) return value;
      member = descriptor.value;
    }
    const called = readings.some((r) => r.path.length === 0);
    Object.defineProperty(copy, key, {
      value: called ? member : narrow('', member, readings),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

/** Namespaces, `module.exports`, `module`, and the objects that compilers and bundlers make of them. */
function isModuleLike(name: string, value: object): boolean {
  if (types.isModuleNamespaceObject(value)) return true;
  // Vitest's modules.
  if (/^__vi(?:te_ssr)?_import_\d+__$/.test(name)) return true;
  if (types.isProxy(value)) return false;
  if (isExportsObject(value) || value.constructor?.name === 'Module') return true;
  if (!isPlain(value)) return false;
  if (Object.getOwnPropertyDescriptor(value, '__esModule')?.value === true) return true;
  const keys = Object.keys(value).filter((key) => key !== 'default');
  return keys.length > 0 && keys.every((key) => isExportGetter(Object.getOwnPropertyDescriptor(value, key)));
}

/** How bundlers export a variable: by a getter that nobody can replace. */
function isExportGetter(descriptor: PropertyDescriptor | undefined): boolean {
  return descriptor?.get !== undefined && descriptor.set === undefined && descriptor.configurable === false;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
