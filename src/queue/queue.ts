import { mustBeOptions } from '../arguments.js';
import { Full, ShutDown, ValueError } from '../errors.js';
import { ADDRESS, defineHandle, type Handle } from '../heap/handle.js';
import { f64, i32 } from '../heap/memory.js';
import { defineRecord, newRecord, ofType } from '../heap/records.js';
import { block, blockAsync } from '../park/drive.js';
import { FOREVER, type Limit, limitOf, type Wait } from '../park/limit.js';
import * as room from '../park/queue.js';
import { FIFO } from '../park/queue-storage.js';
import { inTurn } from '../park/turns.js';
import { discard } from '../wire/message.js';
import type { Sent } from '../wire/sendable.js';
import { detach } from '../wire/transfer.js';
import { Channel, nextOf, shutDownError, STAGE } from './channel.js';
import { prepareEntry } from './entries.js';
import { mustBeQueueOptions, noLimit, queueLimit, type QueueOptions } from './options.js';
import { PRIORITY_QUEUE_TYPE, QueueWord as Word, QUEUE_TYPE } from './types.js';

/** What a class of queues is in the heap. */
interface Order {
  readonly type: number;
  readonly discipline: number;
}
/** By prototype. */
const orders = new Map<unknown, Order>();

/** Declares a class of queues, with the name and the order of its records; `prototype` is that of the class. */
export function defineQueue(queueClass: typeof Queue<never>, label: string, type: number, discipline: number): void {
  orders.set(queueClass.prototype, { type, discipline });
  defineRecord(type, {
    label,
    dispose(queue) {
      room.dispose(queue);
      if (i32[queue + Word.PRIORITY] !== 0) discard(i32[queue + Word.PRIORITY]);
    },
  });
  defineHandle(type, queueClass);
}

/** Python's hooks for subclasses. */
const HOOKS = ['_init', '_qsize', '_put', '_get'];

function newQueue(prototype: object, maxsize: number): number {
  const limit = limitFor(maxsize);
  for (const hook of HOOKS) {
    if (hook in prototype) {
      throw new TypeError(
        `a subclass of Queue cannot replace ${hook}(): items stand in the shared heap, where no thread's code runs. ` +
          'Override put() and get(), or give a PriorityQueue a priority function.',
      );
    }
  }
  let base: object = prototype;
  while (!orders.has(base)) base = Object.getPrototypeOf(base) as object;
  const { type, discipline } = orders.get(base) as Order;
  const address = newRecord(type, Word.WORDS);
  room.initialise(address, discipline, limit);
  f64[(address + Word.MAXSIZE) >> 1] = maxsize;
  return address;
}

function limitFor(maxsize: number): number {
  if (typeof maxsize !== 'number' || Number.isNaN(maxsize)) {
    throw new TypeError(`maxsize must be a number, not ${typeof maxsize === 'number' ? 'NaN' : typeof maxsize}`);
  }
  // Python compares the size with it, so half an item more is one more.
  return maxsize > 0 && maxsize < room.UNBOUNDED ? Math.ceil(maxsize) : room.UNBOUNDED;
}

function at(queue: Handle): number {
  return ofType(queue?.[ADDRESS], QUEUE_TYPE, PRIORITY_QUEUE_TYPE);
}

/**
 * A queue between threads: first in, first out. Python's `queue.Queue`.
 *
 * Any value that can be sent may be put: numbers stand in the queue as they are, shared objects by reference, everything else
 * is copied at `put()` and belongs to whoever gets it. Items of one thread keep their order; waiting threads are served in the
 * order of arrival, blocking and asynchronous ones in one line. Iterating over a queue gets items until it is shut down.
 *
 * A subclass may add and override methods. Its class and fields reach other threads as they are when the queue is first
 * sent; what it writes to its fields later is not seen there.
 *
 * @example
 * const jobs = new Queue<string>(100);
 * const worker = new Thread({ target: () => { for (const job of jobs) console.log(job); } }).start();
 * jobs.put('first');
 * jobs.shutdown(); // the loop ends when the queue is empty
 * worker.join();
 */
export class Queue<T> extends Channel<T> implements Iterable<T>, AsyncIterable<T> {
  /**
   * @param maxsize how many items may be inside; 0 or less: any number.
   * @throws TypeError when it is not a number.
   */
  constructor(maxsize = 0) {
    super(newQueue(new.target.prototype as object, maxsize));
  }

  /** How many items may be inside; 0 or less: any number. May be changed at any time. */
  get maxsize(): number {
    return f64[(at(this) + Word.MAXSIZE) >> 1];
  }

  set maxsize(maxsize: number) {
    const limit = limitFor(maxsize);
    room.setLimit(at(this), limit);
    f64[(at(this) + Word.MAXSIZE) >> 1] = maxsize;
  }

