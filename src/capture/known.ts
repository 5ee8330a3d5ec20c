/**
 * Values that exist in every thread under the same name: globals, exports of builtin modules and of CommonJS packages, and what the
 * library registers of itself. They are found by identity.
 *
 * Programs hang things of their own on globals and builtin modules, and replace what is there: other threads do not have those. So a
 * function counts once it has been proven to be the engine's or Node's, when it is first met, and an object if Node is known to have it.
 */
import { builtinModules, createRequire } from 'node:module';
import { types } from 'node:util';
import type { Reference } from './captured.js';
import { loadModule } from './modules.js';
import { newRealmOf } from './realms.js';

const known = new WeakMap<object, Reference>();
/** What is known if this function is the runtime's: the value itself, or of a prototype its class. */
const unproven = new WeakMap<object, Function>();
let prove: ((fn: Function) => boolean) | undefined;
/** `module.exports` objects of all CommonJS modules, the user's too. */
const exportsObjects = new WeakSet<object>();
const require = createRequire(import.meta.url);

/** Globals of the language. What a program adds to `globalThis` is missing in a new thread, so it is not taken from there. */
const LANGUAGE =
  'Object Function Array Number Boolean String Symbol BigInt Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError ' +
  'TypeError URIError JSON Math Intl ArrayBuffer SharedArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array ' +
  'Float16Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map Set WeakMap WeakSet WeakRef Iterator Proxy ' +
  'Reflect FinalizationRegistry DisposableStack AsyncDisposableStack SuppressedError WebAssembly parseInt parseFloat isNaN isFinite decodeURI ' +
  'decodeURIComponent encodeURI encodeURIComponent escape unescape eval';
/** And of Node. */
const RUNTIME =
  'console process Buffer URL URLSearchParams setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate queueMicrotask fetch';

/** Looking at these loads what is behind them (60 ms for MessageEvent), so only something of that name is compared with them. */
const LAZY_GLOBALS = new Set(
  (
    'TextEncoder TextDecoder AbortController AbortSignal Event EventTarget MessageChannel MessagePort MessageEvent BroadcastChannel DOMException ' +
    'Blob File FormData Headers Request Response WebSocket EventSource CustomEvent ReadableStream WritableStream TransformStream CompressionStream ' +
    'DecompressionStream TextDecoderStream TextEncoderStream structuredClone atob btoa performance crypto navigator Performance Crypto SubtleCrypto ' +
    'CryptoKey PerformanceEntry PerformanceObserver'
  ).split(' '),
);

/** Objects that Node has in its globals and modules: no look at an object tells whose it is. Others are copied as any object. */
const OBJECTS = new Set(
  (
    'process.env process.versions process.release process.config process.features util.types path.posix path.win32 https.globalAgent ' +
    'fs.constants os.constants crypto.constants zlib.constants http2.constants perf_hooks.constants perf_hooks.performance vm.constants ' +
    'http.METHODS http.STATUS_CODES timers/promises.scheduler readline.promises inspector.console v8.promiseHooks v8.startupSnapshot'
  ).split(' '),
);

/** Exports that Node makes when they are first read, each with the parts of Node that are loaded then: nobody has them before that. */
const LATE_EXPORTS: readonly (readonly [module: string, key: string, ...parts: string[]])[] = [
  ['fs', 'promises', 'internal/fs/promises'],
  ['fs', 'ReadStream', 'internal/fs/streams'],
  ['fs', 'WriteStream', 'internal/fs/streams'],
  ['fs', 'Utf8Stream', 'internal/streams/fast-utf8-stream'],
  ['net', 'BlockList', 'internal/blocklist'],
  ['net', 'SocketAddress', 'internal/socketaddress'],
  ['dns', 'promises', 'internal/dns/promises'],
  ['crypto', 'webcrypto', 'internal/crypto/webcrypto'],
  ['crypto', 'subtle', 'internal/crypto/webcrypto'],
  [
    'async_hooks',
    'AsyncLocalStorage',
    'internal/async_local_storage/async_hooks',
    'internal/async_local_storage/async_context_frame',
  ],
];

/** Requiring these prints a deprecation or an experimental warning. */
const NOISY = new Set(['punycode', 'sys', 'sqlite', 'wasi', 'trace_events', 'test', 'quic', 'ffi']);

