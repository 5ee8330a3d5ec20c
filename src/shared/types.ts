/**
 * The record types of this room's containers, and what TypeScript knows of data that went through `shared()`.
 */
import type { Handle } from '../heap/handle.js';
import type { SharedList } from './list.js';
import type { SharedMap } from './map.js';
import type { SharedSet } from './set.js';

export const TEXT_TYPE = 50;
export const VALUE_TYPE = 51;
export const SHAPE_TYPE = 52;
export const OBJECT_TYPE = 53;
export const LIST_TYPE = 54;
export const MAP_TYPE = 55;
export const SET_TYPE = 56;

type Primitive = string | number | boolean | bigint | symbol | null | undefined;
/** What is no container: handles stay what they are, everything else is read as a frozen copy. */
type Whole =
  | Handle
  | Date
  | RegExp
  | Error
  | URL
  | ArrayBufferLike
  | ArrayBufferView
  // biome-ignore lint/suspicious/noExplicitAny: any function at all
  | ((...args: any[]) => unknown)
  // biome-ignore lint/suspicious/noExplicitAny: any class at all
  | (abstract new (
      ...args: any[]
    ) => unknown);

/**
 * What data of type `T` is once it is shared: a plain object is a {@link SharedObject}, an array a {@link SharedList}, a Map a
 * {@link SharedMap}, a Set a {@link SharedSet}, the same for what is inside; all else stays what it is.
 *
 * @example
 * type Accounts = Shared<{ total: number; names: string[] }>; // { total: number; names: SharedList<string> }
 */
export type Shared<T> = T extends Primitive | Whole
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? SharedMap<K, V>
    : T extends ReadonlySet<infer V>
      ? SharedSet<V>
      : T extends readonly (infer E)[]
        ? SharedList<E>
        : T extends object
          ? { [K in keyof T]: Shared<T[K]> }
          : T;
