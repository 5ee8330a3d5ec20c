/**
 * Where the values of a function's variables come from: the scopes that the inspector shows, or what the user declared.
 */
import { nameOf, refuse } from './complain.js';
import { type Location, type ScopeObject, canInspect, inspectFunction } from './scopes.js';

export interface Environment {
  readonly location: Location | null;
  /** Whether the function belongs to an ES module. */
  readonly isModule: boolean;
  readonly scopes: readonly ScopeObject[];
  /** Whether the variable is known here; a name that is not is a global, left to the other thread. */
  has(name: string): boolean;
  /** The value, and whether a module's top level declares the variable. Throws where the variable is not initialised yet. */
  find(name: string): { readonly value: unknown; readonly module: boolean } | null;
}

/** Thrown by `find()`: the variable exists and has no value yet. */
export class Uninitialised extends Error {}

/** The scopes around a function; without an inspector, only globals can be told from captured variables. */
export function closureOf(fn: Function, path: string): Environment {
  if (!canInspect()) return withoutInspector(fn, path);
  const { location, scopes } = inspectFunction(fn);
  const scopeOf = (name: string): ScopeObject | undefined => scopes.find((scope) => Object.hasOwn(scope.object, name));
  return {
    location,
    scopes,
    isModule: scopes.some((scope) => scope.description === 'Module'),
    has: (name) => scopeOf(name) !== undefined,
    find(name) {
      const scope = scopeOf(name);
      if (!scope) return null;
      try {
        return { value: scope.object[name], module: scope.description === 'Module' };
      } catch {
        throw new Uninitialised(name);
      }
    },
  };
}

/** Declared variables first, then what can be seen. */
export function declaredEnvironment(
  fn: Function,
  path: string,
  declared: Readonly<Record<string, unknown>>,
): Environment {
  const around = closureOf(fn, path);
  return {
    location: around.location,
    scopes: around.scopes,
    isModule: around.isModule,
    has: (name) => Object.hasOwn(declared, name) || around.has(name),
    find: (name) => (Object.hasOwn(declared, name) ? { value: declared[name], module: false } : around.find(name)),
  };
}

function withoutInspector(fn: Function, path: string): Environment {
  const has = (name: string): boolean => {
    if (name in globalThis || name === 'undefined') return false;
    throw refuse(
      path,
      `${nameOf(fn)} uses ${name} from around it, and this runtime has no means to look into closures (node:inspector is missing or not permitted); ` +
        `declare it: capture(fn, () => ({ ${name} }))`,
    );
  };
  return { location: null, scopes: [], isModule: false, has, find: () => null };
}
