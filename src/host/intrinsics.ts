/**
 * What the library uses of the language and of Node as it was when it was loaded. Whoever replaces it later (fake timers, spies,
 * a sandbox) does so for the program, not for the heap: an `Atomics.store` that throws in the middle of a critical section would
 * leave a latch locked for ever, a clock that stands still would make a wait endless.
 *
 * The bundler puts these in the place of the globals, in all modules (scripts/bundle.mjs), so nobody need import them.
 */
// oxlint-disable no-restricted-properties -- only put aside here
export const {
  add: atomicsAdd,
  and: atomicsAnd,
  compareExchange: atomicsCompareExchange,
  exchange: atomicsExchange,
  load: atomicsLoad,
  notify: atomicsNotify,
  or: atomicsOr,
  store: atomicsStore,
  sub: atomicsSub,
  wait: atomicsWait,
  waitAsync: atomicsWaitAsync,
  xor: atomicsXor,
} = Atomics as typeof Atomics & { readonly waitAsync: unknown };
// oxlint-enable no-restricted-properties

// Node's own also where fake ones are in their places already.
export { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } from 'node:timers';

/** Node 20 and 22 add these to their main context only. What `using` compiles to looks for the same substitutes elsewhere. */
const symbols = Symbol as { readonly dispose?: symbol; readonly asyncDispose?: symbol };
export const symbolDispose: symbol = symbols.dispose ?? Symbol.for('Symbol.dispose');
export const symbolAsyncDispose: symbol = symbols.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** `Function.prototype.toString.call(fn)`. */
export const sourceTextOf: (fn: unknown) => string = Function.prototype.call.bind(Function.prototype.toString);
