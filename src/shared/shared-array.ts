/**
 * Arrays of numbers in the shared heap: typed arrays over the words of a record, which lives as long as any thread has a view
 * of it.
 */
import { told } from '../arguments.js';
import { ValueError } from '../errors.js';
import { defineHandle, Handle } from '../heap/handle.js';
import { Record } from '../heap/layout.js';
import { defineRecord, newRecord } from '../heap/records.js';
import { viewOf } from '../wire/buffers.js';

const BLOCK_TYPE = 64;

defineRecord(BLOCK_TYPE, { label: 'sharedArray' });

/** Stands for the memory of an array. Users see views of it only. */
class Block extends Handle {}
defineHandle(BLOCK_TYPE, Block);

type AnyTypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A class of typed arrays, as {@link sharedArray} takes it. */
export interface TypedArrayConstructor<A> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (buffer: ArrayBufferLike, offset: number, length: number): A;
}

/**
 * An array of numbers that threads share: a plain typed array over the shared memory, as fast as any other. Where it is
 * captured, sent or stored, the other thread gets a view of the same numbers; so it does with a `subarray` of it. The memory is
 * free when no thread has a view any more.
 *
 * Elements of up to 4 bytes are read and written as a whole. `Atomics` works on it, as on every array over shared memory.
 * `slice`, `map` and `filter` give copies of the thread's own. A view that the program makes itself of the array's `buffer`
 * does not keep the memory alive.
 *
 * @param type Float64Array, Int32Array …
 * @param from the number of elements, which are 0; or the elements
 * @throws ValueError for a length that is none, TypeError for what is no class of typed arrays, HeapExhaustedError.
 *
 * @example
 * const sums = sharedArray(Float64Array, 4);
 * const threads = [0, 1, 2, 3].map((k) => new Thread({ target: () => { sums[k] = work(k); } }).start());
 *
 * Python: `multiprocessing.shared_memory` with NumPy; a plain list of numbers among threads.
 */
export function sharedArray<A extends AnyTypedArray>(
  type: TypedArrayConstructor<A>,
  from: number | Iterable<A extends BigInt64Array | BigUint64Array ? bigint : number>,
): A {
  if (typeof type !== 'function' || !(Object.getPrototypeOf(Uint8Array) as FunctionConstructor).isPrototypeOf(type))
    throw new TypeError('sharedArray() takes a class of typed arrays first, such as Float64Array');
  const elements = typeof from === 'number' ? null : [...elementsOf(from)];
  const length = elements?.length ?? (from as number);
  if (!Number.isInteger(length) || length < 0)
    throw new ValueError(`sharedArray() takes a length of 0 or more, not ${told(length)}`);
  const values = elements === null ? null : convert(type, elements);
  const record = newRecord(BLOCK_TYPE, Math.ceil((length * type.BYTES_PER_ELEMENT) / 4));
  const view = viewOf(new Block(record), type, (record + Record.BODY) * 4, length);
  if (values !== null) (view as Float64Array).set(values as Float64Array);
  return view;
}

function elementsOf(from: unknown): Iterable<unknown> {
  if (typeof from === 'object' && from !== null && Symbol.iterator in from) return from as Iterable<unknown>;
  throw new TypeError('sharedArray() takes a length, or an iterable with the elements');
}

/** The elements as numbers of that type: what cannot be converted throws before there is an array. */
function convert<A>(type: TypedArrayConstructor<A>, elements: readonly unknown[]): A {
  return new (type as unknown as new (values: readonly unknown[]) => A)(elements);
}
