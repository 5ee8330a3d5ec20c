import { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { MessagePort, Worker } from 'node:worker_threads';
import { AtomicInt32, Condition, Event, Lock, local, type Sendable, Semaphore, Thread, transfer } from 'threadwork';
import { compiles } from './typed.js';

/** Something of this type; never called. */
declare function some<T>(): T;

compiles('values that can be sent', () => {
  const takes = (_value: unknown) => undefined;
  new Thread({ target: (_v: number | string | bigint | boolean | null | undefined) => takes, args: [1n] });
  new Thread({ target: (_v: Date) => takes, args: [new Date()] });
  new Thread({ target: (_v: RegExp) => takes, args: [/x/] });
  new Thread({ target: (_v: URL) => takes, args: [new URL('file:///')] });
  new Thread({ target: (_v: Error) => takes, args: [new RangeError()] });
  new Thread({ target: (_v: Map<string, Set<number[]>>) => takes, args: [new Map([['a', new Set([[1]])]])] });
  new Thread({ target: (_v: Map<object, object>) => takes, args: [new Map<object, object>()] });
  new Thread({ target: (_v: ReadonlySet<object>) => takes, args: [new Set<object>()] });
  new Thread({ target: (_v: { a: { b: [number, string?] } }) => takes, args: [{ a: { b: [1] } }] });
  new Thread({ target: (_v: readonly string[]) => takes, args: [['a']] });
  new Thread({ target: (_v: Uint8Array) => takes, args: [new Uint8Array(1)] });
  new Thread({ target: (_v: Buffer) => takes, args: [Buffer.alloc(1)] });
  new Thread({ target: (_v: ArrayBuffer) => takes, args: [new ArrayBuffer(1)] });
  new Thread({ target: (_v: ArrayBuffer) => takes, args: [transfer(new ArrayBuffer(1))] });
  new Thread({ target: (_v: SharedArrayBuffer) => takes, args: [new SharedArrayBuffer(1)] });
  new Thread({ target: (_v: unknown) => takes, args: [some<unknown>()] });
  // Untyped programs must compile, too.
  new Thread({ target: (_v: any) => takes, args: [some<any>()] });
});

compiles('handles and functions can be sent', () => {
  new Thread({ target: (lock: Lock) => lock.acquire(), args: [new Lock()] });
  new Thread({ target: (c: Condition, s: Semaphore) => [c, s], args: [new Condition(), new Semaphore(1)] });
  new Thread({ target: (cells: AtomicInt32[]) => cells, args: [[new AtomicInt32()]] });
  new Thread({
    target: (bag: { done: Event; thread: Thread }) => bag,
    args: [{ done: new Event(), thread: new Thread() }],
  });
  new Thread({ target: (bag: { x: number }) => bag, args: [local(() => ({ x: 1 }))] });
  new Thread({ target: (fn: (n: number) => number) => fn(1), args: [(n) => n + 1] });
  class Point {
    x = 1;
    norm() {
      return this.x;
    }
  }
  new Thread({ target: (point: Point, type: typeof Point) => [point, type], args: [new Point(), Point] });
});

compiles('objects of classes with private members, branded types, enums and interfaces can be sent', () => {
  class Account {
    private secret = 1;
    protected also = 2;
    readonly #hidden = 3;
    open() {
      return this.secret + this.also + this.#hidden;
    }
  }
  new Thread({ target: (account: Account) => account.open(), args: [new Account()] });
  type Metres = number & { readonly unit: 'm' };
  new Thread({ target: (length: Metres) => length, args: [5 as Metres] });
  enum Colour {
    Red,
    Green,
  }
  new Thread({ target: (colour: Colour) => colour, args: [Colour.Red] });
  interface Tree {
    readonly value: number;
    readonly children?: readonly Tree[];
  }
  new Thread({ target: (tree: Tree) => tree.value, args: [{ value: 1, children: [{ value: 2 }] }] });
  type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
  new Thread({ target: (json: Json) => json, args: [{ a: [1, 'two', null] }] });
  new Thread({ target: (record: Record<string, unknown>) => record, args: [{ a: 1 }] });
});

compiles('promises cannot be sent', () => {
  // @ts-expect-error a promise
  new Thread({ target: (_v: Promise<number>) => undefined, args: [Promise.resolve(1)] });
  // @ts-expect-error a promise in an object
  new Thread({ target: (_v: { later: Promise<number> }) => undefined, args: [{ later: Promise.resolve(1) }] });
  // @ts-expect-error promises in a list
  new Thread({ target: (_v: Promise<number>[]) => undefined, args: [[Promise.resolve(1)]] });
  // @ts-expect-error promises in a map
  new Thread({ target: (_v: Map<string, Promise<number>>) => undefined, args: [new Map<string, Promise<number>>()] });
  // @ts-expect-error promises in a set
  new Thread({ target: (_v: Set<Promise<number>>) => undefined, args: [new Set<Promise<number>>()] });
  // @ts-expect-error possibly a promise
  new Thread({ target: (_v: number | Promise<number>) => undefined, args: [some<number | Promise<number>>()] });
});

compiles('weak collections cannot be sent', () => {
  // @ts-expect-error a WeakMap
  new Thread({ target: (_v: WeakMap<object, number>) => undefined, args: [new WeakMap<object, number>()] });
  // @ts-expect-error a WeakSet
  new Thread({ target: (_v: WeakSet<object>) => undefined, args: [new WeakSet()] });
  // @ts-expect-error a WeakRef
  new Thread({ target: (_v: WeakRef<object>) => undefined, args: [new WeakRef({})] });
});

compiles('running generators cannot be sent, what makes them can', () => {
  function* count() {
    yield 1;
  }
  async function* countLater() {
    yield 1;
  }
  new Thread({ target: (make: typeof count) => [...make()], args: [count] });
  // @ts-expect-error a generator
  new Thread({ target: (g: Generator<number>) => [...g], args: [count()] });
  // @ts-expect-error an async generator
  new Thread({ target: (g: AsyncGenerator<number>) => g, args: [countLater()] });
});

compiles('sockets, streams, servers, emitters, workers and ports cannot be sent', () => {
  // @ts-expect-error a socket
  new Thread({ target: (_v: Socket) => undefined, args: [some<Socket>()] });
  // @ts-expect-error a server
  new Thread({ target: (_v: Server) => undefined, args: [some<Server>()] });
  // @ts-expect-error a stream
  new Thread({ target: (_v: Readable) => undefined, args: [some<Readable>()] });
  // @ts-expect-error a stream
  new Thread({ target: (_v: Writable) => undefined, args: [some<Writable>()] });
  // @ts-expect-error an emitter
  new Thread({ target: (_v: EventEmitter) => undefined, args: [new EventEmitter()] });
  // @ts-expect-error a worker
  new Thread({ target: (_v: Worker) => undefined, args: [some<Worker>()] });
  // @ts-expect-error a port
  new Thread({ target: (_v: MessagePort) => undefined, args: [some<MessagePort>()] });
  // @ts-expect-error a socket in an object
  new Thread({ target: (_v: { db: { socket: Socket } }) => undefined, args: [{ db: { socket: some<Socket>() } }] });
});

compiles('abort signals cannot be sent, events can', () => {
  // @ts-expect-error a signal
  new Thread({ target: (_v: AbortSignal) => undefined, args: [new AbortController().signal] });
  // @ts-expect-error a controller
  new Thread({ target: (_v: AbortController) => undefined, args: [new AbortController()] });
  new Thread({ target: (stop: Event) => stop.signal, args: [new Event()] });
});

compiles('functions that are generic in what they send ask for a Sendable', () => {
  function start<T>(value: Sendable<T>, use: (value: T) => void) {
    return new Thread({ target: (given: T) => use(given), args: [value] }).start();
  }
  start<Date>(new Date(), (date) => void date.getTime());
  // @ts-expect-error a promise
  start<Promise<number>>(Promise.resolve(1), () => undefined);
});
