/**
 * Functions that Node made of others: `promisify(fn)`, `callbackify(fn)`, `debuglog(section)`. Their code is Node's, and
 * what they were made of stands in their closures; the other thread has Node make the like of it.
 */
import util from 'node:util';
import type { Binding, Captured, Code } from './captured.js';
import { closureOf } from './environment.js';

type Factory = 'promisify' | 'callbackify' | 'debuglog';

/** What Node calls the arguments inside. Functions that have their own promisified form keep themselves as `orig`. */
const FACTORIES: readonly (readonly [Factory, ...string[]])[] = [
  ['promisify', 'original'],
  ['promisify', 'orig'],
  ['callbackify', 'original'],
  ['debuglog', 'set'],
];

const codes = new Map<string, Code>();
const made = new WeakMap<Function, Captured>();

/** What such a function is made of, if it was asked for before. */
export function knownMade(fn: Function): Captured | undefined {
  return made.get(fn);
}

/** What a function of Node's, with the source `text`, is made of; null where none of these factories made it. */
export function captureMade(fn: Function, text: string, path: string): Captured | null {
  const environment = closureOf(fn, path);
  for (const [factory, ...names] of FACTORIES) {
    if (!names.every((name) => environment.has(name))) continue;
    const values = names.map((name) => environment.find(name)?.value);
    const like = makeLike(factory, values);
    // The proof that it came from there.
    if (like !== fn && (like === null || Function.prototype.toString.call(like) !== text)) continue;
    const captured = captureOf(factory, names, values, fn, like);
    made.set(fn, captured);
    return captured;
  }
  return null;
}

function makeLike(factory: Factory, values: readonly unknown[]): Function | null {
  try {
    return (util[factory] as (...args: readonly unknown[]) => Function)(...values);
  } catch {
    return null;
  }
}

function captureOf(
  factory: Factory,
  names: readonly string[],
  values: readonly unknown[],
  fn: Function,
  like: Function,
): Captured {
  const bindings: Binding[] = names.map((name, k) => ({ kind: 'value', name, label: name, value: values[k] }));
  const reference = { kind: 'module', url: 'node:util', path: [factory] } as const;
  bindings.unshift({ kind: 'reference', name: factory, label: factory, reference, value: util[factory] });
  const own = Reflect.ownKeys(fn).filter((key) => !Object.hasOwn(like, key));
  return {
    kind: 'code',
    code: codeOf(factory, names, fn.name),
    bindings,
    properties: own.map((key) => [key, Object.getOwnPropertyDescriptor(fn, key) as PropertyDescriptor]),
    prototypeProperties: [],
    prototypeParent: null,
    parent: null,
  };
}

function codeOf(factory: Factory, names: readonly string[], name: string): Code {
  const source = `${factory}(${names.join()})`;
  const key = `${source} ${name}`;
  let code = codes.get(key);
  if (code === undefined) {
    code = {
      source,
      url: '',
      line: 0,
      column: 0,
      name,
      kind: 'arrow',
      strict: true,
      early: [factory, ...names],
      late: [],
      hosts: [],
      special: {},
      parent: null,
      needsThis: null,
      declaration: false,
      sourceMap: null,
    };
    codes.set(key, code);
  }
  return code;
}
