import type { EventEmitter } from 'node:events';
import type { Worker, MessagePort } from 'node:worker_threads';
import type { Handle } from '../heap/handle.js';

declare const reason: unique symbol;

/** What the compiler shows where a value cannot go to another thread. */
export interface NotSendable<Why extends string> {
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
export type Sendable<T> = T extends Primitive | Whole
  ? T
  : T extends PromiseLike<unknown>
    ? NotSendable<'a promise belongs to its thread: await it first'>
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
              : T extends ReadonlyMap<infer K, infer V>
                ? T extends Map<K, V>
                  ? Map<Sendable<K>, Sendable<V>>
                  : ReadonlyMap<Sendable<K>, Sendable<V>>
                : T extends Set<infer V>
                  ? Set<Sendable<V>>
                  : T extends object
                    ? { [K in keyof T]: Sendable<T[K]> }
                    : T;