let globalsRead = false;
let builtinsSeen = -1;
const builtinsRead = new Set<string>();
let modulesSeen = 0;
const modulesRead = new Set<string>();

/** The reference of a value, or null where only the value itself can travel. A map look-up: cheap enough for every object of a message. */
export function originOf(value: unknown): Reference | null {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return null;
  if (!globalsRead) refreshOrigins();
  const found = known.get(value);
  if (found !== undefined) return proven(value, found);
  const realm = newRealmOf(value);
  if (realm === null) return null;
  readGlobals(realm, LANGUAGE);
  const there = known.get(value);
  return there === undefined ? null : proven(value, there);
}

/** Gives the thread what tells functions of the runtime from those of programs; until then all found by path are the runtime's. */
export function provideProof(proof: (fn: Function) => boolean): void {
  prove = proof;
}

function proven(value: object, reference: Reference): Reference | null {
  const fn = unproven.get(value);
  if (fn === undefined || prove === undefined) return reference;
  unproven.delete(value);
  if (prove(fn)) return reference;
  known.delete(value);
  return null;
}

/** The global that a function or an object is, for the globals that are not looked at before something has their name. */
export function lazyGlobal(value: object): Reference | null {
  const type: unknown = typeof value === 'function' ? value.name : value.constructor?.name;
  if (typeof type !== 'string') return null;
  for (const name of [type, type.toLowerCase()]) {
    if (!LAZY_GLOBALS.has(name) || (globalThis as Record<string, unknown>)[name] !== value) continue;
    const reference: Reference = { kind: 'global', path: [name] };
    remember(value, reference);
    return reference;
  }
  return null;
}

/** Looks for modules that were loaded since the last call. */
export function refreshOrigins(): void {
  if (!globalsRead) {
    globalsRead = true;
    readGlobals(globalThis, `${LANGUAGE} ${RUNTIME}`);
  }
  readBuiltins();
  readPackages();
}

/** Whether a value is the `module.exports` of a CommonJS module. */
export function isExportsObject(value: object): boolean {
  return exportsObjects.has(value);
}

/**
 * Makes every object and function that `namespace` exports travel as an import of `url`. The library registers its own entry points,
 * so that its classes are never taken apart, from wherever a program got them.
 */
export function registerModule(url: string, namespace: object): void {
  for (const key of Object.keys(namespace))
    remember((namespace as Record<string, unknown>)[key], { kind: 'module', url, path: [key] });
  remember(namespace, { kind: 'module', url, path: [] });
}

function remember(value: unknown, reference: Reference): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  if (known.has(value)) return false;
  known.set(value, reference);
  return true;
}

/** As `remember`, of something found below a global or a builtin module: it counts once `fn` has been proven to be the runtime's. */
function suppose(value: object, reference: Reference, fn: Function): boolean {
  if (!remember(value, reference)) return false;
  unproven.set(value, fn);
  return true;
}

/** Reads the globals `names` of a realm: this one or another, whose things stand for those of the same name here. */
function readGlobals(realm: object, names: string): void {
  remember(realm, { kind: 'global', path: [] });
  for (const name of names.split(' ')) {
    const descriptor = Object.getOwnPropertyDescriptor(realm, name);
    // A getter that the program put there does not run; these two are Node's.
    const value: unknown = name === 'process' ? process : name === 'Buffer' ? Buffer : descriptor?.value;
    const path = [name];
    const reference: Reference = { kind: 'global', path };
    if (!(typeof value === 'function' ? suppose(value, reference, value) : remember(value, reference))) continue;
    readMembers(value as object, name, 2, (deeper) => ({ kind: 'global', path: [...path, ...deeper] }));
  }
  // Prototypes that have no name: %TypedArray%, %GeneratorFunction% and the like.
  const bytes: unknown = Object.getOwnPropertyDescriptor(realm, 'Uint8Array')?.value;
  if (typeof bytes !== 'function') return;
  const typedArray = Object.getPrototypeOf(bytes) as object;
  remember(typedArray, { kind: 'global', path: ['Uint8Array', '__proto__'] });
}

/**
 * Own data properties of what is called `name`: functions, prototypes, and the objects that Node has there, with theirs where `depth`
 * allows it. Getters are left alone: they may load or warn.
 */
