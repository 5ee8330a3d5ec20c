import { told } from '../arguments.js';
import { loadLoaders } from '../host/loaders.js';

/**
 * A function by reference instead of by capture: the export `name` of a module. Works everywhere, also where the runtime
 * does not let the library look into closures.
 *
 * @example
 * new Thread({ target: { module: new URL('./work.js', import.meta.url), name: 'work' }, args: [1] });
 */
export interface ModuleTarget {
  /** URL of the module. */
  module: URL | string;
  /** Name of the exported function; `default` for the default export. */
  name: string;
}

/** What a thread can run. */
export type Target<A extends readonly unknown[]> = ((...args: A) => unknown) | ModuleTarget;

/** Whether it is a reference to an exported function. */
export function isModuleTarget(target: unknown): boolean {
  return typeof target === 'object' && target !== null && 'module' in target && 'name' in target;
}

/** Throws a TypeError for what cannot be named arguments. A list of them has no names. */
export function mustBeNamed(kwargs: unknown): void {
  if (kwargs === undefined || kwargs === null || (typeof kwargs === 'object' && !Array.isArray(kwargs))) return;
  throw new TypeError(`kwargs must be an object, not ${Array.isArray(kwargs) ? 'an array' : told(kwargs)}`);
}

/** Calls the target in this thread. */
export function runTarget(
  target: Target<never[]>,
  args: readonly unknown[],
  kwargs: Record<string, unknown> | undefined,
): unknown {
  const all = kwargs === undefined ? args : [...args, kwargs];
  if (typeof target === 'function') return target(...(all as never[]));
  const url = String(target.module);
  return callExport(url, target.name, all);
}

/** Whether what a target returned is to be awaited. Reading its `then` may throw. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as PromiseLike<unknown>).then === 'function'
  );
}

async function callExport(url: string, name: string, args: readonly unknown[]): Promise<unknown> {
  await loadLoaders();
  const found = (await import(url)) as Record<string, unknown>;
  const fn = found[name];
  if (typeof fn !== 'function') throw new TypeError(`${url} exports no function named ${name}`);
  return (fn as (...all: readonly unknown[]) => unknown)(...args);
}
