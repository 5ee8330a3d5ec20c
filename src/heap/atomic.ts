/**
 * Atomic steps on the words of the heap: `Atomics` by another way. Its functions are calls of built-in code that checks its
 * arguments each time, 10 ns a step; V8 compiles the same instruction of WebAssembly to the bare one behind a call of 3 ns, and every
 * lock, queue and container here is made of such steps. So the heap is the memory of a small module (atomic.wat) where there
 * is WebAssembly and 4 GiB are enough; elsewhere these are `Atomics`. Both are sequentially consistent and may be mixed.
 */
import { CODE } from './atomic-code.js';
import { announceCode, announcedCode } from '../host/environment.js';
import { webAssembly } from '../host/web-assembly.js';
import { i32, i64, memory } from './memory.js';

interface Steps {
  load(at: number): number;
  store(at: number, value: number): void;
  add(at: number, value: number): number;
  sub(at: number, value: number): number;
  and(at: number, value: number): number;
  or(at: number, value: number): number;
  xor(at: number, value: number): number;
  exchange(at: number, value: number): number;
  compareExchange(at: number, expected: number, value: number): number;
  /** The same, for entering a critical section: a RangeError if the stack has no room left for what is called inside. */
  enter(at: number, expected: number, value: number): number;
  /** The same with less room, for whoever has entered before and comes to give back or to leave. */
  reenter(at: number, expected: number, value: number): number;
  /** Exchanges two pairs of words under the versioned latch at `guard`: 1, 2 if somebody sleeps at it, 0 if it could not. */
  exchangePairs(guard: number, cell: number, stage: number): number;
  /** Doubles, at an even word. Two are the same if their bits are: 0 and -0 differ, and NaN is NaN. */
  loadDouble(at: number): number;
  storeDouble(at: number, value: number): void;
  addDouble(at: number, value: number): number;
  exchangeDouble(at: number, value: number): number;
  compareExchangeDouble(at: number, expected: number, value: number): number;
}

/**
 * The module is compiled once in the process: threads find the machine code there, and V8 loses 13 to 50 KB with every thread that had
 * compiled a module of its own for a shared memory.
 */
function compiled(): Steps | undefined {
  if (memory === undefined || webAssembly === undefined) return undefined;
  const { Module, Instance } = webAssembly;
  const compile = (): object => {
    const module = new Module(Buffer.from(CODE, 'base64'));
    announceCode(module);
    return module;
  };
  for (const find of [announcedCode, compile]) {
    try {
      return new Instance(find() as object, { heap: { memory } }).exports as unknown as Steps;
    } catch {
      // None was announced; a policy of the program's may forbid to compile.
    }
  }
  return undefined;
}

/** For looking at a double's bits. */
const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

function bitsOf(value: number): bigint {
  // There are many NaNs; one of them is written.
  double[0] = Number.isNaN(value) ? NaN : value;
  return bits[0];
}

function doubleOf(pattern: bigint): number {
  bits[0] = pattern;
  return double[0];
}

function addDoubleTo(at: number, value: number): number {
  for (let old = Atomics.load(i64, at >> 1); ; ) {
    const found = Atomics.compareExchange(i64, at >> 1, old, bitsOf(doubleOf(old) + value));
    if (found === old) return doubleOf(old);
    old = found;
  }
}

const builtin: Steps = {
  load: (at) => Atomics.load(i32, at),
  store: (at, value) => void Atomics.store(i32, at, value),
  add: (at, value) => Atomics.add(i32, at, value),
  sub: (at, value) => Atomics.sub(i32, at, value),
  and: (at, value) => Atomics.and(i32, at, value),
  or: (at, value) => Atomics.or(i32, at, value),
  xor: (at, value) => Atomics.xor(i32, at, value),
  exchange: (at, value) => Atomics.exchange(i32, at, value),
  compareExchange: (at, expected, value) => Atomics.compareExchange(i32, at, expected, value),
  enter: (at, expected, value) => Atomics.compareExchange(i32, at, expected, value),
  reenter: (at, expected, value) => Atomics.compareExchange(i32, at, expected, value),
  exchangePairs: () => 0,
  loadDouble: (at) => doubleOf(Atomics.load(i64, at >> 1)),
  storeDouble: (at, value) => void Atomics.store(i64, at >> 1, bitsOf(value)),
  addDouble: addDoubleTo,
  exchangeDouble: (at, value) => doubleOf(Atomics.exchange(i64, at >> 1, bitsOf(value))),
  compareExchangeDouble: (at, expected, value) =>
    doubleOf(Atomics.compareExchange(i64, at >> 1, bitsOf(expected), bitsOf(value))),
};

/** As those of `Atomics`; `at` is the index of a word in the heap. */
export const {
  load,
  store,
  add,
  sub,
  and,
  or,
  xor,
  exchange,
  compareExchange,
  enter,
  reenter,
  exchangePairs,
  loadDouble,
  storeDouble,
  addDouble,
  exchangeDouble,
  compareExchangeDouble,
} = compiled() ?? builtin;
