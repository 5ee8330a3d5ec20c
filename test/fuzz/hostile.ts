/**
 * Values that nobody expects, each with the name that reports show. They are made anew for each call, because some can be used up.
 */
import { Event, Lock, Queue, shared } from 'threadwork';

/** What hostile values throw: it may come out of any call that touches them. */
export class Hostility extends Error {
  override name = 'Hostility';
}

function attack(): never {
  throw new Hostility('a hostile value was touched');
}

/** Without a handler it would be an unhandled rejection of ours. */
function rejected(): Promise<never> {
  const promise = Promise.reject(new Hostility('rejected'));
  promise.catch(() => undefined);
  return promise;
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function resizable(): Uint8Array {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  const buffer = new Resizable(8, { maxByteLength: 64 });
  const bytes = new Uint8Array(buffer, 4);
  (buffer as unknown as { resize(length: number): void }).resize(2);
  return bytes;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const throwing = {
  get: attack,
  has: attack,
  ownKeys: attack,
  getPrototypeOf: attack,
  getOwnPropertyDescriptor: attack,
};

/** By name. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  NaN: () => Number.NaN,
  '-0': () => -0,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  '-1': () => -1,
  '-5': () => -5,
  '0.5': () => 0.5,
  '2**31': () => 2 ** 31,
  '2**32+1': () => 2 ** 32 + 1,
  '2**53': () => 2 ** 53,
  '1e308': () => 1e308,
  '5e-324': () => 5e-324,
  '10n': () => 10n,
  '2n**70n': () => 2n ** 70n,
  symbol: () => Symbol('hostile'),
  'registered symbol': () => Symbol.for('hostile'),
  "''": () => '',
  "'5'": () => '5',
  'lone surrogate': () => '\ud800',
  'text with NUL': () => 'a\0b',
  'long text': () => 'x'.repeat(70_000),
  __proto__: () => '__proto__',
  constructor: () => 'constructor',
  '[]': () => [],
  'sparse array': () => [1, , 3], // oxlint-disable-line no-sparse-arrays -- on purpose
  'array that holds itself': () => {
    const array: unknown[] = [];
    array.push(array);
    return array;
  },
  '{}': () => ({}),
  'frozen object': () => Object.freeze({ a: 1 }),
  'frozen array': () => Object.freeze([1, 2]),
  'object without prototype': () => Object.create(null) as object,
  'object with throwing getters': () =>
    Object.defineProperties(
      {},
      Object.fromEntries(
        ['timeout', 'signal', 'blocking', 'block', 'target', 'name', 'args', 'length', 'wait', 'then', 'a'].map(
          (key) => [key, { get: attack, enumerable: true }],
        ),
      ),
    ),
  'object whose conversions throw': () => ({ valueOf: attack, toString: attack, [Symbol.toPrimitive]: attack }),
  'object that iterates badly': () => ({ [Symbol.iterator]: () => ({ next: attack }) }),
  'object whose iterator is a number': () => ({ [Symbol.iterator]: 5 }),
  'object whose iterator is none': () => ({ [Symbol.iterator]: () => 5 }),
  'array-like': () => ({ length: 2, 0: 'a', 1: 'b' }),
  'proxy that throws': () => new Proxy({}, throwing),
  'function proxy that throws': () => new Proxy(() => undefined, throwing),
  'proxy of a handle': () => new Proxy(new Lock(), {}),
  'revoked proxy': revoked,
  thenable: () => ({ then: (resolve: (value: unknown) => void) => resolve(5) }), // oxlint-disable-line unicorn/no-thenable -- on purpose
  'throwing thenable': () => ({ then: attack }), // oxlint-disable-line unicorn/no-thenable -- on purpose
  promise: () => Promise.resolve(5),
  'rejected promise': rejected,
  'function that throws': () => attack,
  'function that answers itself': () =>
    function itself(): unknown {
      return itself;
    },
  'native function': () => Array.isArray,
  'bound function': () => function named(this: unknown) {}.bind(5),
  'async function': () => async () => undefined,
  'async function that throws': () => () => rejected(),
  'generator function': () =>
    function* generate() {
      yield 1;
    },
  class: () => class Hostile {},
  'class that throws': () =>
    class Hostile {
      constructor() {
        attack();
      }
    },
  generator: () =>
    (function* generate() {
      yield 1;
    })(),
  'detached array': detached,
  'array beyond its resizable buffer': resizable,
  'shared buffer': () => new SharedArrayBuffer(8),
  DataView: () => new DataView(new ArrayBuffer(8)),
  'aborted signal': () => AbortSignal.abort(new Hostility('aborted')),
  'live signal': () => new AbortController().signal,
  Date: () => new Date(0),
  'invalid Date': () => new Date(Number.NaN),
  RegExp: () => /x/g,
  Map: () => new Map([[{}, 1]]),
  Set: () => new Set([Symbol('inside')]),
  WeakMap: () => new WeakMap(),
  Error: () => new Error('passed on'),
  'boxed number': () => new Number(5),
  globalThis: () => globalThis,
  'a Lock': () => new Lock(),
  'an Event': () => new Event(),
  // Shut down: whoever iterates over one that is not waits for items.
  'a Queue': () => {
    const queue = new Queue();
    queue.shutdown();
    return queue;
  },
  'a SharedMap': () => shared(new Map()),
  'spread handle': () => Object.assign({}, new Event()),
  'object with a handle as prototype': () => Object.create(new Lock()) as object,
  'deep object': () => {
    let deep: unknown = 1;
    for (let k = 0; k < 20_000; k++) deep = { deep };
    return deep;
  },
};

/** As a time limit these mean none, or more than a test has: no call that could rightly wait gets them. */
export const UNLIMITED: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  'true',
  'Infinity',
  '-1',
  '2**31',
  '2**32+1',
  '2**53',
  '1e308',
  '{}',
  'frozen object',
  'object without prototype',
  'globalThis',
  'object whose conversions throw',
  'object that iterates badly',
  'object whose iterator is a number',
  'object whose iterator is none',
  'array-like',
  'thenable',
  'throwing thenable',
  'spread handle',
  'deep object',
]);

/** Values that many calls take, so that the others are not all refused for the first argument. */
export const USUAL: Readonly<Record<string, () => unknown>> = {
  '0': () => 0,
  '1': () => 1,
  '3': () => 3,
  '1n': () => 1n,
  "'a'": () => 'a',
  '[1, 2]': () => [1, 2],
  '[[1, 2]]': () => [[1, 2]],
  'x => x': () => (x: unknown) => x,
  '() => true': () => () => true,
  'new Map': () => new Map([['a', 1]]),
  'new Set': () => new Set(['a']),
  '{ a: 1 }': () => ({ a: 1 }),
};

/** Makes the value of this name. */
export function valueOf(name: string): unknown {
  return (HOSTILE[name] ?? USUAL[name])();
}
