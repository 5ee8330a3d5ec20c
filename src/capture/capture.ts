/**
 * From a function to a description that can be sent: its code, the values of the variables that it uses, its own properties.
 */
import { Module } from 'node:module';
import { types } from 'node:util';
import { CaptureError } from '../errors.js';
import type { Binding, Bound, Captured, Reference } from './captured.js';
import { nameOf, refuse } from './complain.js';
import { isConstant } from './constant.js';
import { declaredScope } from './declare.js';
import { type Environment, Uninitialised, closureOf, declaredEnvironment } from './environment.js';
import { extrasOf, looseProperties } from './extras.js';
import { captureMade, knownMade } from './factories.js';
import { importOf } from './imports.js';
import { lazyGlobal, learnOrigin, originOf, readModule, refreshOrigins } from './known.js';
import { type Known, NodesOwn, codeFor, declarationPlace, literalOf } from './literals.js';
import { isFunction, lookUp } from './names.js';
import { narrow } from './narrow.js';
import { isObjectPrototype } from './realms.js';
import { uninitialised } from './receiver.js';
import { canInspect, inspectBound } from './scopes.js';
import { specialValues } from './special.js';

const HIDES_UNINITIALISED = Number.parseInt(process.versions.v8 ?? '12', 10) < 12;

/** The last capture of a function. */
interface Memo {
  readonly captured: Captured;
  readonly known: Known;
  readonly parent: unknown;
  /** Whether no variable can have another value now. Null: not looked at yet, which costs more than one capture. */
  readonly constant: boolean | null;
  /** Bindings that hold a pruned copy of an object, which can have changed inside. */
  readonly pruned: readonly { readonly index: number; readonly original: unknown }[];
}

const memos = new WeakMap<Function, Memo>();

/**
 * Describes a function so that another thread can have it. `path` says in messages which value of the user's this is, as in
 * `target` or `args[0].db`. Throws CaptureError where the function cannot travel, naming the variable, its place and the remedy.
 */
