import type { EventEmitter } from 'node:events';
import type { Worker, MessagePort } from 'node:worker_threads';
import type { Handle } from '../heap/handle.js';

declare const reason: unique symbol;

/** What the compiler shows where a value cannot go to another thread. */
export interface NotSendable<Why extends string> {
  /** What the compiler says of it. */
  readonly [reason]: Why;
}

type Primitive = string | number | boolean | bigint | symbol | null | undefined;
type WeakCollection = WeakMap<WeakKey, unknown> | WeakSet<WeakKey> | WeakRef<WeakKey>;
/** Objects whose members are not looked at: handles, and values that the codec knows as a whole. */
type Whole = Handle | Date | RegExp | Error | URL | ArrayBufferLike | ArrayBufferView;
// biome-ignore lint/suspicious/noExplicitAny: any function at all
type AnyFunction = ((...args: any[]) => unknown) | (abstract new (...args: any[]) => unknown);

/**
 * `T`, if a value of that type can go to another thread; else a type that nothing fits, which says why. It refuses the
 * common cases at compile time (promises, weak collections, generators, sockets and other event emitters); the rest is
 * checked when the value is sent.
 *
 * @example
 * function send<T>(value: Sendable<T>) {}
 */
export type Sendable<T> = Checked<T, 5>;

/**
 * What `put()` takes of `T`: all of it that is {@link Sendable}. Code that is generic in `T` can pass its `T` on, which it
 * cannot where a `Sendable<T>` is asked for.
 *
 * @example
 * function putBoth<T>(queue: Queue<T>, a: T, b: T) {
 *   queue.put(a);
 *   queue.put(b);
 * }
 */
// While T is not known, all that TypeScript knows of the key is `string | 'refused'`, which is `string`; so it takes a T. A
// conditional type in place of the whole would then take nothing but itself.
export type Sent<T> = ({ readonly [fits: string]: T } & { readonly refused: Sendable<T> })[[T] extends [Sendable<T>]
  ? string
  : 'refused'];

/** What `submit()` takes for parameters `A`: each as {@link Sent} has it. */
export type SentArgs<A extends readonly unknown[]> = A & { readonly [K in keyof A]: Sent<A[K]> };

/** Types that mention themselves, JSON's for example, have no end: what lies deeper is checked when it is sent. */
type Levels = 0 | 1 | 2 | 3 | 4 | 5;
type Below = [0, 0, 1, 2, 3, 4];

type Checked<T, Depth extends Levels> = Depth extends 0
  ? T
  : T extends Primitive | Whole
    ? T
    : T extends PromiseLike<unknown>
      ? NotSendable<'a promise belongs to its thread: await it first'>
      : // Before the weak collections: structurally, a Map or Set of objects is one as well.
        T extends ReadonlyMap<infer K, infer V>
        ? T extends Map<K, V>
          ? Map<Checked<K, Below[Depth]>, Checked<V, Below[Depth]>>
          : ReadonlyMap<Checked<K, Below[Depth]>, Checked<V, Below[Depth]>>
        : T extends ReadonlySet<infer V>
          ? T extends Set<V>
            ? Set<Checked<V, Below[Depth]>>
            : ReadonlySet<Checked<V, Below[Depth]>>
          : T extends WeakCollection
            ? NotSendable<'a weak collection cannot leave its thread: send a Map, a Set or the object'>
            : T extends AnyFunction
              ? T
              : T extends Generator<unknown, unknown, never> | AsyncGenerator<unknown, unknown, never>
                ? NotSendable<'a running generator belongs to its thread: send the generator function, or use serializeIterator'>
                : T extends EventEmitter | Worker | MessagePort
                  ? NotSendable<'sockets, streams, servers and other event emitters belong to their thread: open one in each, with local(() => …)'>
                  : T extends AbortSignal | AbortController
                    ? NotSendable<'an AbortSignal belongs to its thread: send an Event and use its signal'>
                    : T extends object
                      ? { [K in keyof T]: Checked<T[K], Below[Depth]> }
                      : T;
