/**
 * Whether a function is the engine's or Node's, or one that a program hung on a global or a builtin module.
 */
import { types } from 'node:util';
import { canInspect, inspectBound, inspectFunction, type ScopeObject } from './scopes.js';
import { urlOf } from './source.js';

/** Scripts whose url cannot be had: those of Node that came out of its snapshot, where no function has run since. */
const nameless = new Set<string>();

/** What Node's own scripts call the functions of the language that they keep for themselves: `ArrayPrototypePush`. */
const PRIMORDIAL = /^(?:Array|Function|JSON|Math|Number|Object|Promise|Reflect|RegExp|String|TypedArray)[A-Z]\w+$/;

/** Whether `fn` is a function of the engine or of Node. Where that cannot be told, it is. */
export function isOfRuntime(fn: Function): boolean {
  if (types.isProxy(fn)) return false;
  if (isNative(fn)) {
    // bind() makes a native function of any; Node exports some of those, too.
    if (!nameOf(fn).startsWith('bound ') || !canInspect()) return true;
    const bound = inspectBound(fn);
    return bound === null || isOfRuntime(bound.target);
  }
  if (!canInspect()) return true;
  const { location, scopes } = inspectFunction(fn);
  if (location === null) return true;
  if (scopes.some((scope) => scope.description === 'Module')) return false;
  // The url of a script can take some milliseconds.
  if (scopes.some(hasPrimordials) || nameless.has(location.scriptId)) return true;
  const url = urlOf(location.scriptId, false);
  if (url === undefined) nameless.add(location.scriptId);
  return url === undefined || url.startsWith('node:');
}

function isNative(fn: Function): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(fn));
}

function nameOf(fn: Function): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

function hasPrimordials({ object }: ScopeObject): boolean {
  return Object.keys(object).some((key) => {
    if (!PRIMORDIAL.test(key)) return false;
    try {
      const value = object[key];
      return typeof value === 'function' && isNative(value);
    } catch {
      // A variable without a value yet.
      return false;
    }
  });
}