export function captureFunction(fn: Function, path: string): Captured | Bound | Reference {
  const memo = memos.get(fn);
  const quick = memo?.constant ? again(fn, memo) : knownMade(fn);
  if (quick) return quick;
  refreshOrigins();
  if (types.isProxy(fn))
    throw refuse(path, 'is a Proxy around a function; its handler cannot be seen. Pass a function that calls it');
  const scope = declaredScope(fn);
  if (!scope) {
    const origin = originOf(fn) ?? lazyGlobal(fn);
    if (origin) return origin;
  }
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return captureNative(fn, path);
  const reference = requireOf(fn);
  if (reference) return reference;
  try {
    const environment = scope ? declaredEnvironment(fn, path, scope) : closureOf(fn, path);
    const literal = literalOf(fn, text, path, environment);
    if (!scope && literal.script) {
      readModule(literal.script.url);
      const origin = originOf(fn);
      if (origin) return origin;
    }
    const known = codeFor(fn, literal, path, environment);
    return captureClosure(fn, path, known, environment, memo);
  } catch (error) {
    const made = error instanceof NodesOwn ? captureMade(fn, text, path) : null;
    if (made) return made;
    if (error instanceof CaptureError) throw error;
    throw refuse(path, `cannot be captured: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function captureNative(fn: Function, path: string): Bound | Reference {
  const origin = originOf(fn);
  if (origin) return origin;
  const bound = canInspect() ? inspectBound(fn) : null;
  if (bound) return { kind: 'bound', ...bound, properties: looseProperties(fn) };
  if (/^\d+$/.test(fn.name))
    throw refuse(
      path,
      'is exported by a WebAssembly instance, which belongs to its thread; send the WebAssembly.Module, and make an instance in each thread with local(() => …)',
    );
  throw refuse(
    path,
    `${nameOf(fn)} is a native function that belongs to no builtin module and to no global; make it inside the function that uses it`,
  );
}

function captureClosure(
  fn: Function,
  path: string,
  known: Known,
  environment: Environment,
  memo: Memo | undefined,
): Captured {
  const { analysis, code } = known;
  const special = specialValues(fn, known, path, environment);
  const bindings: Binding[] = [];
  const pruned: { index: number; original: unknown }[] = [];
  const blank: string[] = [];
  for (const name of [...code.early, ...code.late]) {
    const found = special.get(name);
    if (found) {
      const reference = originOf(found.value);
      bindings.push(reference ? { kind: 'reference', name, reference, ...found } : { kind: 'value', name, ...found });
      continue;
    }
    const { value, module } = valueOf(name, fn, path, known, environment);
    if (value === undefined) blank.push(name);
    const binding = bindingOf(name, value, module, fn, path, known);
    if (binding.kind === 'value' && binding.value !== value && value === value)
      pruned.push({ index: bindings.length, original: value });
    bindings.push(binding);
  }
  if (blank.length > 0) refuseUninitialised(blank, fn, path, known);
  const parent: unknown = Object.getPrototypeOf(fn);
  const captured: Captured = { kind: 'code', code, bindings, ...extrasOf(fn, analysis, code.name, parent) };
  // The first time, nobody knows whether there will be a second.
  const constant = memo ? (memo.constant ?? isConstant(known, bindings, environment)) : null;
  memos.set(fn, { captured, known, parent, constant, pruned });
  return captured;
}

/** A capture whose variables still have their values: what the function itself carries is read again. */
function again(fn: Function, { captured, known, parent, pruned }: Memo): Captured | null {
  if (Object.getPrototypeOf(fn) !== parent) return null;
  const bare = captured.properties.length === 0 && isBare(fn, captured);
  if (bare && pruned.length === 0) return captured;
  const bindings = [...captured.bindings];
  for (const { index, original } of pruned) {
    const binding = bindings[index] as Binding;
    bindings[index] = {
      kind: 'value',
      name: binding.name,
      label: binding.label,
      value: narrow(binding.name, original, known.free.get(binding.name)?.uses ?? []),
    };
  }
  return bare
    ? { ...captured, bindings }
    : { ...captured, bindings, ...extrasOf(fn, known.analysis, captured.code.name, parent) };
}

/** The last capture of a function, if that holds for good and nothing was hung on the function since; else null. */
export function settledCapture(fn: Function): Captured | null {
  const memo = memos.get(fn);
  return memo?.constant === true && again(fn, memo) === memo.captured ? memo.captured : null;
}

/** Whether a function has nothing of its own but what the engine gives to it. */
function isBare(fn: Function, { code, prototypeProperties, prototypeParent, parent }: Captured): boolean {
  const keys = Reflect.ownKeys(fn).length;
  if (!Object.hasOwn(fn, 'prototype')) return keys === 2;
  // `function` has a prototype; one in sloppy mode, in older engines, `arguments` and `caller` as well.
  if (code.kind !== 'function' || keys !== (Object.hasOwn(fn, 'caller') ? 5 : 3)) return false;
  if (prototypeProperties.length > 0 || prototypeParent !== null || parent !== null) return false;
  const prototype: unknown = fn.prototype;
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    isObjectPrototype(Object.getPrototypeOf(prototype)) &&
    Reflect.ownKeys(prototype).length === 1 &&
    Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value === fn
  );
}

function valueOf(
  name: string,
  fn: Function,
  path: string,
  known: Known,
  environment: Environment,
): { value: unknown; module: boolean } {
  try {
    const found = environment.find(name);
    if (found) return found;
  } catch (error) {
    if (!(error instanceof Uninitialised)) throw error;
    throw tooEarly(name, fn, path, known);
  }
  throw refuse(path, `${name}, which ${nameOf(fn)} uses, is gone from its scope`);
}

function tooEarly(name: string, fn: Function, path: string, known: Known): CaptureError {
  const place = declarationPlace(known.literal, name);
  return refuse(
    path,
    `${nameOf(fn)} uses ${name}, which has no value yet (its declaration${place && ` at ${place}`} has not been reached); start the thread after it`,
  );
}

/** Before V8 12, a variable that is not initialised yet looks undefined in a scope; a paused call can tell. */
function refuseUninitialised(names: readonly string[], fn: Function, path: string, known: Known): void {
  if (!HIDES_UNINITIALISED) return;
  const { script, start, text, analysis } = known.literal;
  const scope = script && start >= 0 ? script.scopeAround(start, start + text.length) : null;
  if (!scope) return;
  const open = names.filter((name) => {
    const variable = lookUp(scope, name);
    return (
      variable?.kind === 'class' ||
      variable?.kind === 'import' ||
      variable?.kind === 'const' ||
      (variable?.kind === 'let' && variable.initialised)
    );
  });
  const certain = open.find((name) => lookUp(scope, name)?.kind === 'class');
  if (certain !== undefined) throw tooEarly(certain, fn, path, known);
  const { root } = analysis.literal;
  if (open.length === 0 || !isFunction(root) || !root.params.every((p) => p.type === 'Identifier')) return;
  const [first] = uninitialised(fn, open);
  if (first !== undefined) throw tooEarly(first, fn, path, known);
}

function bindingOf(name: string, value: unknown, module: boolean, fn: Function, path: string, known: Known): Binding {
  const { script } = known.literal;
  const common = { name, label: name };
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') {
    // Each thread has its own of what these name: `threadId` is another number there.
    const reference = module && script?.importsPackages ? importOf(script, name) : null;
    return reference ? { kind: 'reference', ...common, reference, value } : { kind: 'value', ...common, value };
  }
  let reference = originOf(value) ?? requireOf(value) ?? (types.isProxy(value) ? null : lazyGlobal(value));
  if (!reference && module && script?.importsPackages) {
    reference = importOf(script, name);
    // Reached in another way, as the parent of a class perhaps, it must be the same thing there.
    if (reference) learnOrigin(value, reference);
  }
  if (reference) return { kind: 'reference', ...common, reference, value };
  let used: unknown;
  try {
    used = narrow(name, value, known.free.get(name)?.uses ?? []);
  } catch (error) {
    throw refuse(
      path,
      `reading ${name}, which ${nameOf(fn)} uses, failed: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  if (used === value && value instanceof Module) {
    throw refuse(
      path,
      `${nameOf(fn)} uses ${name}, the CommonJS module that this thread has loaded; use members of ${name}.exports, ` +
        'or require() the file in the function',
    );
  }
  return { kind: 'value', ...common, value: used };
}

/** The `require` of a CommonJS module, or one that `createRequire()` made. */
function requireOf(value: unknown): Reference | null {
  if (typeof value !== 'function' || types.isProxy(value)) return null;
  if (Object.getOwnPropertyDescriptor(value, 'name')?.value !== 'require') return null;
  const { resolve, cache } = value as unknown as {
    resolve?: { paths?(request: string): string[] | null };
    cache?: unknown;
  };
  if (typeof resolve?.paths !== 'function' || typeof cache !== 'object') return null;
  const directory = resolve.paths('x')?.[0]?.replace(/[\\/]node_modules$/, '');
  return directory ? { kind: 'require', url: `${directory}/[require].js` } : null;
}
