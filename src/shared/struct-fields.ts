/**
 * The types that fields of a struct can have, and where fields stand: as in C, each at the next multiple of its size, in the
 * order in which they were declared, those of a base struct first.
 *
 *   i8 u8 bool            1 byte
 *   i16 u16               2 bytes
 *   i32 u32 f32           4 bytes
 *   i64 u64 f64           8 bytes
 *   array(type, length)   the elements, one after the other, aligned as one of them
 *   str, any, handles     8 bytes: a slot (wire/slot.ts), guarded by the record's latch
 */
import { told } from '../arguments.js';
import { ValueError } from '../errors.js';
import type { Handle } from '../heap/handle.js';
import { buffer } from '../heap/memory.js';

declare const value: unique symbol;

/** The type of a struct's field; `T` is what reading it gives. */
export interface Field<T, Name extends string = string> {
  /** Its name, as in `f64`. */
  readonly type: Name;
  /** Of arrays: how many elements. */
  readonly length?: number;
  /** @internal */
  readonly [value]?: T;
}

/** A class of shared objects, as the type of a field. */
// biome-ignore lint/suspicious/noExplicitAny: constructors of handles take whatever their users pass
export type HandleType = abstract new (...args: any[]) => Handle;

/** What {@link struct} takes: a type for each field, or the class of the shared objects that it refers to. */
// biome-ignore lint/suspicious/noExplicitAny: fields of any type
export type Fields = Readonly<Record<string, Field<any> | HandleType>>;

/** What a field holds. */
export type FieldValue<F> = F extends abstract new (
  ...args: never[]
) => infer H
  ? H
  : F extends Field<infer T>
    ? T
    : never;

type NumberArray = ArrayLike<number> | ArrayLike<bigint>;

/** How values of a type stand in the heap. */
export interface NumberType {
  readonly bytes: 1 | 2 | 4 | 8;
  /** The heap as values of this size. */
  readonly view: NumberArray;
  readonly array: new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayBufferView & NumberArray;
  readonly takes: 'number' | 'bigint' | 'boolean';
  /** As source code: true if `v`, of the right kind, does not fit. null where all fit. */
  readonly misfit: string | null;
  readonly isMisfit: (v: never) => boolean;
  /** What fits. */
  readonly range: string;
}

function type(
  bytes: NumberType['bytes'],
  array: NumberType['array'],
  takes: NumberType['takes'],
  range = '',
  misfit: string | null = null,
  isMisfit: NumberType['isMisfit'] = () => false,
): NumberType {
  return { bytes, view: new array(buffer, 0, buffer.byteLength / bytes), array, takes, misfit, isMisfit, range };
}

function range(least: bigint, most: bigint): string {
  return `whole numbers from ${least} to ${most}`;
}

/** The types that hold numbers, and bool. */
export const NUMBERS: Readonly<Record<string, NumberType>> = {
  i8: type(1, Int8Array, 'number', range(-128n, 127n), '(v<<24>>24)!==v', (v) => (v << 24) >> 24 !== v),
  u8: type(1, Uint8Array, 'number', range(0n, 255n), '(v&255)!==v', (v) => (v & 255) !== v),
  i16: type(2, Int16Array, 'number', range(-32768n, 32767n), '(v<<16>>16)!==v', (v) => (v << 16) >> 16 !== v),
  u16: type(2, Uint16Array, 'number', range(0n, 65535n), '(v&65535)!==v', (v) => (v & 65535) !== v),
  i32: type(4, Int32Array, 'number', range(-(2n ** 31n), 2n ** 31n - 1n), '(v|0)!==v', (v) => (v | 0) !== v),
  u32: type(4, Uint32Array, 'number', range(0n, 2n ** 32n - 1n), '(v>>>0)!==v', (v) => v >>> 0 !== v),
  f32: type(
    4,
    Float32Array,
    'number',
    'numbers of less than 3.4028236e38, and Infinity',
    // What is nearer to 2¹²⁸ than to the greatest number would become Infinity. `v-v` is 0 where v is finite.
    '(v>=3.4028235677973366e38||v<=-3.4028235677973366e38)&&v-v===0',
    (v) => Number.isFinite(v) && !Number.isFinite(Math.fround(v)),
  ),
  f64: type(8, Float64Array, 'number'),
  i64: type(
    8,
    BigInt64Array,
    'bigint',
    range(-(2n ** 63n), 2n ** 63n - 1n),
    'BigInt.asIntN(64,v)!==v',
    (v) => BigInt.asIntN(64, v) !== v,
  ),
  u64: type(
    8,
    BigUint64Array,
    'bigint',
    range(0n, 2n ** 64n - 1n),
    'BigInt.asUintN(64,v)!==v',
    (v) => BigInt.asUintN(64, v) !== v,
  ),
  bool: type(1, Uint8Array, 'boolean'),
};

