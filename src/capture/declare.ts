/**
 * Environments that the user declares, for runtimes that cannot look into closures.
 */

const declared = new WeakMap<Function, () => Readonly<Record<string, unknown>>>();

/**
 * Declares the variables that `fn` uses from around it, instead of having them found. Needed only where the runtime has no means to
 * look into closures (no `node:inspector`); elsewhere it saves the look. Returns `fn` itself.
 *
 * `scope` is called each time the function is sent to another thread, so that it gives the values of that moment. A name that is
 * not declared is a global there. No Python counterpart: Python's threads see the variables themselves.
 *
 * @example
 * ```ts
 * pool.submit(capture(() => lock.with(() => counter.add(1)), () => ({ lock, counter })));
 * ```
 */
export function capture<F extends (...args: never[]) => unknown>(
  fn: F,
  scope: () => Readonly<Record<string, unknown>>,
): F {
  if (typeof fn !== 'function' || typeof scope !== 'function')
    throw new TypeError('capture(fn, scope) takes two functions: capture(fn, () => ({ lock, counter }))');
  declared.set(fn, scope);
  return fn;
}

/** The declared variables of a function, if any. */
export function declaredScope(fn: Function): Readonly<Record<string, unknown>> | null {
  return declared.get(fn)?.() ?? null;
}
