/**
 * Values that a thread finds by itself: exports of packages and builtin modules, globals, and the `require` of a module.
 */
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type { Reference } from './captured.js';
import { loadLoaders } from '../host/loaders.js';
import { registerModule } from './known.js';

// Node 20 and 22 warn when user code requires an ES module, but not when a package does.
export const quietRequire: NodeJS.Require = createRequire(
  join(import.meta.dirname ?? fileURLToPath(new URL('.', import.meta.url)), 'node_modules', 'threadwork', 'load.js'),
);

/** Namespaces by url, of modules that only `import()` can load. */
const imported = new Map<string, object>();

/** The value that a reference stands for in this thread. Modules are loaded synchronously; throws what loading throws. */
export function loadReference(reference: Reference): unknown {
  switch (reference.kind) {
    case 'module':
      return loadModule(reference.url, reference.path);
    case 'global':
      return walk(globalThis, reference.path, 'globalThis');
    case 'require':
      return createRequire(reference.url || import.meta.url);
  }
}

/** An export of a module: `[]` is its namespace, `['default']` its default export, which for CommonJS and builtins is `module.exports`. */
export function loadModule(url: string, path: readonly string[]): unknown {
  const namespace = providedAt(url);
  if (namespace) return walk(namespace, inNamespace(namespace, path), url);
  const exports: unknown = isBuiltin(url)
    ? quietRequire(url)
    : quietRequire(url.startsWith('file:') ? fileURLToPath(url) : url);
  if (types.isModuleNamespaceObject(exports)) return walk(exports, asModule(exports as object, path), url);
  if (path.length === 0) return namespaceOf(exports);
  return path[0] === 'default' ? walk(exports, path.slice(1), url) : walk(exports, path, url);
}

/** Whether the reference is to a module that a synchronous load refuses, as one with a top-level await: give its url to `preloadModules`. */
export function needsPreload(reference: Reference): boolean {
  if (reference.kind !== 'module' || imported.has(reference.url) || isBuiltin(reference.url)) return false;
  try {
    loadReference(reference);
    return false;
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    if (code === 'ERR_REQUIRE_ASYNC_MODULE' || code === 'ERR_REQUIRE_ESM') return true;
    throw error;
  }
}

/**
 * Makes all that `namespace` exports travel by name, as exports of `url`, and be found under that name in this thread: for
 * the library itself, whose classes are never taken apart and which a thread cannot resolve from everywhere.
 */
export function provideModule(url: string, namespace: object): void {
  imported.set(url, namespace);
  registerModule(url, namespace);
}

/** Modules of the library that this thread has not loaded yet, by url. */
const unloaded = new Map<string, () => void>();

/** As `provideModule`, when something of it is first needed: `load` loads what provides it. */
export function provideLater(url: string, load: () => void): void {
  unloaded.set(url, load);
}

/** Namespace of a module that was imported or is provided. */
function providedAt(url: string): object | undefined {
  const load = unloaded.get(url);
  if (load !== undefined) {
    unloaded.delete(url);
    load();
  }
  return imported.get(url);
}

/** Imports modules so that `loadModule()` finds them. */
export async function preloadModules(urls: Iterable<string>): Promise<void> {
  await Promise.all(
    [...urls].map(async (url) => {
      const href = url.startsWith('/') ? pathToFileURL(url).href : url;
      await loadLoaders();
      imported.set(url, (await import(href)) as object);
    }),
  );
}

/** What `import *` gives for a CommonJS or builtin module. */
function namespaceOf(exports: unknown): object {
  const namespace: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if ((typeof exports === 'object' && exports !== null) || typeof exports === 'function') {
    for (const key of Object.keys(exports)) namespace[key] = (exports as Record<string, unknown>)[key];
  }
  namespace.default = exports;
  return Object.freeze(Object.defineProperty(namespace, Symbol.toStringTag, { value: 'Module' }));
}

/** `import()` of a CommonJS module gives those exports by name that Node can read off its text, and all of them in the default one. */
function inNamespace(namespace: object, path: readonly string[]): readonly string[] {
  const [key] = path;
  if (key === undefined || key in namespace) return path;
  const all: unknown = (namespace as { default?: unknown }).default;
  const isThere = (typeof all === 'object' || typeof all === 'function') && all !== null && key in all;
  return isThere ? ['default', ...path] : path;
}

/** A loader there can have compiled the module to CommonJS, where the default export is a property of the default. */
function asModule(namespace: object, path: readonly string[]): readonly string[] {
  if (path[0] !== 'default' || path[1] !== 'default') return path;
  const inner: unknown = (namespace as { default?: unknown }).default;
  const compiled =
    (typeof inner === 'object' || typeof inner === 'function') && inner !== null && Object.hasOwn(inner, 'default');
  return compiled ? path : path.slice(1);
}

function walk(root: unknown, path: readonly string[], from: string): unknown {
  let value = root;
  for (const [i, key] of path.entries()) {
    if (value === undefined || value === null)
      throw new TypeError(`${from} has no ${path.slice(0, i).join('.')} in this thread`);
    const holder: object = Object(value) as object;
    value = (holder as Record<string, unknown>)[key];
    // What a program put there in the thread that sent this.
    if (value === undefined && !(key in holder))
      throw new TypeError(`${from} has no ${path.slice(0, i + 1).join('.')} in this thread`);
  }
  return value;
}