function scalar<T, Name extends string>(name: Name): Field<T, Name> {
  return Object.freeze({ type: name });
}

/** Type of a struct's field. A whole number from -128 to 127, in 1 byte. */
export const i8: Field<number, 'i8'> = scalar('i8');
/** Type of a struct's field. A whole number from 0 to 255, in 1 byte. */
export const u8: Field<number, 'u8'> = scalar('u8');
/** Type of a struct's field. A whole number from -32768 to 32767, in 2 bytes. */
export const i16: Field<number, 'i16'> = scalar('i16');
/** Type of a struct's field. A whole number from 0 to 65535, in 2 bytes. */
export const u16: Field<number, 'u16'> = scalar('u16');
/** Type of a struct's field. A whole number from -2³¹ to 2³¹ - 1, in 4 bytes. */
export const i32: Field<number, 'i32'> = scalar('i32');
/** Type of a struct's field. A whole number from 0 to 2³² - 1, in 4 bytes. */
export const u32: Field<number, 'u32'> = scalar('u32');
/** Type of a struct's field. A bigint from -2⁶³ to 2⁶³ - 1, in 8 bytes. */
export const i64: Field<bigint, 'i64'> = scalar('i64');
/** Type of a struct's field. A bigint from 0 to 2⁶⁴ - 1, in 8 bytes. */
export const u64: Field<bigint, 'u64'> = scalar('u64');
/** Type of a struct's field. A number in 4 bytes, up to 3.4e38: it is rounded to 24 significant bits. */
export const f32: Field<number, 'f32'> = scalar('f32');
/** Type of a struct's field. Any number: 8 bytes. */
export const f64: Field<number, 'f64'> = scalar('f64');
/** Type of a struct's field. true or false, in 1 byte. */
export const bool: Field<boolean, 'bool'> = scalar('bool');
/** Type of a struct's field. A text of any length. */
export const str: Field<string, 'str'> = scalar('str');
/**
 * Type of a struct's field. Any value that can be sent to another thread: what is read is a frozen copy, or the shared object
 * itself.
 */
// biome-ignore lint/suspicious/noExplicitAny: as the name says
export const any: Field<any, 'any'> = scalar('any');

/** What an array of each type is read as. */
interface ArrayTypes {
  i8: Int8Array<SharedArrayBuffer>;
  u8: Uint8Array<SharedArrayBuffer>;
  i16: Int16Array<SharedArrayBuffer>;
  u16: Uint16Array<SharedArrayBuffer>;
  i32: Int32Array<SharedArrayBuffer>;
  u32: Uint32Array<SharedArrayBuffer>;
  f32: Float32Array<SharedArrayBuffer>;
  f64: Float64Array<SharedArrayBuffer>;
  i64: BigInt64Array<SharedArrayBuffer>;
  u64: BigUint64Array<SharedArrayBuffer>;
}

const MOST_ELEMENTS = 2 ** 26;

/** Whether there are arrays of the type with this name. */
export function hasArrays(type: unknown): boolean {
  return typeof type === 'string' && Object.hasOwn(NUMBERS, type) && type !== 'bool';
}

/** Whether an array can have so many elements. */
export function isArrayLength(length: unknown): length is number {
  return Number.isInteger(length) && (length as number) >= 1 && (length as number) <= MOST_ELEMENTS;
}

/**
 * Type of a struct's field that holds `length` numbers, one after the other in the struct itself. Reading it gives a typed
 * array over the shared memory, the same one each time.
 *
 * @param type i8 … f64; any other is a TypeError
 * @param length at least 1, else ValueError
 * @example
 * class Body extends struct({ mass: f64, position: array(f64, 3) }) {}
 */
export function array<Name extends keyof ArrayTypes>(
  type: Field<number, Name> | Field<bigint, Name>,
  length: number,
): Field<ArrayTypes[Name]> {
  const name: unknown = (type as Partial<Field<number>> | null)?.type;
  if (!hasArrays(name) || type.length !== undefined)
    throw new TypeError('array() takes a numeric type: i8, u8, i16, u16, i32, u32, i64, u64, f32 or f64');
  if (!isArrayLength(length))
    throw new ValueError(`array() takes a length from 1 to ${MOST_ELEMENTS}, not ${told(length)}`);
  return Object.freeze({ type: name as Name, length });
}
