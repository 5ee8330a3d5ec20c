import { inspect } from 'node:util';
import { told } from '../arguments.js';
import { ADDRESS, defineHandle, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import { ERRAND_WORDS, farewellOf, messageIn, own, request } from '../park/errands.js';
import { FOREVER } from '../park/limit.js';
import { serverOf } from '../park/summons.js';
import { inTurn } from '../park/turns.js';
import { pack, unpack } from '../wire/message.js';
import { concluded, EXHAUSTED, iteratorOf, packEnd, packError, packItem, Source } from './iterators-owner.js';
import { ITERATOR_TYPE } from './types.js';

/** Word with the methods that the source has beside `next`. */
const METHODS: number = Record.BODY + ERRAND_WORDS;
const HAS_RETURN = 1;
const HAS_THROW = 2;

defineRecord(ITERATOR_TYPE, { label: 'SerializedIterator' });

type Method = 'next' | 'return' | 'throw';
type Result<T> = IteratorResult<T, unknown>;

/** The source of a serialised iterator, in the thread that owns it. */
class SerialSource extends Source {
  protected fulfil(wish: number): number {
    try {
      const message = messageIn(wish);
      const [method, args] =
        message === 0 ? (['next', []] as const) : opened(unpack(message) as { [M in Method]?: unknown });
      const { done, value } = this.step(method, args);
      return done === true ? packEnd(value) : packItem(value);
    } catch (error) {
      return packError(error);
    }
  }

  call(method: Method, args: readonly unknown[]): Result<unknown> {
    return this.directly(() => this.step(method, args));
  }

  private step(method: Method, args: readonly unknown[]): Result<unknown> {
    const call = this.iterator[method] as ((...all: readonly unknown[]) => Result<unknown>) | undefined;
    const result: unknown = call?.apply(this.iterator, args as unknown[]);
    if (typeof result !== 'object' || result === null)
      throw new TypeError(`Iterator result ${told(result)} is not an object`);
    if ((result as Result<unknown>).done === true) this.ended = true;
    return result as Result<unknown>;
  }
}

function opened(wish: { [M in Method]?: unknown }): [Method, unknown[]] {
  const method = Object.keys(wish)[0] as Method;
  return [method, [wish[method]]];
}

function wishOf(method: Method, args: readonly unknown[]): number {
  if (method === 'next' && args[0] === undefined) return 0;
  return pack({ [method]: args[0] }, { path: '', lenient: method === 'throw' });
}

/** What a call on an exhausted source gives, as a generator has it. */
function afterEnd<T>(method: Method, args: readonly unknown[]): Result<T> {
  if (method === 'throw') throw args[0];
  return { done: true, value: method === 'return' ? args[0] : undefined };
}

function at(iterator: Handle): number {
  return ofType(iterator?.[ADDRESS], ITERATOR_TYPE);
}

/**
 * One iterator that many threads draw from: each item of its source goes to exactly one of them. What
 * {@link serializeIterator} returns. Python's `threading.serialize_iterator`.
 */
export class SerializedIterator<T> extends Handle implements IterableIterator<T> {
  /** As {@link serializeIterator}. */
  constructor(iterable: Iterable<T>) {
    const iterator = iteratorOf(iterable, 'serializeIterator');
    const address = newRecord(ITERATOR_TYPE, ERRAND_WORDS + 2);
    super(address);
    i32[address + METHODS] =
      (typeof iterator.return === 'function' ? HAS_RETURN : 0) | (typeof iterator.throw === 'function' ? HAS_THROW : 0);
    own(address, new SerialSource(address, iterator));
  }

  /**
   * The next item. Waits while the source works for others.
   *
   * @param value what the source's `yield` returns, if it is a generator: Python's `send()`.
   * @throws what the source throws; NotSendableError when the item (or the value) cannot travel: it is lost then;
   * RuntimeError when the thread that made the iterator has ended, or when the source calls for itself.
   */
  next(...value: [] | [unknown]): Result<T> {
    return perform<T>(this, 'next', value);
  }

  /** As {@link next}, without blocking the thread. */
  nextAsync(...value: [] | [unknown]): Promise<Result<T>> {
    return performAsync<T>(this, 'next', value);
  }

  /**
   * Ends the source, for all threads: Python's `close()`.
   *
   * @param value what a generator's end carries.
   * @throws TypeError when the source has no such method; else as {@link next}.
   */
  return(value?: unknown): Result<T> {
    return perform<T>(this, 'return', [value]);
  }

  /** As {@link SerializedIterator.return}, without blocking the thread. */
  returnAsync(value?: unknown): Promise<Result<T>> {
    return performAsync<T>(this, 'return', [value]);
  }

  /**
   * Throws `error` where the source stands, and returns the item that it yields next.
   *
   * @throws TypeError when the source has no such method; else as {@link next}.
   */
  throw(error?: unknown): Result<T> {
    return perform<T>(this, 'throw', [error]);
  }

  /** As {@link SerializedIterator.throw}, without blocking the thread. */
  throwAsync(error?: unknown): Promise<Result<T>> {
    return performAsync<T>(this, 'throw', [error]);
  }

  /**
   * The items for a `for` loop. As in Python, leaving the loop early leaves the source as it is, for the other threads and
   * the next loop; `return()` ends it.
   */
  [Symbol.iterator](): IterableIterator<T> {
    at(this);
    const next = (...value: [] | [unknown]) => this.next(...value);
    return { next, [Symbol.iterator]: () => this[Symbol.iterator]() };
  }

  /** The items for a `for await` loop. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    at(this);
    const next = (...value: [] | [unknown]) => this.nextAsync(...value);
    return { next, [Symbol.asyncIterator]: () => this[Symbol.asyncIterator]() };
  }

  /** The name, and whether the source can give more: `open`, `exhausted`, or `closed` when its thread has ended. */
  override toString(): string {
    const farewell = farewellOf(at(this));
    const state = farewell === 0 ? 'open' : farewell === EXHAUSTED ? 'exhausted' : 'closed';
    return `<SerializedIterator ${this.name}: ${state}>`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

defineHandle(ITERATOR_TYPE, SerializedIterator);

function perform<T>(iterator: SerializedIterator<T>, method: Method, args: readonly unknown[]): Result<T> {
  const source = sourceFor(iterator, method);
  if (source !== undefined) return source.call(method, args) as Result<T>;
  const address = at(iterator);
  if (farewellOf(address) === EXHAUSTED) return afterEnd(method, args);
  return answered<T>(iterator, block(request(address, wishOf(method, args), FOREVER), FOREVER), method, args);
}

async function performAsync<T>(
  iterator: SerializedIterator<T>,
  method: Method,
  args: readonly unknown[],
): Promise<Result<T>> {
  const source = sourceFor(iterator, method);
  if (source !== undefined && !source.busy) return inTurn(source.call(method, args) as Result<T>);
  const address = at(iterator);
  if (farewellOf(address) === EXHAUSTED) return afterEnd(method, args);
  return answered<T>(
    iterator,
    await blockAsync(request(address, wishOf(method, args), FOREVER), FOREVER),
    method,
    args,
  );
}

/** The source, if it is this thread's and goes on after those were served who wait. */
function sourceFor(iterator: SerializedIterator<unknown>, method: Method): SerialSource | undefined {
  const address = at(iterator);
  const needed = method === 'next' ? 0 : method === 'return' ? HAS_RETURN : HAS_THROW;
  if ((i32[address + METHODS] & needed) !== needed)
    throw new TypeError(`the source of ${iterator.name} has no ${method}()`);
  (serverOf(address) as SerialSource | undefined)?.serveWaiting();
  return serverOf(address) as SerialSource | undefined;
}

function answered<T>(
  iterator: SerializedIterator<T>,
  outcome: number,
  method: Method,
  args: readonly unknown[],
): Result<T> {
  return outcome === EXHAUSTED ? afterEnd(method, args) : concluded(outcome, iterator.name);
}

/**
 * Makes one iterator that many threads draw from: each item goes to exactly one of them, nothing is buffered, and who comes
 * while the source works waits. Python's `threading.serialize_iterator`.
 *
 * The source stays in the thread that calls this. It works there whenever another thread wants an item: when the event
 * loop is free, or while the thread waits in this library (`join()`, `acquire()`, `sleep()` …; `sleep(0)` lets a busy
 * thread serve). A source that waits in turn keeps its thread waiting, whatever else has come meanwhile. Items are copies in
 * the other threads. `next(value)`, `return()` and `throw()` reach the source under the same lock, if it has them.
 *
 * @throws TypeError when `iterable` is none.
 *
 * @example
 * function* numbers() { for (let n = 0; n < 400; n++) yield n; }
 * const jobs = serializeIterator(numbers());
 * const threads = [1, 2, 3].map(() => new Thread({ target: () => { for (const n of jobs) work(n); } }).start());
 * for (const thread of threads) thread.join();
 */
export function serializeIterator<T>(iterable: Iterable<T>): SerializedIterator<T> {
  return new SerializedIterator(iterable);
}

/**
 * Makes a function out of a generator function whose every call gives an independent iterator that many threads can draw
 * from, as {@link serializeIterator} makes it. Name and length stay. Python's `threading.synchronized_iterator`.
 *
 * @throws TypeError when `fn` is no function.
 *
 * @example
 * const countTo = synchronizedIterator(function* countTo(n: number) { for (let k = 1; k <= n; k++) yield k; });
 * const shared = countTo(1000);
 */
export function synchronizedIterator<A extends unknown[], T>(
  fn: (...args: A) => Iterable<T>,
): (...args: A) => SerializedIterator<T> {
  if (typeof fn !== 'function')
    throw new TypeError(`synchronizedIterator takes a function, not ${inspect(fn, { depth: 0 })}`);
  function synchronized(this: unknown, ...args: A): SerializedIterator<T> {
    return serializeIterator(fn.apply(this, args));
  }
  const { name, length } = fn;
  return Object.defineProperties(synchronized, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  });
}