  /**
   * Puts an item in, waiting while the queue is full. Waiters are served in the order of arrival.
   *
   * @param options nothing: as long as it takes; `false` or `{ block: false }`: not at all; a number: that many ms.
   * @throws Full when there is no room (in time); ShutDown when the queue was shut down; ValueError for a negative timeout of
   * a bounded queue; NotSendableError or CaptureError for what cannot be sent; HeapExhaustedError. The item is not inside then.
   *
   * @example
   * queue.put({ url, retries: 3 }, { timeout: 500 });
   */
  put(item: Sent<T>, options?: QueueOptions): void {
    const address = at(this);
    const limit = beginPut(address, options);
    const moved = prepareEntry(this, STAGE, item);
    const outcome = room.tryPut(address, STAGE);
    if (outcome === room.DONE && moved === null) return;
    const waits = outcome === room.NOT_NOW && mayWait(address, limit);
    conclude(this, waits ? block(room.put(address, STAGE, limit), limit) : outcome, moved);
  }

  /**
   * As {@link put}, without blocking the thread; rejects with `signal.reason` when the signal fires first.
   */
  async putAsync(item: Sent<T>, options?: QueueOptions): Promise<void> {
    const address = at(this);
    const limit = beginPut(address, options);
    const moved = prepareEntry(this, STAGE, item);
    const outcome = room.tryPut(address, STAGE);
    if (outcome === room.DONE && moved === null) return inTurn(undefined);
    const waits = outcome === room.NOT_NOW && mayWait(address, limit);
    conclude(this, waits ? await blockAsync(room.put(address, STAGE, limit), limit) : outcome, moved);
  }

  /**
   * Puts an item in if there is room: `put(item, false)`.
   *
   * @throws Full when there is none; ShutDown when the queue was shut down.
   */
  putNowait(item: Sent<T>): void {
    at(this);
    this.put(item, false);
  }

  /** Whether as many items are inside now as may be; false for an unbounded queue. */
  full(): boolean {
    const limit = room.limitOfQueue(at(this));
    return limit !== room.UNBOUNDED && this.qsize() >= limit;
  }

  /**
   * Reports that an item that this or another thread got is dealt with; `join()` waits for that.
   *
   * @throws ValueError when it was called as often as items were put.
   */
  taskDone(): void {
    if (!room.finish(at(this))) throw new ValueError('taskDone() called too many times');
  }

  /**
   * Waits until `taskDone()` was called for every item that was put.
   *
   * @param wait how long, in ms; Python's has no limit.
   * @returns true when all are done, false when the time was up.
   */
  join(wait?: Wait): boolean {
    const limit = limitOf(wait, 'join()');
    return block(room.join(at(this), limit), limit);
  }

  /** As {@link join}, without blocking the thread. */
  async joinAsync(wait?: Wait): Promise<boolean> {
    const limit = limitOf(wait, 'joinAsync()');
    return await blockAsync(room.join(at(this), limit), limit);
  }

  /** Items that were put, and for which `taskDone()` was not called yet. */
  get unfinishedTasks(): number {
    return room.unfinishedIn(at(this));
  }

  /**
   * Ends the queue: nothing can be put any more, and whoever waits to put gets a ShutDown. Items inside can still be got, then
   * `get()` throws ShutDown and loops over the queue end. May be called again.
   *
   * @param options with `immediate`, the items inside are dropped, and count as done.
   */
  shutdown(options?: { immediate?: boolean | undefined }): void {
    mustBeOptions(options, ['immediate'], 'shutdown()');
    room.shutDown(at(this), options?.immediate === true);
  }

  /** Whether the queue was shut down. */
  get isShutdown(): boolean {
    return room.isShut(at(this));
  }

  /** Gets items until the queue is shut down and empty. */
  *[Symbol.iterator](): IterableIterator<T> {
    at(this);
    for (;;) {
      let item: T;
      try {
        item = this.get();
      } catch (error) {
        if (error instanceof ShutDown) return;
        throw error;
      }
      yield item;
    }
  }

  /** As the iterator, without blocking the thread. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    at(this);
    // Not an async generator: that would wait for items that are promise-like themselves, such as a Future.
    return {
      next: () => nextOf(this),
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Such as `<Queue size=3 maxsize=10 name=Queue-5>`. */
  override toString(): string {
    at(this);
    return `<${this.constructor.name} size=${this.qsize()} maxsize=${this.maxsize} name=${this.name}>`;
  }
}

/** Python's order: shut down, unbounded, then what the options say. */
function beginPut(queue: number, options: QueueOptions | undefined): Limit {
  if (room.isShut(queue)) throw shutDownError();
  if (options === undefined) return FOREVER;
  const limit = room.limitOfQueue(queue) === room.UNBOUNDED ? noLimit(options) : queueLimit(options);
  mustBeQueueOptions(options, 'put()');
  return limit;
}

/** Whether a put that found no room waits; if not, its entry is given up. */
function mayWait(queue: number, limit: Limit): boolean {
  if (limit.until !== -Infinity) return true;
  room.dropEntry(queue, STAGE);
  return false;
}

function conclude(queue: Handle, outcome: room.Outcome, moved: readonly ArrayBuffer[] | null): void {
  switch (outcome) {
    case room.DONE:
      if (moved !== null) detach(moved);
      return;
    case room.SHUT:
      throw shutDownError();
    case room.UNORDERED:
      throw new TypeError(
        `the item cannot be compared with those in ${queue.name}: numbers, strings and arrays have no order among each other`,
      );
    default:
      throw new Full(`${queue.name} is full`);
  }
}

defineQueue(Queue, 'Queue', QUEUE_TYPE, FIFO);