function readMembers(
  object: object,
  name: string,
  depth: number,
  reference: (path: readonly string[]) => Reference,
): void {
  if (types.isProxy(object)) return;
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    if (key === 'constructor') continue;
    const value: unknown = descriptor.value;
    const inner = `${name}.${key}`;
    if (typeof value === 'function') {
      if (!suppose(value, reference([key]), value)) continue;
    } else if (typeof value !== 'object' || value === null) continue;
    else if (key === 'prototype' && typeof object === 'function') {
      if (!suppose(value, reference([key]), object)) continue;
    } else if (!OBJECTS.has(inner) || !remember(value, reference([key]))) continue;
    if (depth > 1) readMembers(value, inner, depth - 1, (deeper) => reference([key, ...deeper]));
  }
}

function readBuiltins(): void {
  const loaded = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList ?? [];
  if (loaded.length === builtinsSeen) return;
  builtinsSeen = loaded.length;
  const present = new Set(loaded);
  for (const name of builtinModules) {
    if (name.startsWith('_') || NOISY.has(name.replace(/^node:/, '')) || builtinsRead.has(name)) continue;
    if (!present.has(`NativeModule ${name.replace(/^node:/, '')}`)) continue;
    builtinsRead.add(name);
    const url = name.startsWith('node:') ? name : `node:${name}`;
    const exports = require(url) as object;
    remember(exports, { kind: 'module', url, path: ['default'] });
    readMembers(exports, url.slice('node:'.length), 2, (path) => ({ kind: 'module', url, path }));
  }
  for (const [module, key, ...parts] of LATE_EXPORTS) {
    const name = `${module}.${key}`;
    if (builtinsRead.has(name) || !builtinsRead.has(module)) continue;
    if (!parts.some((part) => present.has(`NativeModule ${part}`))) continue;
    builtinsRead.add(name);
    readLateExport(`node:${module}`, key);
  }
}

function readLateExport(url: string, key: string): void {
  const value: unknown = (require(url) as Record<string, unknown>)[key];
  const reference: Reference = { kind: 'module', url, path: [key] };
  if (typeof value === 'function' ? !suppose(value, reference, value) : !remember(value, reference)) return;
  readMembers(value as object, `${url.slice('node:'.length)}.${key}`, 1, (path) => ({
    kind: 'module',
    url,
    path: [key, ...path],
  }));
}

/**
 * Learns what a module of a package exports, from the url of one of its functions. The module is loaded here, so this only looks it up.
 * CommonJS modules are known already.
 */
export function readModule(url: string): void {
  if (!/[\\/]node_modules[\\/]/.test(url) || !url.startsWith('file:') || modulesRead.has(url)) return;
  modulesRead.add(url);
  let namespace: unknown;
  try {
    namespace = loadModule(url, []);
  } catch {
    // A module with a top-level await, or a Node that cannot: its functions travel as source.
    return;
  }
  for (const key of Object.keys(namespace as object))
    remember((namespace as Record<string, unknown>)[key], { kind: 'module', url, path: [key] });
}

/** Settles what a value travels as, once one way to it was found. */
export function learnOrigin(value: object, reference: Reference): void {
  remember(value, reference);
}

function readPackages(): void {
  const cache = require.cache;
  const files = Object.keys(cache);
  if (files.length === modulesSeen) return;
  modulesSeen = files.length;
  for (const file of files) {
    const module = cache[file];
    if (!module?.loaded || modulesRead.has(file)) continue;
    modulesRead.add(file);
    const exports: unknown = module.exports;
    if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null || types.isProxy(exports))
      continue;
    exportsObjects.add(exports);
    if (!/[\\/]node_modules[\\/]/.test(file)) continue;
    remember(exports, { kind: 'module', url: file, path: types.isModuleNamespaceObject(exports) ? [] : ['default'] });
    const compiled = (exports as { __esModule?: unknown }).__esModule === true;
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
      // Compilers export through getters; other getters may load or warn.
      const value: unknown = descriptor.get && compiled ? (exports as Record<string, unknown>)[key] : descriptor.value;
      const path = key === 'default' && !types.isModuleNamespaceObject(exports) ? ['default', 'default'] : [key];
      remember(value, { kind: 'module', url: file, path });
    }
  }
}
